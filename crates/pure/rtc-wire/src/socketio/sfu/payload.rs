//! How payloads are read: limits first, then the shape.

use super::super::client::InvalidEvent;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Largest payload that carries parameters or capabilities, in bytes of JSON text.
pub(super) const PARAMETERS_BYTES_MAX: usize = 64 * 1024;
/// Largest payload of any other event, in bytes of JSON text.
pub(super) const PLAIN_BYTES_MAX: usize = 4 * 1024;
/// Largest `appData`, in bytes of JSON text.
pub(super) const APP_DATA_BYTES_MAX: usize = 4 * 1024;
/// Characters of the parser's words that are passed on; it may quote what it was given.
const REASON_CHARS_MAX: usize = 160;

/// The payload of an event, which must be an object of at most `bytes_max` bytes.
pub(super) fn read<T: DeserializeOwned>(
    name: &str,
    payload: Option<&RawValue>,
    bytes_max: usize,
) -> Result<T, InvalidEvent> {
    let text = payload.map(RawValue::get).filter(|text| text.starts_with('{'));
    let text = text.ok_or_else(|| InvalidEvent(format!("the payload of `{name}` must be an object")))?;
    if text.len() > bytes_max {
        return Err(InvalidEvent(format!("the payload of `{name}` is larger than {bytes_max} bytes")));
    }
    serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        InvalidEvent(format!("the payload of `{name}`: {reason}"))
    })
}

/// As [`read`]; a payload that is missing or null is an empty object.
pub(super) fn read_or_empty<T: DeserializeOwned + Default>(
    name: &str,
    payload: Option<&RawValue>,
) -> Result<T, InvalidEvent> {
    match payload.map(RawValue::get) {
        None | Some("null") => Ok(T::default()),
        Some(_) => read(name, payload, PLAIN_BYTES_MAX),
    }
}
