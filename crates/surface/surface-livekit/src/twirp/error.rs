//! Errors as Twirp has them.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rtc_app::{Refusal, RequestError};
use std::collections::BTreeMap;

/// Twirp's codes, as far as they occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Malformed,
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    BadRoute,
    FailedPrecondition,
    ResourceExhausted,
    DeadlineExceeded,
    Aborted,
    Unimplemented,
    Unavailable,
    Internal,
}

impl Code {
    const fn parts(self) -> (&'static str, StatusCode) {
        match self {
            Self::Malformed => ("malformed", StatusCode::BAD_REQUEST),
            Self::InvalidArgument => ("invalid_argument", StatusCode::BAD_REQUEST),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED),
            Self::PermissionDenied => ("permission_denied", StatusCode::FORBIDDEN),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::BadRoute => ("bad_route", StatusCode::NOT_FOUND),
            Self::FailedPrecondition => ("failed_precondition", StatusCode::PRECONDITION_FAILED),
            Self::ResourceExhausted => ("resource_exhausted", StatusCode::TOO_MANY_REQUESTS),
            Self::DeadlineExceeded => ("deadline_exceeded", StatusCode::REQUEST_TIMEOUT),
            Self::Aborted => ("aborted", StatusCode::CONFLICT),
            Self::Unimplemented => ("unimplemented", StatusCode::NOT_IMPLEMENTED),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// What a refused token means here.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthenticated,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

/// Why a call was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TwirpError {
    code: Code,
    text: String,
    meta: BTreeMap<&'static str, String>,
}

impl TwirpError {
    pub(super) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), meta: BTreeMap::new() }
    }

    pub(super) fn with(mut self, key: &'static str, value: String) -> Self {
        self.meta.insert(key, value);
        self
    }

    pub(super) fn denied() -> Self {
        Self::new(Code::PermissionDenied, "permissions denied")
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("the requested {what} does not exist"))
    }
}

impl IntoResponse for TwirpError {
    fn into_response(self) -> Response {
        let (code, status) = self.code.parts();
        let mut body = serde_json::json!({ "code": code, "msg": self.text });
        if let Some(body) = body.as_object_mut().filter(|_| !self.meta.is_empty()) {
            let meta =
                self.meta.into_iter().map(|(key, value)| (key.to_owned(), serde_json::Value::from(value)));
            body.insert("meta".to_owned(), meta.collect());
        }
        let mut response = (status, body.to_string()).into_response();
        // SDKs compare the type as a whole.
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl From<RequestError> for TwirpError {
    fn from(error: RequestError) -> Self {
        if let Some(text) = error.log_text() {
            tracing::error!(error = text, "a call of the room API failed");
        }
        let code = match &error {
            RequestError::Invalid { .. } => Code::InvalidArgument,
            RequestError::Unauthorized => Code::Unauthenticated,
            RequestError::Forbidden(_) => Code::PermissionDenied,
            RequestError::NotFound(_) => Code::NotFound,
            RequestError::Conflict(_) | RequestError::IdempotencyMismatch => Code::ResourceExhausted,
            RequestError::Full(_) => Code::ResourceExhausted,
            RequestError::Store(_) | RequestError::Unavailable(..) => Code::Unavailable,
            RequestError::Internal(_) => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

impl From<Refusal> for TwirpError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotAllowed => Code::PermissionDenied,
            Refusal::TooLarge => Code::InvalidArgument,
            Refusal::NotFound => Code::NotFound,
        };
        Self::new(code, refusal.to_string())
    }
}
