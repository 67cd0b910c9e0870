//! What the handlers get.

use axum::{
    extract::FromRef,
    http::{HeaderMap, header},
};
use rtc_http::HttpState;
use std::sync::Arc;

/// Says why a webhook endpoint's URL may not be called.
pub type UrlCheck = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Shared by all handlers. Clones share it too.
#[derive(Clone)]
pub struct LivestreamSurface {
    /// What all HTTP surfaces share.
    pub http: HttpState,
    /// Where clients reach this server, such as `https://rtc.example.com`; `None`: as the request's `Host` says.
    pub public_url: Option<Arc<str>>,
    /// Which URLs webhook endpoints may have.
    pub endpoint_url: UrlCheck,
    /// Most event streams of this process; each holds a connection.
    pub watchers_max: usize,
}

impl FromRef<LivestreamSurface> for HttpState {
    fn from_ref(state: &LivestreamSurface) -> Self {
        state.http.clone()
    }
}

impl LivestreamSurface {
    /// Where a LiveKit client connects to this server.
    pub(crate) fn socket_url(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            let url = url.trim_end_matches('/');
            return url.strip_prefix("http").map_or_else(|| url.to_owned(), |rest| format!("ws{rest}"));
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("ws://{host}")
    }
}
