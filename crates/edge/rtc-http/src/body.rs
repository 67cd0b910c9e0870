//! Strict JSON bodies: read under a limit, parsed, mapped and validated, each fault with its place.

mod place;
mod strict;

use crate::{ApiError, HttpState};
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use garde::Validate;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rtc_types::ErrorCode;
use serde::de::DeserializeOwned;
use std::{fmt::Write as _, time::Duration};

/// How long a body may take to arrive.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body that was validated.
#[derive(Clone, Debug)]
pub struct Json<T> {
    /// The body.
    pub value: T,
    raw: Bytes,
}

impl<T> Json<T> {
    /// SHA-256 of the body's bytes, in hexadecimal.
    pub fn sha256(&self) -> String {
        digest(&SHA256, &self.raw).as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// A JSON body that may be left out: an empty one is the default.
#[derive(Clone, Debug)]
pub struct OptionalJson<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
    HttpState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes_max = HttpState::from_ref(state).limits.json_body_bytes_max;
        check_content_type(request.headers())?;
        let raw = read_body(request, bytes_max).await?;
        Ok(Self { value: parse(&raw)?, raw })
    }
}

impl<T, S> FromRequest<S> for OptionalJson<T>
where
    T: DeserializeOwned + Validate<Context = ()> + Default,
    S: Send + Sync,
    HttpState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes_max = HttpState::from_ref(state).limits.json_body_bytes_max;
        let content_type = check_content_type(request.headers());
        let raw = read_body(request, bytes_max).await?;
        if raw.is_empty() {
            return Ok(Self(T::default()));
        }
        content_type?;
        parse(&raw).map(Self)
    }
}

/// `application/json`, with or without parameters; another charset than UTF-8 is none that JSON has
/// (RFC 8259, section 8.1).
fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default(),
        _ => "",
    };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if is_json && is_utf8 {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::UnsupportedMediaType,
        "the body must be JSON: send content-type: application/json",
    ))
}

/// Reads a body of at most `bytes_max` bytes, whatever its type, within 30 s.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE`, or a body that does not arrive.
pub async fn read_body(request: Request, bytes_max: usize) -> Result<Bytes, ApiError> {
    let too_large =
        || ApiError::new(ErrorCode::PayloadTooLarge, format!("the body must be at most {bytes_max} bytes"));
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: u64| bytes > bytes_max as u64) {
        return Err(too_large());
    }
    let body: Limited<Body> = Limited::new(request.into_body(), bytes_max);
    match tokio::time::timeout(READ_TIMEOUT, body.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::invalid("", "the body did not arrive whole")),
        Err(_) => {
            let message = format!("the body did not arrive within {} s", READ_TIMEOUT.as_secs());
            Err(ApiError::invalid("", message))
        }
    }
}

fn parse<T: DeserializeOwned + Validate<Context = ()>>(raw: &[u8]) -> Result<T, ApiError> {
    let value = strict::parse(raw).map_err(|error| place::of_broken_json(&error))?;
    // Derived parsers would take an array for the fields in their order.
    if !value.is_object() {
        return Err(ApiError::invalid("", "the body must be a JSON object"));
    }
    let value: T = serde_path_to_error::deserialize(value).map_err(|error| place::of_wrong_data(&error))?;
    value.validate().map_err(|report| place::of_invalid(&report))?;
    Ok(value)
}

#[cfg(test)]
mod tests;
