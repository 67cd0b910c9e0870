//! This surface's shape of errors: `{ "success": false, "error": { … }, "requestId" }`.

use axum::{
    Json,
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use rtc_wire::{error::ErrorBody, livestream::Failure};

/// Wraps the errors of all routes, those of extractors too.
pub(crate) async fn errors(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(ErrorBody { error, request_id }) = response.extensions_mut().remove::<ErrorBody>() else {
        return response;
    };
    let status = response.status();
    let mut wrapped = (status, Json(Failure { success: false, error, request_id })).into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            wrapped.headers_mut().append(name, value.clone());
        }
    }
    wrapped
}
