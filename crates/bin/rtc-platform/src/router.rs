//! One router for every listener: all surfaces, operations, pages.

use crate::{
    config::Config,
    foundation::Foundation,
    health::{self, Pulse},
    web,
};
use axum::{Router, http::HeaderMap, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;

/// The surfaces that hold connections.
pub struct Doors {}

impl Doors {
    /// Makes the surfaces.
    pub fn open(_config: &Config, _foundation: &Foundation) -> Self {
        Self {}
    }

    /// Ends the connections that the use cases do not know of.
    pub async fn close(&self) {}
}

/// Every route on one router.
pub fn router(
    _config: &Config,
    _foundation: &Foundation,
    _doors: &Doors,
    pulse: Pulse,
    _recorder: PrometheusHandle,
) -> Router {
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { web::index(&headers) }))
        .merge(health::router(pulse))
        .merge(web::router())
}
