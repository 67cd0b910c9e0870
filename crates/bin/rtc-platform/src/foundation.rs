//! What every command that works stands on: the keys, the database brought up to date, the use cases.

use crate::{
    config::{Config, Fault, Faults, Mode, Secret},
    exit::Failure,
    keys::Keys,
};
use rtc_app::{App, AppConfig, MediaPlane, SystemClock};
use rtc_store::{ConnectError, Store, StoreOptions};
use rtc_types::AppId;

/// The tenant of development.
pub const DEV_TENANT: &str = "dev";

/// Keys, database and use cases.
#[derive(Clone)]
pub struct Foundation {
    /// The use cases.
    pub app: App,
    /// The database; closed last.
    pub store: Store,
    /// The keys.
    pub keys: Keys,
}

impl Foundation {
    /// Obtains the keys, connects the database and brings it up to date. `media`: the workers of a process that
    /// serves.
    ///
    /// # Errors
    /// Faults of the configuration, or a database that is not available.
    pub async fn lay(config: &Config, media: Option<MediaPlane>) -> Result<Self, Failure> {
        let keys = Keys::obtain(config)?;
        let store =
            Store::connect(&config.database_url(), StoreOptions::default()).await.map_err(Failure::from)?;
        let (app_config, clock) = (app_config(config, &keys)?, SystemClock::clock());
        let app = match media {
            Some(media) => App::with_media(app_config, store.clone(), clock, media),
            None => App::new(app_config, store.clone(), clock),
        };
        Ok(Self { app, store, keys })
    }
}

fn app_config(config: &Config, keys: &Keys) -> Result<AppConfig, Failure> {
    let default_tenant = match config.mode {
        Mode::Dev => Some(AppId::new(DEV_TENANT).map_err(Failure::failed)?),
        Mode::Production => None,
    };
    Ok(AppConfig {
        jwt_secret: keys.jwt_secret.expose().to_owned(),
        secrets_key: keys.secrets_key.expose().to_owned(),
        admin_key: config.admin_key.as_ref().map(|key: &Secret| key.expose().to_owned()),
        default_tenant,
        token_life_s: config.jwt_expires_in_s,
        sfu: config.has_media(),
        resume_window_ms: config.resume_window_ms,
        heartbeat_interval_ms: config.heartbeat_interval_ms,
        ..AppConfig::default()
    })
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Url(why) => Failure::Configuration(Faults(vec![Fault::new(
                "DATABASE_URL",
                format!("is not usable: {why}"),
            )])),
            ConnectError::Unavailable(_) => Failure::Unavailable(error.to_string()),
            ConnectError::Migration(_) => Failure::failed(error),
        }
    }
}
