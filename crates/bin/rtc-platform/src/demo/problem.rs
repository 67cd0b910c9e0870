//! What the demo's pages are told when something does not work.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rtc_app::RequestError;
use rtc_types::ErrorCode;
use serde_json::json;

/// A code to branch on and words for people.
#[derive(Debug)]
pub struct Problem {
    code: ErrorCode,
    message: String,
    header: Option<(HeaderName, &'static str)>,
}

impl Problem {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), header: None }
    }

    /// A name or number out of its range, or a body that is no JSON.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ValidationError, message)
    }

    /// No session, a wrong or expired one.
    pub fn unauthorized() -> Self {
        Self::new(ErrorCode::Unauthorized, "Log in first.")
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
    }

    /// The route has another method.
    pub fn method_not_allowed(allowed: &'static str) -> Self {
        Self {
            header: Some((header::ALLOW, allowed)),
            ..Self::new(ErrorCode::MethodNotAllowed, format!("Use {allowed}."))
        }
    }

    /// The body is over its limit.
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(ErrorCode::PayloadTooLarge, format!("The body may hold {} KiB at most.", bytes_max / 1024))
    }

    /// The body does not say that it is JSON.
    pub fn not_json() -> Self {
        Self::new(ErrorCode::UnsupportedMediaType, "Send the body as application/json.")
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NotFound(_) => Problem::not_found("meeting"),
            RequestError::Invalid { .. } => Problem::invalid(error.to_string()),
            error => {
                tracing::warn!(error = error.log_text().unwrap_or_default(), %error, "the demo was refused");
                let message = "Calls are not available right now. Try again in a minute.";
                Problem::new(ErrorCode::Unavailable, message)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(rtc_wire::error::status(self.code));
        let body = Json(json!({ "error": { "code": self.code, "message": self.message } }));
        let mut response = (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
