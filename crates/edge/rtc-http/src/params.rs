//! Query parameters.

use crate::ApiError;
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};

/// Items of a list where `limit` is missing.
const LIMIT_DEFAULT: u32 = 50;
/// Most items of a list.
const LIMIT_MAX: u32 = 200;
/// Longest cursor, in bytes.
const CURSOR_BYTES_MAX: usize = 512;

/// The query's pairs. Names that a route does not know are ignored.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageParams {
    /// Most items: 1–200, 50 where it is missing.
    pub limit: u32,
    /// The `x-next-cursor` of the page before.
    pub cursor: Option<String>,
}

impl Params {
    /// `limit` and `cursor`.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` naming the parameter.
    pub fn page(&self) -> Result<PageParams, ApiError> {
        let limit = match self.single("limit")? {
            None => LIMIT_DEFAULT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| {
                    (1..=LIMIT_MAX).contains(limit) && text.bytes().all(|byte| byte.is_ascii_digit())
                })
                .ok_or_else(|| {
                    ApiError::invalid("limit", format!("must be a whole number from 1 to {LIMIT_MAX}"))
                })?,
        };
        let cursor = self.single("cursor")?;
        if cursor.is_some_and(|cursor| cursor.is_empty() || cursor.len() > CURSOR_BYTES_MAX) {
            return Err(ApiError::invalid("cursor", "must be the x-next-cursor of an earlier answer"));
        }
        Ok(PageParams { limit, cursor: cursor.map(str::to_owned) })
    }

    /// A flag: `true` or `false`; false where it is missing.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` naming the parameter.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.single(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::invalid(name, "must be true or false")),
        }
    }

    /// `limit` and `offset`: items of a list, and how many come before them.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` naming the parameter.
    pub fn window(&self) -> Result<(u32, u32), ApiError> {
        let limit = self.page()?.limit;
        let offset = match self.single("offset")? {
            None => 0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
                .ok_or_else(|| ApiError::invalid("offset", "must be a whole number from 0"))?,
        };
        Ok((limit, offset))
    }

    /// One of the words that `T` reads; none where it is missing. `accepted` lists them for people.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` naming the parameter.
    pub fn one_of<T: std::str::FromStr>(&self, name: &str, accepted: &str) -> Result<Option<T>, ApiError> {
        let wrong = || ApiError::invalid(name, format!("must be {accepted}"));
        self.single(name)?.map(|text| text.parse().map_err(|_| wrong())).transpose()
    }

    /// A text as it is; none where it is missing.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` where it is given twice.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        self.single(name)
    }

    fn single(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiError::invalid(name, "must be given once")),
            (value, None) => Ok(value),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        query.map(|Query(pairs)| Self(pairs)).map_err(|error| ApiError::invalid("", error.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn a_page_is_50_items_unless_1_to_200_are_asked_for() {
        assert_eq!(params(&[]).page().map(|page| page.limit).ok(), Some(50));
        assert_eq!(params(&[("limit", "200")]).page().map(|page| page.limit).ok(), Some(200));
        for bad in ["0", "201", "-1", "+5", "1.5", "", " 5", "99999999999", "ten"] {
            assert!(params(&[("limit", bad)]).page().is_err(), "{bad}");
        }
        assert!(params(&[("limit", "1"), ("limit", "2")]).page().is_err());
    }

    #[test]
    fn a_flag_is_true_or_false() {
        assert_eq!(params(&[("ban", "true")]).flag("ban").ok(), Some(true));
        assert_eq!(params(&[]).flag("ban").ok(), Some(false));
        assert!(params(&[("ban", "1")]).flag("ban").is_err());
    }
}
