//! Which pages may call the API.

use axum::http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember a preflight.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// Pages of these origins may call and read; `*` in the list admits all. Any page may call and read the paths that
/// `is_open` names: they are for everyone, or go by a token that the page has. Cookies are never sent along.
pub(crate) fn layer(origins: &[String], is_open: fn(&str) -> bool) -> CorsLayer {
    let allow = if origins.iter().any(|origin| origin.trim() == "*") {
        AllowOrigin::any()
    } else {
        let trimmed = origins.iter().map(|origin| origin.trim().trim_end_matches('/'));
        let listed: Vec<HeaderValue> =
            trimmed.filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        AllowOrigin::predicate(move |origin, request| listed.contains(origin) || is_open(request.uri.path()))
    };
    CorsLayer::new()
        .allow_origin(allow)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            HeaderName::from_static("x-app-id"),
            HeaderName::from_static("x-app-secret"),
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            crate::REQUEST_ID_HEADER,
        ])
        .expose_headers([
            crate::REQUEST_ID_HEADER,
            HeaderName::from_static("x-next-cursor"),
            header::RETRY_AFTER,
        ])
        .max_age(MAX_AGE)
}
