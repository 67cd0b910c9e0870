//! What every request of an HTTP surface needs, and the limits it is held to.

use crate::{ApiError, address, limit::RateLimits};
use axum::http::request::Parts;
use rtc_app::App;
use rtc_types::{AppId, limits};
use std::sync::Arc;

/// Limits of HTTP requests.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Largest JSON body, in bytes.
    pub json_body_bytes_max: usize,
    /// Requests a second of one app; twice as many at once. 0 counts as 1.
    pub rate_per_app_per_s: u32,
    /// Requests a second of one address without valid credentials; twice as many at once. 0 counts as 1.
    pub rate_per_address_per_s: u32,
    /// Requests a second of one address for what anyone may read; ten times as many at once. 0 counts as 1.
    pub rate_public_per_s: u32,
    /// Whether a proxy in front is believed: `X-Forwarded-For` (its last entry) and `X-Forwarded-Proto`.
    pub trust_proxy: bool,
}

impl Default for HttpLimits {
    /// The contract's limits; no proxy is believed.
    fn default() -> Self {
        Self {
            json_body_bytes_max: limits::JSON_BODY_BYTES_MAX,
            rate_per_app_per_s: limits::API_RATE_PER_APP_PER_S,
            rate_per_address_per_s: limits::API_RATE_PER_ADDRESS_PER_S,
            rate_public_per_s: limits::PUBLIC_RATE_PER_ADDRESS_PER_S,
            trust_proxy: false,
        }
    }
}

/// What the surfaces share. Clones share it too, the counts of the rate limits included.
#[derive(Clone)]
pub struct HttpState {
    /// The use cases.
    pub app: App,
    /// The limits.
    pub limits: Arc<HttpLimits>,
    pub(crate) rates: Arc<RateLimits>,
}

impl HttpState {
    /// Puts the parts together. Make one a process, so that the surfaces count together.
    pub fn new(app: App, limits: HttpLimits) -> Self {
        let rates = Arc::new(RateLimits::new(&limits));
        Self { app, limits: Arc::new(limits), rates }
    }

    /// Counts a request of an app that something else than its secret speaks for, such as a call token.
    ///
    /// # Errors
    /// Where the app is over its rate.
    pub fn count_app(&self, app: &AppId) -> Result<(), ApiError> {
        self.rates.count_app(app)
    }

    /// Counts a request for something that anyone may read.
    ///
    /// # Errors
    /// Where the address is over its rate.
    pub fn count_public(&self, parts: &Parts) -> Result<(), ApiError> {
        self.rates.count_public(address::client(parts, self.limits.trust_proxy))
    }

    /// Refuses an address whose signatures were wrong too often, before the next is looked at.
    ///
    /// # Errors
    /// Where the address is over its rate.
    pub fn check_signer(&self, parts: &Parts) -> Result<(), ApiError> {
        self.rates.check_signer(address::client(parts, self.limits.trust_proxy))
    }

    /// Counts a request whose signature was wrong against its address, apart from calls without credentials.
    ///
    /// # Errors
    /// Where the address is over its rate.
    pub fn count_signer(&self, parts: &Parts) -> Result<(), ApiError> {
        self.rates.count_signer(address::client(parts, self.limits.trust_proxy))
    }

    /// Counts a request whose credentials were wrong against its address.
    ///
    /// # Errors
    /// Where the address is over its rate.
    pub fn count_address(&self, parts: &Parts) -> Result<(), ApiError> {
        self.rates.count_address(address::client(parts, self.limits.trust_proxy))
    }
}
