//! `/docs`: the API reference, browsable, from the server's own OpenAPI document.

use super::{
    assets::ApiDocs,
    page::{self, Policy},
};
use axum::{
    Router,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rtc_http::ApiError;

const PAGE: &str = include_str!("../../pages/docs.html");

/// The page and its files.
pub fn router() -> Router {
    Router::new()
        .route("/docs", get(reference))
        .route("/docs/", get(|| async { Redirect::permanent("/docs") }))
        .route("/docs/{*path}", get(file))
}

async fn reference() -> Response {
    if ApiDocs::get("scalar.js").is_none() {
        return page::not_built("The API reference");
    }
    page::html(PAGE.to_owned(), Policy::Docs)
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    page::file::<ApiDocs>(&path, &headers, Policy::Docs)
        .unwrap_or_else(|| ApiError::not_found("file").into_response())
}
