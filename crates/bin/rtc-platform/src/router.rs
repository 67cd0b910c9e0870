//! One router for every listener: all surfaces, operations, pages.

use crate::{
    config::{Config, Mode},
    demo, embedded,
    foundation::Foundation,
    health::{self, Pulse},
    limits, livestreams, openapi, operations, web,
};
use axum::{
    Router,
    extract::{Request, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use metrics_exporter_prometheus::PrometheusHandle;
use rtc_http::{ApiError, HttpState, OuterConfig, outer_layers};
use rtc_types::ErrorCode;
use std::sync::Arc;
use surface_livekit::LiveKitState;
use surface_rest::RestState;
use surface_signaling::{AllowedOrigins, SignalingState};

/// Every route on one router.
pub fn router(config: &Config, foundation: &Foundation, pulse: Pulse, recorder: PrometheusHandle) -> Router {
    let app = &foundation.app;
    let http = HttpState::new(app.clone(), limits::http(config));
    let signaling = SignalingState::new(app.clone(), limits::signaling(config));
    let mut router = Router::new()
        .merge(root(signaling.clone()))
        .merge(surface_signaling::router(signaling))
        .merge(surface_rest::router(RestState {
            http: http.clone(),
            public_url: config.public_url.as_deref().map(Arc::from),
        }))
        .merge(openapi::router())
        .merge(socketio(config, foundation, &http))
        .merge(health::router(pulse.clone()))
        .merge(surface_livekit::router(LiveKitState::new(app.clone(), limits::livekit(config))))
        .merge(livestreams::router(config, http.clone()))
        .merge(embedded::router(http.clone(), config.ice_servers.clone()))
        .merge(operations::router(http, recorder, pulse))
        .merge(web::router());
    if let (Mode::Dev, Some(tenant)) = (config.mode, app.default_tenant()) {
        router = router.merge(demo::router(app.clone(), tenant, &foundation.keys));
        router = router.merge(web::demo_router());
    }
    outer_layers(
        router,
        &OuterConfig { allowed_origins: config.origins(), open_path: surface_livestream::is_for_every_page },
    )
}

/// Socket.IO answers as a layer. Around routes of its own, so that the outer layers hold for it as well.
fn socketio(config: &Config, foundation: &Foundation, http: &HttpState) -> Router {
    let (layer, _) = surface_socketio::layer(foundation.app.clone(), limits::socketio(config));
    let unanswered = || async { ApiError::not_found("path") };
    Router::new()
        .route("/socket.io", any(unanswered))
        .route("/socket.io/", any(unanswered))
        .layer(layer)
        .layer(from_fn_with_state(Arc::new(limits::origins(config)), known_origins))
        .merge(surface_socketio::router(http.clone()))
}

/// Pages of other origins may not speak Socket.IO with this server, whichever transport they pick. Browsers
/// ask nobody's leave for a WebSocket, so CORS alone does not keep them out.
async fn known_origins(State(origins): State<Arc<AllowedOrigins>>, request: Request, next: Next) -> Response {
    if !origins.admits(request.headers()) {
        return ApiError::new(ErrorCode::Forbidden, "this origin may not connect").into_response();
    }
    next.run(request).await
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
