//! Surface D: livestreams over REST, their state and events (SSE), webhooks in, webhook endpoints.
//!
//! A handler checks who calls, calls one use case of rtc-app and maps the answer. Every answer is wrapped, errors
//! too: [`wrap`] puts this surface's shape around the one that all share.

mod answer;
mod caller;
mod endpoints;
mod events;
mod state;
mod streams;
mod webhooks;
mod wrap;

pub use state::{LivestreamSurface, UrlCheck};

use axum::{
    Router,
    middleware::from_fn,
    routing::{delete, get, post},
};

/// Whether a path may be called by pages of every origin: what anyone may read of a stream, and what a viewer does
/// with a token of its own.
pub fn is_for_every_page(path: &str) -> bool {
    let stream = path.strip_prefix("/api/v1/livestreams/").and_then(|rest| rest.split_once('/'));
    matches!(stream, Some((_, "state" | "events" | "join" | "leave")))
}

/// All routes, below `/api/v1`.
pub fn router(state: LivestreamSurface) -> Router {
    let routes = Router::new()
        .route("/livestreams", post(streams::create).get(streams::list))
        .route("/livestreams/{id}", get(streams::get).patch(streams::update).delete(streams::end))
        .route("/livestreams/{id}/join", post(streams::join))
        .route("/livestreams/{id}/leave", post(streams::leave))
        .route("/livestreams/{id}/participants", get(streams::participants))
        .route("/livestreams/{id}/state", get(events::state))
        .route("/livestreams/{id}/events", get(events::events))
        .route("/webhooks/livekit", post(webhooks::receive))
        .route("/webhook-endpoints", post(endpoints::create).get(endpoints::list))
        .route("/webhook-endpoints/{id}", delete(endpoints::delete))
        .route("/webhook-endpoints/{id}/test", post(endpoints::test))
        .route("/webhook-endpoints/{id}/deliveries", get(endpoints::deliveries))
        .route("/webhook-endpoints/{id}/deliveries/{delivery}/replay", post(endpoints::replay))
        .layer(from_fn(wrap::errors))
        .with_state(state);
    rtc_http::label_surface(Router::new().nest("/api/v1", routes), "livestream")
}
