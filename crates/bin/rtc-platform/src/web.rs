//! Pages that the binary carries: the index page, the demo, the live app, the API reference. Nothing is loaded from elsewhere.

mod assets;
mod docs;
mod page;

use assets::{Demo, Home, Live};
use axum::{
    Router,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use page::Policy;
use rtc_http::ApiError;
use rust_embed::RustEmbed;
use tower_http::compression::CompressionLayer;

/// The API reference and the files of the index page. The page itself shares its path with signaling, so its
/// route is not here.
pub fn router() -> Router {
    let beside_index = |path: String| {
        move |headers: HeaderMap| async move {
            page::file::<Home>(&path, &headers, Policy::Plain)
                .unwrap_or_else(|| ApiError::not_found("file").into_response())
        }
    };
    let files = Home::iter().filter(|file| file != "index.html");
    let home = files.fold(Router::new(), |router, file| {
        router.route(&format!("/{file}"), get(beside_index(file.into_owned())))
    });
    docs::router().merge(home).layer(CompressionLayer::new())
}

/// The pages of the demo and of the live app.
pub fn demo_router() -> Router {
    pages::<Demo>("/demo", "The demo", Policy::Demo)
        .merge(pages::<Live>("/live", "The live app", Policy::Live))
        .layer(CompressionLayer::new())
}

/// An app that lives under `base` and does its own routing: what is no file is its page.
fn pages<E: RustEmbed + 'static>(base: &'static str, name: &'static str, policy: Policy) -> Router {
    let page = move |uri: Uri, headers: HeaderMap| async move {
        let path = uri.path().trim_start_matches(base).trim_start_matches('/');
        page::file::<E>(path, &headers, policy).unwrap_or_else(|| match path.starts_with("assets/") {
            // A missing script must not be answered with a page: it would be cached as the script.
            true => ApiError::not_found("file").into_response(),
            false => page::file::<E>("index.html", &headers, policy).unwrap_or_else(|| page::not_built(name)),
        })
    };
    let home = format!("{base}/");
    Router::new()
        .route(&home.clone(), get(page))
        .route(base, get(|| async move { Redirect::permanent(&home) }))
        .route(&format!("{base}/{{*path}}"), get(page))
}

/// The index page.
pub fn index(headers: &HeaderMap) -> Response {
    page::file::<Home>("index.html", headers, Policy::Plain)
        .unwrap_or_else(|| page::not_built("The index page"))
}
