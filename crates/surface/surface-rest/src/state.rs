//! What the handlers get.

use axum::extract::FromRef;
use rtc_http::HttpState;
use std::sync::Arc;

/// Shared by all handlers. Clones share it too.
#[derive(Clone)]
pub struct RestState {
    /// What all HTTP surfaces share.
    pub http: HttpState,
    /// Where clients reach this server, such as `https://rtc.example.com`; `None`: as the request's `Host`
    /// says.
    pub public_url: Option<Arc<str>>,
}

impl FromRef<RestState> for HttpState {
    fn from_ref(state: &RestState) -> Self {
        state.http.clone()
    }
}
