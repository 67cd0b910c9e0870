//! Why a call to the bus did not work.

use rtc_types::ErrorCode;
use std::fmt;

/// Why a call to the bus did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusError {
    /// `REDIS_URL` is not one that is accepted; holds what was wrong.
    Url(String),
    /// Redis cannot be reached, or does not answer in time. The text is for the log.
    Unavailable(String),
    /// Redis answered something else than it should. The text is for the log.
    Internal(String),
}

impl BusError {
    /// The code that a client sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            BusError::Unavailable(_) => ErrorCode::Unavailable,
            BusError::Url(_) | BusError::Internal(_) => ErrorCode::InternalError,
        }
    }

    /// What belongs in the log.
    pub fn log_text(&self) -> &str {
        match self {
            BusError::Url(text) | BusError::Unavailable(text) | BusError::Internal(text) => text,
        }
    }
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BusError::Url(why) => write!(f, "REDIS_URL is not usable: {why}"),
            BusError::Unavailable(_) => f.write_str("the bus cannot be reached; try again"),
            BusError::Internal(_) => f.write_str("the bus gave an answer that was not expected"),
        }
    }
}

impl std::error::Error for BusError {}
