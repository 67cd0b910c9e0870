//! Call tokens.

use super::{
    names,
    validate::{self, Metadata},
};
use garde::Validate;
use rtc_types::limits::{TOKEN_LIFE_S_MAX, TOKEN_LIFE_S_MIN};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A length of time: seconds as a number, or a text such as `90s`, `15m`, `1h`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(untagged)]
pub enum Lifetime {
    /// Seconds.
    #[ts(type = "number")]
    Seconds(u64),
    /// `90s`, `15m`, `1h`.
    Text(String),
}

impl Lifetime {
    /// The length in seconds.
    ///
    /// # Errors
    /// Where the text is not of the form or the length is not 60 s to 24 h.
    pub fn seconds(&self) -> Result<u64, &'static str> {
        const ACCEPTED: &str = "must be 60 s to 24 h, as seconds or as a text such as 90s, 15m or 1h";
        let seconds = match self {
            Lifetime::Seconds(seconds) => Some(*seconds),
            Lifetime::Text(text) => Self::parse(text),
        };
        seconds.filter(|seconds| (TOKEN_LIFE_S_MIN..=TOKEN_LIFE_S_MAX).contains(seconds)).ok_or(ACCEPTED)
    }

    fn parse(text: &str) -> Option<u64> {
        let unit = match text.bytes().last()? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            _ => {
                return text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?;
            }
        };
        let digits = &text[..text.len() - 1];
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse::<u64>().ok()?.checked_mul(unit)
    }
}

/// Makes a call token.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateToken {
    /// 1–128 printable characters.
    #[garde(custom(validate::id))]
    #[schema(min_length = 1, max_length = 128)]
    pub user_id: String,
    /// `host`, `participant` (where it is missing) or `viewer`.
    #[garde(custom(check_role))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<names::Role>)]
    #[ts(optional, type = "Role")]
    pub role: Option<String>,
    /// 60 s to 24 h; missing: the server's `JWT_EXPIRES_IN`, 1 h by default.
    #[garde(custom(check_lifetime))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number | string")]
    pub expires_in: Option<Lifetime>,
    /// An object of at most 8 KiB that the participant carries.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
}

fn check_role(value: &Option<String>, _: &()) -> garde::Result {
    match value.as_deref().map(str::parse::<rtc_types::Role>) {
        Some(Err(error)) => Err(garde::Error::new(error)),
        _ => Ok(()),
    }
}

fn check_lifetime(value: &Option<Lifetime>, _: &()) -> garde::Result {
    match value.as_ref().map(Lifetime::seconds) {
        Some(Err(error)) => Err(garde::Error::new(error)),
        _ => Ok(()),
    }
}

/// A call token: admits one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenCreated {
    /// The signed token; give it to the user's page and nobody else.
    pub token: String,
    /// Names the token without being it: revokes it later.
    pub jti: String,
    /// The room that it admits to.
    pub room_id: String,
    /// The user that it names.
    pub user_id: String,
    /// `host`, `participant` or `viewer`.
    #[schema(value_type = names::Role)]
    #[ts(type = "Role")]
    pub role: String,
    /// ISO 8601, UTC.
    pub expires_at: String,
    /// Where the SDK connects: the signaling WebSocket.
    pub url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_seconds_or_a_short_text_of_60_seconds_to_24_hours() {
        let text = |text: &str| Lifetime::Text(text.into()).seconds();
        assert_eq!(text("90s"), Ok(90));
        assert_eq!(text("15m"), Ok(900));
        assert_eq!(text("1h"), Ok(3600));
        assert_eq!(text("120"), Ok(120));
        assert_eq!(Lifetime::Seconds(60).seconds(), Ok(60));
        for bad in ["", "h", "-1h", "59s", "25h", "1d", "1.5h", "99999999999999999999h", "+90s", "é"] {
            assert!(text(bad).is_err(), "{bad}");
        }
    }
}
