//! What wraps the whole router, from the outside in: request id, metrics, CORS, panics.

use crate::{cors, fallback, metering, request_id};
use axum::{Router, middleware::from_fn};
use tower_http::catch_panic::CatchPanicLayer;

/// What the outer layers need to know.
#[derive(Clone, Debug)]
pub struct OuterConfig {
    /// Browser origins that may call; `*` admits all.
    pub allowed_origins: Vec<String>,
    /// Which paths pages of every origin may call.
    pub open_path: fn(&str) -> bool,
}

impl Default for OuterConfig {
    /// No page of another origin may call.
    fn default() -> Self {
        Self { allowed_origins: Vec::new(), open_path: |_| false }
    }
}

/// Wraps the merged router of all surfaces: every response carries `x-request-id`; unknown paths, wrong
/// methods and panics answer in the one error shape; requests are counted and timed.
///
/// Apply it last and once: its fallbacks replace the router's own.
pub fn outer_layers(router: Router, config: &OuterConfig) -> Router {
    router
        .fallback(fallback::unknown_route)
        .method_not_allowed_fallback(fallback::wrong_method)
        .layer(CatchPanicLayer::custom(fallback::panicked))
        .layer(cors::layer(&config.allowed_origins, config.open_path))
        .layer(from_fn(metering::measure))
        .layer(from_fn(request_id::with_request_id))
}
