//! Surface E on the platform's own rooms: the `/rtc/*` routes, answered by the use cases.
//!
//! A browser brings a call token, a backend its app headers; in development neither is needed. A peer of these
//! routes and a peer of any other surface share a room.

mod backend;
mod caller;
mod stream;

use axum::{Router, middleware::from_fn_with_state};
use backend::Embedded;
use rtc_http::HttpState;
use rtc_types::Millis;
use rtc_wire::signal::IceServer;

/// Peers of a room that comes into being by a connect alone (embedded.md, defaults).
const PEERS_MAX: usize = 8;
/// How often a peer says that it is alive (embedded.md, defaults).
const HEARTBEAT_INTERVAL_MS: Millis = 30_000;

/// The routes.
pub fn router(http: HttpState, ice_servers: Vec<IceServer>) -> Router {
    let backend = Embedded::new(http.app.clone(), ice_servers);
    let router = rtc_server::http::router(backend).layer(from_fn_with_state(http, caller::identify));
    rtc_http::label_surface(router, "embedded")
}
