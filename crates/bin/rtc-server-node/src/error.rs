//! Errors as the wrapper gets them: `code` is the contract's, the message is an `ErrorInfo` as JSON.

use rtc_server::{InvalidInput, Refusal};
use rtc_types::ErrorCode;
use rtc_wire::error::ErrorInfo;

pub(crate) type Result<T> = napi::Result<T, String>;

/// A call's error.
pub(crate) fn refused(error: impl Into<Refusal>) -> napi::Error<String> {
    thrown(&error.into().body.error)
}

/// An argument that the façade did not get to see.
pub(crate) fn invalid(path: &'static str, message: impl Into<String>) -> napi::Error<String> {
    refused(rtc_server::ConnectError::Invalid(InvalidInput { path, message: message.into() }))
}

/// A call after the close.
pub(crate) fn closed() -> napi::Error<String> {
    let message = "the server is closed".to_owned();
    thrown(&ErrorInfo { code: ErrorCode::Unavailable.as_str().into(), message, details: Vec::new() })
}

fn thrown(info: &ErrorInfo) -> napi::Error<String> {
    napi::Error::new(info.code.clone(), serde_json::to_string(info).unwrap_or_default())
}
