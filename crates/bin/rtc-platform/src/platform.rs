//! The platform as one value: started from a configuration, stopped in bounded time.

use crate::{
    config::{Config, Mode, Secret},
    dev,
    exit::Failure,
    foundation::Foundation,
    health::Pulse,
    listen, livestreams, media, metering, router,
    serve::Server,
};
use rtc_app::App;
use std::{net::SocketAddr, time::Duration};
use tokio::task::JoinHandle;

/// Of the grace, what is kept for closing the database after the connections.
const CLOSING_SHARE: u32 = 5;

/// The running platform.
pub struct Platform {
    /// What it was started with.
    pub config: Config,
    /// Where it listens, the main listener first.
    pub addresses: Vec<SocketAddr>,
    /// In development the secret of the tenant `dev`, where it is known.
    pub dev_secret: Option<Secret>,
    foundation: Foundation,
    pulse: Pulse,
    server: Server,
    upkeep: Vec<JoinHandle<()>>,
}

impl Platform {
    /// Starts the media workers, connects and migrates the database, then listens and serves.
    ///
    /// # Errors
    /// Faults of the configuration, a database that is not available, a port that is taken.
    pub async fn start(config: Config) -> Result<Self, Failure> {
        let recorder = metering::recorder();
        let media = media::start(&config)?;
        let foundation = Foundation::lay(&config, media).await?;
        let dev_secret = match config.mode {
            Mode::Dev => dev::tenant(&config, &foundation).await?,
            Mode::Production => None,
        };
        livestreams::begin(&config, &foundation.app)?;
        let listeners = listen::bind(&config)?;
        let addresses = listeners.iter().map(|bound| bound.address).collect();
        let pulse = Pulse::new(foundation.app.clone());
        let router = router::router(&config, &foundation, pulse.clone(), recorder.clone());
        let server = Server::start(listeners, router);
        let upkeep = vec![
            tokio::spawn(foundation.app.clone().run_upkeep()),
            tokio::spawn(foundation.app.clone().run_media()),
            tokio::spawn(media::run_metering(foundation.app.clone())),
            tokio::spawn(metering::run_upkeep(recorder)),
            tokio::spawn(livestreams::run(foundation.app.clone(), config.mode)),
        ];
        Ok(Self { config, addresses, dev_secret, foundation, pulse, server, upkeep })
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.foundation.app
    }

    /// Stops accepting, tells clients to come back elsewhere, waits for connections to end as long as the grace
    /// allows, and closes the database.
    pub async fn stop(self) {
        let grace = Duration::from_millis(self.config.shutdown_grace_ms);
        let closing = grace / CLOSING_SHARE;
        self.pulse.drain();
        self.foundation.app.begin_shutdown();
        if tokio::time::timeout(grace - closing, self.server.stop()).await.is_err() {
            tracing::warn!("connections that did not end in time are cut off");
        }
        if tokio::time::timeout(closing, self.foundation.app.stop_media()).await.is_err() {
            tracing::warn!("the media workers did not end in time");
        }
        self.upkeep.iter().for_each(JoinHandle::abort);
        // What was acknowledged is in the database already; closing only folds its log away.
        let closing = closing.max(Duration::from_millis(100));
        if tokio::time::timeout(closing, self.foundation.store.close()).await.is_err() {
            tracing::warn!("the database was not closed in time");
        }
    }
}
