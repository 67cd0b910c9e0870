//! `/health`, `/livez`, `/readyz`: is all well, does the process answer, may it be given work.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use rtc_app::App;
use rtc_wire::rest::{Component, Health, QueueDetails};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long the database may take to give a sign of life.
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// How long its answer stands: anyone may ask, as often as they like, without a query each time.
const PING_REMEMBERED: Duration = Duration::from_millis(500);

/// What the health of this process is judged by. Clones share it.
#[derive(Clone)]
pub struct Pulse(Arc<Inner>);

struct Inner {
    app: App,
    draining: AtomicBool,
    database: Mutex<Option<(Instant, bool)>>,
    queue: Mutex<Option<(Instant, Component)>>,
}

impl Pulse {
    /// Watches over an application.
    pub fn new(app: App) -> Self {
        Self(Arc::new(Inner {
            app,
            draining: AtomicBool::new(false),
            database: Mutex::new(None),
            queue: Mutex::new(None),
        }))
    }

    /// From now on the process wants no more work.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    fn media(&self) -> Component {
        let Some(stats) = self.0.app.media_stats() else {
            return disabled(Some(json!({ "workers": 0, "rooms": 0, "peers": 0 })));
        };
        let alive = stats.workers.iter().filter(|worker| worker.alive).count();
        let details = json!({ "workers": alive, "rooms": stats.rooms, "peers": stats.peers });
        component(alive > 0, Some(details))
    }

    async fn database_answers(&self) -> bool {
        let mut last = self.0.database.lock().await;
        if let Some((at, answered)) = *last
            && at.elapsed() < PING_REMEMBERED
        {
            return answered;
        }
        let answered = match tokio::time::timeout(PING_TIMEOUT, self.0.app.ping_store()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(error = error.log_text(), "the database gives no sign of life");
                false
            }
            Err(_) => {
                tracing::warn!("the database gave no sign of life within {} s", PING_TIMEOUT.as_secs());
                false
            }
        };
        *last = Some((Instant::now(), answered));
        answered
    }

    /// The webhooks that came in, and beside them those that go out.
    async fn queue(&self) -> Component {
        if !self.0.app.has_livestreams() {
            return disabled(serde_json::to_value(QueueDetails::default()).ok());
        }
        let mut last = self.0.queue.lock().await;
        if let Some((at, component)) = &*last
            && at.elapsed() < PING_REMEMBERED
        {
            return component.clone();
        }
        let counted = async {
            let app = &self.0.app;
            Ok::<_, rtc_app::RequestError>((app.count_webhooks().await?, app.count_deliveries().await?))
        };
        let queue = match tokio::time::timeout(PING_TIMEOUT, counted).await {
            Ok(Ok((jobs, deliveries))) => component(
                true,
                Some(json!({
                    "waiting": jobs.waiting, "active": jobs.active, "failed": jobs.failed,
                    "delayed": jobs.delayed, "completed": self.0.app.webhooks_applied(),
                    "deliveries": {
                        "waiting": deliveries.waiting, "active": deliveries.active,
                        "delivered": deliveries.delivered, "failed": deliveries.failed,
                    },
                })),
            ),
            _ => component(false, serde_json::to_value(QueueDetails::default()).ok()),
        };
        *last = Some((Instant::now(), queue.clone()));
        queue
    }

    /// Sets the gauges of what is counted when it is asked for: the queue of webhooks, deliveries, watchers.
    pub(crate) async fn gauge(&self) {
        let jobs = self.queue().await.details.unwrap_or_default();
        let deliveries = jobs.get("deliveries").cloned().unwrap_or_default();
        // What the database does not tell now stays as it was told last.
        let count = |of: &serde_json::Value, state| of.get(state).and_then(serde_json::Value::as_f64);
        for state in ["waiting", "active", "delayed", "failed"] {
            if let Some(count) = count(&jobs, state).filter(|_| deliveries.is_object()) {
                metrics::gauge!("rtc_webhook_jobs", "state" => state).set(count);
            }
        }
        for state in ["waiting", "active", "delivered", "failed"] {
            if let Some(count) = count(&deliveries, state) {
                metrics::gauge!("rtc_webhook_deliveries", "state" => state).set(count);
            }
        }
        let (streams, watchers) = self.0.app.watchers();
        metrics::gauge!("rtc_livestreams_watched").set(f64::from(narrow(streams)));
        metrics::gauge!("rtc_livestream_watchers").set(f64::from(narrow(watchers)));
        metrics::counter!("rtc_webhook_jobs_completed_total").absolute(self.0.app.webhooks_applied());
    }

    async fn redis(&self) -> Component {
        match tokio::time::timeout(PING_TIMEOUT, self.0.app.ping_bus()).await {
            Ok(None) => disabled(None),
            Ok(Some(Ok(()))) => component(true, None),
            Ok(Some(Err(_))) | Err(_) => component(false, None),
        }
    }

    /// The state of all parts.
    pub async fn take(&self) -> Health {
        let live = self.0.app.live_stats();
        let draining = self.0.draining.load(Ordering::Relaxed);
        let (streams, watchers) = self.0.app.watchers();
        let state = json!({ "activeConnections": live.peers + watchers, "subscribedStreams": streams });
        let components = BTreeMap::from([
            ("api".to_owned(), component(!draining, None)),
            ("database".to_owned(), component(self.database_answers().await, None)),
            ("redis".to_owned(), self.redis().await),
            ("queue".to_owned(), self.queue().await),
            ("state".to_owned(), component(true, Some(state))),
            ("media".to_owned(), self.media()),
        ]);
        health(components)
    }
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn health(components: BTreeMap<String, Component>) -> Health {
    let success = components.values().all(|component| component.status != "unhealthy");
    Health {
        success,
        status: word(success).into(),
        service: "rtc-platform".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        timestamp: format!("{:.3}", jiff::Timestamp::now()),
        components,
    }
}

const fn word(healthy: bool) -> &'static str {
    if healthy { "healthy" } else { "unhealthy" }
}

fn component(healthy: bool, details: Option<serde_json::Value>) -> Component {
    Component { status: word(healthy).into(), details }
}

fn disabled(details: Option<serde_json::Value>) -> Component {
    Component { status: "disabled".into(), details }
}

/// The routes.
pub fn router(pulse: Pulse) -> Router {
    Router::new()
        .route("/health", get(whole))
        .route("/readyz", get(ready))
        .route("/livez", get(alive))
        .with_state(pulse)
}

/// Whether all is well
#[utoipa::path(get, path = "/health", tag = "operations", responses(
    (status = 200, description = "All is well", body = Health),
    (status = 503, description = "A part is not well, or the server is about to stop", body = Health),
))]
pub(crate) async fn whole(State(pulse): State<Pulse>) -> Response {
    answer(pulse.take().await)
}

/// Whether the server may be given work
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "It may", body = Health),
    (status = 503, description = "A part is not well, or the server is about to stop", body = Health),
))]
pub(crate) async fn ready(State(pulse): State<Pulse>) -> Response {
    answer(pulse.take().await)
}

/// Whether the process answers
///
/// Starting it anew would mend neither a database nor a drain, so neither counts here.
#[utoipa::path(get, path = "/livez", tag = "operations", responses(
    (status = 200, description = "It does", body = Health),
))]
pub(crate) async fn alive() -> Response {
    answer(health(BTreeMap::from([("api".to_owned(), component(true, None))])))
}

fn answer(health: Health) -> Response {
    let status = if health.success { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [("cache-control", "no-store")], Json(health)).into_response()
}
