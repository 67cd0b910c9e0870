//! Request ids: on every response, in every error and in the log.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;
use tracing::Instrument as _;

/// `x-request-id`.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a request, in bytes.
const BYTES_MAX: usize = 128;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// The id of the request that this task serves; a fresh one outside [`crate::outer_layers`].
pub fn request_id() -> Arc<str> {
    CURRENT.try_with(Arc::clone).unwrap_or_else(|_| rtc_app::random_id().into())
}

/// Gives the request its id and puts it on the response.
pub(crate) async fn with_request_id(request: Request, next: Next) -> Response {
    let id: Arc<str> = incoming(&request).unwrap_or_else(|| rtc_app::random_id().into());
    let span = tracing::info_span!("request", request_id = &*id, method = %request.method());
    let mut response = CURRENT.scope(id.clone(), next.run(request).instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    response
}

/// The client's own id, where it is one that can stand in a log line: 1–128 visible ASCII characters.
fn incoming(request: &Request) -> Option<Arc<str>> {
    let mut values = request.headers().get_all(REQUEST_ID_HEADER).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let sane = !value.is_empty()
        && value.len() <= BYTES_MAX
        && value.as_bytes().iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    if sane { value.to_str().ok().map(Arc::from) } else { None }
}
