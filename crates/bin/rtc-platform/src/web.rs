//! Pages that the binary carries: the index page, the demo, the API reference. Nothing is loaded from elsewhere.

mod assets;
mod docs;
mod page;

use assets::{Demo, Home};
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, Method, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use page::Policy;
use tower_http::compression::CompressionLayer;

/// The API reference. The index page shares its path with signaling, so its route is not here.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    docs::router().layer(CompressionLayer::new())
}

/// The demo's pages.
pub fn demo_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let demo = |uri: Uri, headers: HeaderMap| async move { demo(uri.path(), &headers) };
    Router::new()
        .route("/demo", get(|| async { Redirect::permanent("/demo/") }))
        .route("/demo/", get(demo))
        .route("/demo/{*path}", get(demo))
        .layer(CompressionLayer::new())
}

/// The index page.
pub fn index(headers: &HeaderMap) -> Response {
    page::file::<Home>("index.html", headers, Policy::Plain)
        .unwrap_or_else(|| page::not_built("The index page"))
}

/// A file beside the index page, where a request that no route takes asks for one.
pub fn beside_index(request: &Request) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path().trim_start_matches('/');
    page::file::<Home>(path, request.headers(), Policy::Plain)
}

/// The demo does its own routing: what is no file is its page.
fn demo(path: &str, headers: &HeaderMap) -> Response {
    let path = path.trim_start_matches("/demo").trim_start_matches('/');
    page::file::<Demo>(path, headers, Policy::Demo)
        .or_else(|| {
            // A missing script must not be answered with a page: it would be cached as the script.
            let is_page = !path.starts_with("assets/");
            is_page.then(|| page::file::<Demo>("index.html", headers, Policy::Demo))?
        })
        .unwrap_or_else(|| match path.starts_with("assets/") {
            true => axum::http::StatusCode::NOT_FOUND.into_response(),
            false => page::not_built("The demo"),
        })
}
