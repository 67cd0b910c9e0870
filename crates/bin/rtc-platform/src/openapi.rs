//! The OpenAPI document of the whole server: what surface-rest describes of itself, what is described here for the
//! surfaces that do not, and the endpoints that are the binary's own.

mod described;
mod livestreams;

use crate::{exit::Failure, health, operations};
use axum::{Json, Router, routing::get};
use utoipa::{
    OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    paths(health::whole, health::ready, health::alive, operations::metrics, operations::stats),
    components(schemas(rtc_wire::rest::Health, rtc_wire::rest::Component)),
    tags(
        (name = "apps", description = "Tenants; for the operator"),
        (name = "rooms", description = "Where calls happen"),
        (name = "tokens", description = "What admits a user to a room"),
        (name = "participants", description = "Who is in a room now"),
        (name = "operations", description = "Health, figures, metrics"),
    )
)]
struct Own;

/// Where the generated description is, from the root of the repository.
pub const PATH: &str = "docs/reference/openapi.json";

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = surface_rest::openapi();
    document.merge(Own::openapi());
    document.merge(described::Described::openapi());
    document.merge(livestreams::Livestreams::openapi());
    if let Some(components) = &mut document.components {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("callToken", SecurityScheme::Http(token));
    }
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

/// The document as `rtc-platform openapi` prints it.
///
/// # Errors
/// None that is known: the document is always JSON.
pub fn text() -> Result<String, Failure> {
    serde_json::to_string_pretty(&document()).map_err(Failure::failed)
}

/// `GET /openapi.json`
pub(crate) fn router() -> Router {
    let document = document();
    Router::new().route("/openapi.json", get(move || std::future::ready(Json(document.clone()))))
}
