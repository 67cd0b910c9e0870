//! The application: one value that every surface holds.

use crate::{
    environment::Clock,
    live::LiveRooms,
    livestream::Livestreams,
    media::{MediaPlane, Shared},
    usecase::Credentials,
};
use rtc_auth::{CallTokens, Sealer};
use rtc_store::Store;
use rtc_types::{Millis, limits};
use std::sync::{Arc, OnceLock};

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
    /// Whether rooms of topology `sfu` may be made: this process, or the server that it works for, has a
    /// media server. [`App::with_media`] sets it.
    pub sfu: bool,
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
            sfu: false,
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
    /// `None`: rooms of topology `sfu` are refused.
    pub(crate) media: Option<Arc<Shared>>,
    pub(crate) livestreams: OnceLock<Livestreams>,
    pub(crate) clock: Clock,
}

impl App {
    /// Puts the parts together. Call [`App::run_upkeep`] on a task beside it.
    pub fn new(config: AppConfig, store: Store, clock: Clock) -> Self {
        Self::put_together(config, store, clock, None)
    }

    /// [`App::new`] with a media server. Call [`App::run_media`] on a task beside it, too.
    pub fn with_media(mut config: AppConfig, store: Store, clock: Clock, media: MediaPlane) -> Self {
        config.sfu = true;
        Self::put_together(config, store, clock, Some(Arc::new(Shared::new(media))))
    }

    fn put_together(config: AppConfig, store: Store, clock: Clock, media: Option<Arc<Shared>>) -> Self {
        Self(Arc::new(Inner {
            tokens: CallTokens::new(config.jwt_secret.as_bytes()),
            sealer: Sealer::new(config.secrets_key.as_bytes()),
            credentials: Credentials::new(),
            live: LiveRooms::new(),
            media,
            livestreams: OnceLock::new(),
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
