//! `/metrics` and `/stats`: for those who operate the server, guarded by `ADMIN_KEY` where it is set.

use crate::{health::Pulse, media};
use axum::{
    Json, Router,
    extract::{FromRef, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use rtc_http::{AsOperator, HttpState};
use rtc_wire::error::ErrorBody;
use serde_json::{Value, json};
use std::time::Instant;

/// The text format that Prometheus scrapes.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, FromRef)]
pub(crate) struct Shared {
    http: HttpState,
    recorder: PrometheusHandle,
    started: Instant,
    pulse: Pulse,
}

/// The routes.
pub fn router(http: HttpState, recorder: PrometheusHandle, pulse: Pulse) -> Router {
    let shared = Shared { http, recorder, started: Instant::now(), pulse };
    Router::new().route("/metrics", get(metrics)).route("/stats", get(stats)).with_state(shared)
}

/// Metrics in Prometheus' text format
#[utoipa::path(get, path = "/metrics", tag = "operations", security(("adminKey" = [])), responses(
    (status = 200, description = "The metrics", content_type = "text/plain", body = String),
    (status = 401, description = "UNAUTHORIZED: the admin key is missing or wrong", body = ErrorBody),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = ErrorBody),
))]
pub(crate) async fn metrics(_: AsOperator, State(shared): State<Shared>) -> Response {
    metrics::gauge!("rtc_uptime_seconds").set(shared.started.elapsed().as_secs_f64());
    shared.pulse.gauge().await;
    ([(header::CONTENT_TYPE, PROMETHEUS)], shared.recorder.render()).into_response()
}

/// Figures of the media server
///
/// `workers` is how many media workers run. `rooms` and `peers` are those of all surfaces; those with media are under
/// `media`, with sums over all workers and the load of each.
#[utoipa::path(get, path = "/stats", tag = "operations", security(("adminKey" = [])), responses(
    (status = 200, description = "The figures", body = Object),
    (status = 401, description = "UNAUTHORIZED: the admin key is missing or wrong", body = ErrorBody),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = ErrorBody),
))]
pub(crate) async fn stats(_: AsOperator, State(shared): State<Shared>) -> Json<Value> {
    let app = &shared.http.app;
    let live = app.live_stats();
    let workers =
        app.media_stats().map_or(0, |stats| stats.workers.iter().filter(|worker| worker.alive).count());
    Json(json!({
        "rooms": live.rooms,
        "peers": live.peers,
        "workers": workers,
        "media": media::figures(app),
        "uptimeSeconds": shared.started.elapsed().as_secs(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}
