//! One file as a response: type, cache, policy.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write as _;

/// What a page may load and whom it may talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing but what this server has.
    Plain,
    /// Also cameras, blobs and signaling anywhere.
    Demo,
    /// As the demo, and a LiveKit anywhere, which is asked over HTTP too.
    Live,
    /// As plain, with styles and fonts that the reference's script makes.
    Docs,
}

impl Policy {
    const fn text(self) -> &'static str {
        match self {
            Policy::Plain => {
                "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; \
                 frame-ancestors 'none'"
            }
            Policy::Demo => {
                "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: \
                 mediastream:; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
            }
            Policy::Live => {
                "default-src 'self'; connect-src 'self' ws: wss: http: https:; img-src 'self' data:; media-src \
                 'self' blob: mediastream:; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors \
                 'none'"
            }
            Policy::Docs => {
                "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' \
                 data:; worker-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'"
            }
        }
    }
}

/// A file of a folder, if it has it.
pub fn file<E: RustEmbed>(path: &str, asked: &HeaderMap, policy: Policy) -> Option<Response> {
    let file = E::get(path)?;
    let tag = tag(&file);
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.data).into_response() };
    let headers = response.headers_mut();
    insert(headers, header::CONTENT_TYPE, &content_type(file.metadata.mimetype()));
    insert(headers, header::ETAG, &tag);
    insert(headers, header::CACHE_CONTROL, cache(path));
    secure(headers, policy);
    Some(response)
}

/// A page made here.
pub fn html(text: String, policy: Policy) -> Response {
    let mut response = Body::from(text).into_response();
    let headers = response.headers_mut();
    insert(headers, header::CONTENT_TYPE, "text/html; charset=utf-8");
    insert(headers, header::CACHE_CONTROL, "no-cache");
    secure(headers, policy);
    response
}

/// What stands where pages would, while they have not been built.
pub fn not_built(what: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>rtc-platform</title>\
         <body style=\"font: 16px/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; \
         color-scheme: light dark\"><h1>rtc-platform runs</h1>\
         <p>{what} is not part of this build. Run <code>make run</code> to build the pages and start again.</p>\
         <p><a href=\"/health\">Health</a> · <a href=\"/openapi.json\">OpenAPI document</a></p></body></html>"
    );
    let mut response = html(text, Policy::Plain);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn secure(headers: &mut HeaderMap, policy: Policy) {
    insert(headers, header::CONTENT_SECURITY_POLICY, policy.text());
    insert(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(headers, header::REFERRER_POLICY, "same-origin");
}

/// Files under `assets/` carry a hash in their names; all others are asked for anew.
fn cache(path: &str) -> &'static str {
    if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

/// Half of the content's hash is enough to tell versions apart.
fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        // Writing to a text cannot fail.
        _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn content_type(mime: &str) -> String {
    let is_text = mime.starts_with("text/") || mime.ends_with("javascript") || mime.ends_with("json");
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
