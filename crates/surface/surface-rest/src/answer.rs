//! Answers that several routes give.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use rtc_app::{IdempotentAnswer, Listing};
use rtc_types::Millis;
use serde::Serialize;

/// A moment as ISO 8601 in UTC, with milliseconds.
pub(crate) fn time(at: Millis) -> String {
    let moment = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    format!("{:.3}", moment.unwrap_or(Timestamp::MAX))
}

/// A JSON object that the store keeps as text.
pub(crate) fn object(text: Option<&str>) -> serde_json::Map<String, serde_json::Value> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// 201 with the object; a repeat of an idempotent request gets the first answer's text.
pub(crate) fn created<T, W: Serialize>(answer: IdempotentAnswer<T>, map: impl Fn(&T) -> W) -> Response {
    match answer {
        IdempotentAnswer::First(value) => (StatusCode::CREATED, axum::Json(map(&value))).into_response(),
        IdempotentAnswer::Repeat(text) => {
            (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
    }
}

/// A plain array, and where the next page begins.
pub(crate) fn page<T, W: Serialize>(listing: Listing<T>, map: impl Fn(T) -> W) -> Response {
    let items: Vec<W> = listing.items.into_iter().map(map).collect();
    let mut response = axum::Json(items).into_response();
    if let Some(cursor) = listing.next_cursor.and_then(|cursor| HeaderValue::from_str(&cursor).ok()) {
        response.headers_mut().insert("x-next-cursor", cursor);
    }
    response
}

/// The text that a repeat of an idempotent request will get.
pub(crate) fn text(value: &impl Serialize) -> String {
    // Wire types are plain values, which always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601_in_utc_with_milliseconds() {
        assert_eq!(time(1_800_000_000_007), "2027-01-15T08:00:00.007Z");
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
    }
}
