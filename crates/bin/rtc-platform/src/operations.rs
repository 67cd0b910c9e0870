//! `/metrics` and `/stats`: for those who operate the server, guarded by `ADMIN_KEY` where it is set.

use axum::{
    Json, Router,
    extract::{FromRef, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use rtc_http::{AsOperator, HttpState};
use serde_json::{Value, json};
use std::time::Instant;

/// The text format that Prometheus scrapes.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, FromRef)]
struct Shared {
    http: HttpState,
    recorder: PrometheusHandle,
    started: Instant,
}

/// The routes.
pub fn router(http: HttpState, recorder: PrometheusHandle) -> Router {
    let shared = Shared { http, recorder, started: Instant::now() };
    Router::new().route("/metrics", get(metrics)).route("/stats", get(stats)).with_state(shared)
}

async fn metrics(_: AsOperator, State(shared): State<Shared>) -> Response {
    metrics::gauge!("rtc_uptime_seconds").set(shared.started.elapsed().as_secs_f64());
    ([(header::CONTENT_TYPE, PROMETHEUS)], shared.recorder.render()).into_response()
}

/// Workers are those of the media server: none while there is none. Rooms and peers are those of all surfaces.
async fn stats(_: AsOperator, State(shared): State<Shared>) -> Json<Value> {
    let live = shared.http.app.live_stats();
    Json(json!({
        "rooms": live.rooms,
        "peers": live.peers,
        "workers": 0,
        "uptimeSeconds": shared.started.elapsed().as_secs(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}
