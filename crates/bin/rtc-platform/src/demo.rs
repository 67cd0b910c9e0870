//! The demo SaaS's backend, in development: what a customer's own server would do, over the tenant `dev`.
//!
//! The contract is in apps/demo-saas/README.md; `apps/demo-saas/server` serves the same from outside.

mod problem;
mod routes;
mod session;

use crate::keys::Keys;
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
    routing::{any, get, post},
};
use problem::Problem;
use rtc_app::{App, Tenant};
use session::Sessions;
use std::sync::Arc;

/// What the routes share.
struct Shared {
    app: App,
    tenant: Tenant,
    sessions: Sessions,
}

type Demo = State<Arc<Shared>>;

/// The routes under `/demo/api/`, over one tenant.
pub fn router(app: App, tenant: Tenant, keys: &Keys) -> Router {
    let shared = Shared { app, tenant, sessions: Sessions::new(keys.jwt_secret.expose()) };
    let only = |method: &'static str| move || async move { Problem::method_not_allowed(method) };
    Router::new()
        .route("/demo/api/login", post(routes::login).fallback(only("POST")))
        .route("/demo/api/meetings", post(routes::create_meeting).fallback(only("POST")))
        .route("/demo/api/meetings/{id}", get(routes::meeting).fallback(only("GET")))
        .route("/demo/api/meetings/{id}/token", post(routes::token).fallback(only("POST")))
        .route("/demo/api/{*rest}", any(|| async { Problem::not_found("route") }))
        .layer(map_response(never_stored))
        .with_state(Arc::new(shared))
}

async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
