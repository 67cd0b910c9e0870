//! What no route answers: unknown paths, wrong methods, panics.

use crate::ApiError;
use axum::{
    http::Method,
    response::{IntoResponse, Response},
};
use rtc_types::ErrorCode;
use std::any::Any;

pub(crate) async fn unknown_route() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "there is no such path")
}

/// The router adds `Allow`.
pub(crate) async fn wrong_method(method: Method) -> ApiError {
    let message = format!("this path does not take {method}; the allow header lists what it takes");
    ApiError::new(ErrorCode::MethodNotAllowed, message)
}

pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&'static str>().copied())
        .unwrap_or("no message");
    ApiError::internal(format!("a handler panicked: {text}")).into_response()
}
