//! The application: one value that every surface holds.

use crate::{environment::Clock, live::LiveRooms, usecase::Credentials};
use rtc_auth::{CallTokens, Sealer};
use rtc_store::Store;
use rtc_types::{Millis, limits};
use std::sync::Arc;

/// What the application is made with.
#[derive(Clone)]
pub struct AppConfig {
    /// Signs call tokens (`JWT_SECRET`).
    pub jwt_secret: String,
    /// Seals app secrets at rest (`SECRETS_KEY`).
    pub secrets_key: String,
    /// Guards tenant management (`ADMIN_KEY`); `None`: nothing guards it.
    pub admin_key: Option<String>,
    /// The tenant that callers without credentials act as; development only.
    pub default_tenant: Option<rtc_types::AppId>,
    /// Life of a call token that names none, in seconds.
    pub token_life_s: u64,
    /// How long a dropped peer's seat is kept.
    pub resume_window_ms: Millis,
    /// How often signaling connections are pinged.
    pub heartbeat_interval_ms: Millis,
    /// Most peers of a room that came into being by a join alone.
    pub ad_hoc_capacity: usize,
}

impl Default for AppConfig {
    /// Limits as in the contract; no secrets.
    fn default() -> Self {
        Self {
            jwt_secret: String::new(),
            secrets_key: String::new(),
            admin_key: None,
            default_tenant: None,
            token_life_s: 3600,
            resume_window_ms: limits::RESUME_WINDOW_MS,
            heartbeat_interval_ms: limits::HEARTBEAT_INTERVAL_MS,
            ad_hoc_capacity: limits::PARTICIPANTS_MAX as usize,
        }
    }
}

/// The application. Clones share it.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: AppConfig,
    pub(crate) store: Store,
    pub(crate) tokens: CallTokens,
    pub(crate) sealer: Sealer,
    pub(crate) credentials: Credentials,
    pub(crate) live: LiveRooms,
    pub(crate) clock: Clock,
}

impl App {
    /// Puts the parts together. Call [`App::run_upkeep`] on a task beside it.
    pub fn new(config: AppConfig, store: Store, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            tokens: CallTokens::new(config.jwt_secret.as_bytes()),
            sealer: Sealer::new(config.secrets_key.as_bytes()),
            credentials: Credentials::new(),
            live: LiveRooms::new(),
            config,
            store,
            clock,
        }))
    }

    /// The time, in milliseconds since the epoch.
    pub fn now(&self) -> Millis {
        (self.0.clock)()
    }

    /// What it was made with.
    pub fn config(&self) -> &AppConfig {
        &self.0.config
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// The database's.
    pub async fn ping_store(&self) -> Result<(), rtc_store::StoreError> {
        self.0.store.ping().await
    }
}
