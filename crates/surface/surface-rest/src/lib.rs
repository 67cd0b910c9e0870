//! Surface A over HTTP: apps, rooms, tokens and participants, with their OpenAPI description.
//!
//! A handler checks the caller, calls one use case of rtc-app and maps the answer. Routes and their
//! description come from one declaration; [`openapi`] adds what every operation of a kind can answer.

mod answer;
mod apps;
mod describe;
mod participants;
mod rooms;
mod state;
mod tokens;

pub use describe::openapi;
pub use state::RestState;

use axum::Router;
use utoipa_axum::{router::OpenApiRouter, routes};

/// All routes.
pub fn router(state: RestState) -> Router {
    rtc_http::label_surface(routes_and_description().split_for_parts().0.with_state(state), "rest")
}

fn routes_and_description() -> OpenApiRouter<RestState> {
    OpenApiRouter::new()
        .routes(routes!(apps::create, apps::list))
        .routes(routes!(apps::get, apps::update, apps::delete))
        .routes(routes!(apps::rotate_secret))
        .routes(routes!(rooms::create, rooms::list))
        .routes(routes!(rooms::get, rooms::update, rooms::delete))
        .routes(routes!(tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(participants::list))
        .routes(routes!(participants::kick))
        .routes(routes!(participants::mute))
}
