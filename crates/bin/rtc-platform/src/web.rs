//! Pages that the binary carries: the index page, the demo, the API reference. Nothing is loaded from elsewhere.

mod assets;
mod docs;
mod page;

use assets::{Demo, Home};
use axum::{
    Router,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use page::Policy;
use rtc_http::ApiError;
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

/// The demo's pages.
pub fn demo_router() -> Router {
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
            true => ApiError::not_found("file").into_response(),
            false => page::not_built("The demo"),
        })
}
