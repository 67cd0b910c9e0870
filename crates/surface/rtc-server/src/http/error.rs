//! Errors of the routes, in the platform's one shape.

use crate::error::{ConnectError, InvalidInput, PeerError, SignalError};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use rtc_types::ErrorCode;
use rtc_wire::error::{ErrorBody, ErrorDetail, ErrorInfo, status};
use std::sync::atomic::{AtomicU64, Ordering};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Why a request was refused. A response that carries it has it among its extensions too, for hosts that
/// render errors themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendError {
    /// The contract.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// Each fault on its own, where the code is [`ErrorCode::ValidationError`].
    pub details: Vec<ErrorDetail>,
}

impl BackendError {
    /// A code and a text for people.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// One field that is not of the accepted form.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        let detail = ErrorDetail { path: path.into(), message: message.into() };
        let message = format!("`{}` {}", detail.path, detail.message);
        Self { details: vec![detail], ..Self::new(ErrorCode::ValidationError, message) }
    }

    fn of(code: ErrorCode, text: impl ToString, input: Option<&InvalidInput>) -> Self {
        match input {
            Some(input) => Self::invalid(input.path, input.message.clone()),
            None => Self::new(code, text.to_string()),
        }
    }
}

macro_rules! from {
    ($($error:ty),+) => {
        $(impl From<$error> for BackendError {
            fn from(error: $error) -> Self {
                Self::of(error.code(), &error, error.invalid())
            }
        })+
    };
}

from!(ConnectError, PeerError, SignalError);

impl IntoResponse for BackendError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(status(self.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts the request's id on the response, and into its body where it is an error.
pub(super) async fn with_request_id(
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = given.filter(|id| (1..=128).contains(&id.len())).map_or_else(fresh_id, str::to_owned);
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions().get::<BackendError>().cloned() {
        let info = ErrorInfo {
            code: error.code.as_str().into(),
            message: error.message.clone(),
            details: error.details.clone(),
        };
        let body = Json(ErrorBody { error: info, request_id: id.clone() });
        let allowed = response.headers().get(axum::http::header::ALLOW).cloned();
        response = (response.status(), body).into_response();
        if let Some(allowed) = allowed {
            response.headers_mut().insert(axum::http::header::ALLOW, allowed);
        }
        response.extensions_mut().insert(error);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Unique in this process; a host that wants more sets the header on the request.
fn fresh_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("rtc-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}
