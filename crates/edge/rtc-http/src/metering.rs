//! Rate, errors and duration of every surface's HTTP requests. Labels are bounded: a route's template, never
//! its ids.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{Method, StatusCode},
    middleware::{Next, from_fn},
    response::Response,
};
use std::time::Instant;

#[derive(Clone, Copy)]
struct Surface(&'static str);

/// Names the surface that answers a router's routes, for the metrics.
pub fn label_surface(router: Router, name: &'static str) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| async move {
        let mut response = next.run(request).await;
        response.extensions_mut().insert(Surface(name));
        response
    }))
}

pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let surface = response.extensions().get::<Surface>().map_or("other", |surface| surface.0);
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let labels = [("surface", surface.to_owned()), ("method", method.to_owned()), ("route", route)];
    metrics::histogram!("rtc_http_request_duration_seconds", &labels).record(begun.elapsed().as_secs_f64());
    let [surface, method, route] = labels;
    let labels = [surface, method, route, ("status", class(response.status()).to_owned())];
    metrics::counter!("rtc_http_requests_total", &labels).increment(1);
    response
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
