//! The one shape of every error, and how the layers' errors become it.

use crate::request_id;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rtc_app::{RequestError, SessionError};
use rtc_types::ErrorCode;
use rtc_wire::error::{ErrorBody, ErrorDetail, ErrorInfo, status};

/// An error as the client gets it; what the log gets is kept beside it and never sent.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: String,
    details: Vec<ErrorDetail>,
    retry_after_s: Option<u64>,
    log_text: Option<String>,
}

impl ApiError {
    /// An error with a message for people.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), retry_after_s: None, log_text: None }
    }

    /// One fault in an input. `path`: dotted into the body, or the name of a parameter or header.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::faults(vec![ErrorDetail { path: path.into(), message: message.into() }])
    }

    /// Several faults in an input.
    pub fn faults(details: Vec<ErrorDetail>) -> Self {
        let text: Vec<String> = details
            .iter()
            .map(|fault| match fault.path.as_str() {
                "" => fault.message.clone(),
                path => format!("`{path}` {}", fault.message),
            })
            .collect();
        Self { details, ..Self::new(ErrorCode::ValidationError, text.join("; ")) }
    }

    /// Credentials are missing; `how` says which are accepted.
    pub fn unauthorized(how: &str) -> Self {
        Self::new(ErrorCode::Unauthorized, format!("credentials are missing or wrong: {how}"))
    }

    /// There is no such `what`.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {what}"))
    }

    /// Too many requests; `retry_after_s` is sent as `retry-after`, at least 1.
    pub fn rate_limited(retry_after_s: u64) -> Self {
        let retry_after_s = retry_after_s.max(1);
        let message = format!("too many requests; try again in {retry_after_s} s");
        Self { retry_after_s: Some(retry_after_s), ..Self::new(ErrorCode::RateLimitExceeded, message) }
    }

    /// A fault of the server. `log_text` reaches the log and nobody else.
    pub fn internal(log_text: impl Into<String>) -> Self {
        let message = "the server failed; its log has the details under this request id";
        Self { log_text: Some(log_text.into()), ..Self::new(ErrorCode::InternalError, message) }
    }

    /// The contract's code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        if let RequestError::Invalid { path, message } = error {
            return Self::invalid(path, message);
        }
        let log_text = error.log_text().map(str::to_owned);
        Self { log_text, ..Self::new(error.code(), error.to_string()) }
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        let log_text = error.log_text().map(str::to_owned);
        Self { log_text, ..Self::new(error.code(), error.to_string()) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request_id = request_id();
        if let Some(text) = &self.log_text {
            tracing::error!(
                request_id = &*request_id,
                code = self.code.as_str(),
                error = text,
                "a request failed"
            );
        }
        let status = StatusCode::from_u16(status(self.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error =
            ErrorInfo { code: self.code.as_str().to_owned(), message: self.message, details: self.details };
        let body = ErrorBody { error, request_id: request_id.to_string() };
        let mut response = (status, Json(&body)).into_response();
        // For surfaces that wrap errors.
        response.extensions_mut().insert(body);
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_gets_is_not_sent() {
        let error = ApiError::from(RequestError::Internal("disk /var is full".into()));
        assert_eq!(error.code(), ErrorCode::InternalError);
        assert!(!error.message.contains("disk"));
        assert_eq!(error.log_text.as_deref(), Some("disk /var is full"));
    }

    #[test]
    fn a_retry_is_at_least_a_second_away() {
        let response = ApiError::rate_limited(0).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
