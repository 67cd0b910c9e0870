//! JSON bodies: content type, size, syntax, shape and ranges are checked before a backend is called.

use super::error::BackendError;
use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use bytes::Bytes;
use garde::Validate;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use rtc_types::{ErrorCode, limits::JSON_BODY_BYTES_MAX};
use rtc_wire::error::ErrorDetail;
use serde::de::DeserializeOwned;

/// A checked body.
pub(super) struct Checked<T>(pub(super) T);

impl<S, T> FromRequest<S> for Checked<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = BackendError;

    async fn from_request(request: Request, _: &S) -> Result<Self, BackendError> {
        let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence =
            given.map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        if !essence.is_some_and(|essence| essence == "application/json" || essence.ends_with("+json")) {
            let message = "the content-type must be application/json";
            return Err(BackendError::new(ErrorCode::UnsupportedMediaType, message));
        }
        let value: T = parse(&read(request).await?)?;
        check(&value)?;
        Ok(Self(value))
    }
}

async fn read(request: Request) -> Result<Bytes, BackendError> {
    match Limited::new(request.into_body(), JSON_BODY_BYTES_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("the body must be at most {JSON_BODY_BYTES_MAX} bytes");
            Err(BackendError::new(ErrorCode::PayloadTooLarge, message))
        }
        Err(_) => Err(BackendError::new(ErrorCode::ValidationError, "the body was cut off")),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BackendError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        if !error.is_data() {
            let message = format!("the body is not valid JSON ({place})");
            return BackendError::new(ErrorCode::ValidationError, message);
        }
        let text = error.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        match text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(field) => BackendError::invalid(field, "is missing"),
            None => BackendError::new(ErrorCode::ValidationError, format!("{text} ({place})")),
        }
    })
}

pub(super) fn check<T: Validate<Context = ()>>(value: &T) -> Result<(), BackendError> {
    let Err(report) = value.validate() else { return Ok(()) };
    let fault = |(path, error): &(garde::Path, garde::Error)| ErrorDetail {
        path: wire_name(&path.to_string()),
        message: error.to_string(),
    };
    let details: Vec<ErrorDetail> = report.iter().map(fault).collect();
    let message = match details.as_slice() {
        [one] => format!("`{}` {}", one.path, one.message),
        many => format!("{} fields are wrong: see details", many.len()),
    };
    Err(BackendError { details, ..BackendError::new(ErrorCode::ValidationError, message) })
}

/// Rust's field names as the wire has them.
fn wire_name(path: &str) -> String {
    let name = match path {
        "room_id" => "roomId",
        "peer_id" => "peerId",
        "from_peer_id" => "fromPeerId",
        "to_peer_id" => "toPeerId",
        "signal.kind" => "signal.type",
        other => other,
    };
    name.to_owned()
}
