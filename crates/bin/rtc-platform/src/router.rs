//! One router for every listener: all surfaces, operations, pages.

use crate::{
    config::{Config, Mode},
    demo,
    foundation::Foundation,
    health::{self, Pulse},
    web,
};
use axum::{
    Router,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::any,
};
use metrics_exporter_prometheus::PrometheusHandle;
use surface_signaling::{AllowedOrigins, SignalingConfig, SignalingState};

/// The surfaces that hold connections.
pub struct Doors {
    signaling: SignalingState,
}

impl Doors {
    /// Makes the surfaces.
    pub fn open(config: &Config, foundation: &Foundation) -> Self {
        Self { signaling: SignalingState::new(foundation.app.clone(), signaling_config(config)) }
    }

    /// Ends the connections that the use cases do not know of.
    pub async fn close(&self) {}
}

fn signaling_config(config: &Config) -> SignalingConfig {
    let origins = config.origins();
    SignalingConfig {
        ice_servers: config.ice_servers.clone(),
        allowed_origins: AllowedOrigins::new(origins.iter().map(String::as_str)),
        message_bytes_max: narrow(config.signaling_message_bytes_max, usize::MAX),
        rate_per_s: narrow(config.signaling_rate, u32::MAX),
        burst: narrow(config.signaling_burst, u32::MAX),
        join_deadline_ms: config.join_timeout_ms,
    }
}

/// The declaration keeps every number far below 2^32.
fn narrow<T: TryFrom<u64>>(value: u64, most: T) -> T {
    T::try_from(value).unwrap_or(most)
}

/// Every route on one router.
pub fn router(
    config: &Config,
    foundation: &Foundation,
    doors: &Doors,
    pulse: Pulse,
    _recorder: PrometheusHandle,
) -> Router {
    let mut router = Router::new()
        .merge(root(doors.signaling.clone()))
        .merge(surface_signaling::router(doors.signaling.clone()))
        .merge(health::router(pulse))
        .merge(web::router());
    if let (Mode::Dev, Some(tenant)) = (config.mode, foundation.app.default_tenant()) {
        router = router.merge(demo::router(foundation.app.clone(), tenant, &foundation.keys));
        router = router.merge(web::demo_router());
    }
    router
}

/// `/`: signaling for a request that wants to upgrade, the index page for all others.
fn root(signaling: SignalingState) -> Router {
    Router::new().route("/", any(upgrade_or_index)).with_state(signaling)
}

async fn upgrade_or_index(
    State(signaling): State<SignalingState>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => surface_signaling::serve_upgrade(&signaling, &headers, upgrade),
        Err(refused) if headers.contains_key(header::UPGRADE) => refused.into_response(),
        Err(_) => web::index(&headers),
    }
}
