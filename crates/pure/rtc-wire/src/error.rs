//! The one shape of every error body, and the HTTP status of each code.

use rtc_types::ErrorCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// One fault in an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ErrorDetail {
    /// Where: a dotted path into the body, or the name of a query parameter or header.
    pub path: String,
    /// What is wrong and what is accepted.
    pub message: String,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ErrorInfo {
    /// The contract: a code of the list in the errors reference.
    #[ts(type = "ErrorCode")]
    pub code: String,
    /// For people.
    pub message: String,
    /// Each fault on its own, where the code is `VALIDATION_ERROR`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<ErrorDetail>>")]
    pub details: Vec<ErrorDetail>,
}

/// The body of every REST error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorInfo,
    /// The request's id, as in `x-request-id` and in the log.
    pub request_id: String,
}

/// The HTTP status that carries a code (platform contract, section Errors).
pub fn status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::ValidationError | ErrorCode::InvalidMessage => 400,
        ErrorCode::Unauthorized | ErrorCode::InvalidToken | ErrorCode::TokenExpired => 401,
        ErrorCode::Forbidden | ErrorCode::Kicked => 403,
        ErrorCode::NotFound | ErrorCode::RoomNotFound | ErrorCode::PeerNotFound => 404,
        ErrorCode::MethodNotAllowed => 405,
        ErrorCode::Conflict
        | ErrorCode::RoomFull
        | ErrorCode::NotInRoom
        | ErrorCode::AlreadyInRoom
        | ErrorCode::Replaced
        | ErrorCode::RoomClosed => 409,
        ErrorCode::PayloadTooLarge => 413,
        ErrorCode::UnsupportedMediaType => 415,
        ErrorCode::IdempotencyMismatch => 422,
        ErrorCode::RateLimitExceeded => 429,
        ErrorCode::InternalError => 500,
        ErrorCode::Unavailable => 503,
    }
}
