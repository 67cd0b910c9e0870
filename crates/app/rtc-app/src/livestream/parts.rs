//! What livestreams are made with, and what the application keeps for them.

use super::{audience::Origins, hub::Hub, port::MediaRooms};
use crate::{App, RequestError};
use rtc_auth::livekit::ApiKey;
use rtc_bus::Bus;
use rtc_store::JobRow;
use rtc_types::Millis;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{Notify, mpsc};

/// How long a stream's state lives in the bus after its last change.
pub(super) const STATE_TTL_MS: Millis = 24 * 3_600_000;

/// What livestreams are made with.
pub struct LivestreamParts {
    /// The media server.
    pub rooms: Arc<dyn MediaRooms>,
    /// Where state and events go between nodes.
    pub bus: Bus,
    /// The key of an external LiveKit (`LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET`), whose webhooks are accepted beside
    /// the tenants' own.
    pub external_key: Option<ApiKey>,
    /// How long an access token of `join` is good, in seconds (`TOKEN_EXPIRATION_HOURS`).
    pub token_life_s: u64,
    /// Batches of webhooks that are worked on at once (`WEBHOOK_QUEUE_CONCURRENCY`); at least 1.
    pub workers: usize,
}

/// What the application keeps for livestreams.
pub(crate) struct Livestreams {
    pub(super) rooms: Arc<dyn MediaRooms>,
    pub(super) bus: Bus,
    pub(super) external_key: Option<ApiKey>,
    pub(super) token_life_s: u64,
    pub(super) workers: usize,
    pub(super) hub: Hub,
    pub(super) origins: Origins,
    /// Wakes the queue's dispatcher, for what waits in the table.
    pub(super) queued: Notify,
    /// The way to it for jobs that need not be read back; none before it runs.
    pub(super) hand: parking_lot::Mutex<Option<mpsc::Sender<JobRow>>>,
    /// Wakes who delivers webhooks.
    pub(super) told: Notify,
    /// How many deliveries there had been in all when it was last woken.
    pub(super) deliveries_seen: AtomicU64,
    pub(super) applied: AtomicU64,
}

impl App {
    /// Brings livestreams to life; the first call counts. Call [`App::run_livestreams`] on a task beside it.
    pub fn with_livestreams(&self, parts: LivestreamParts) {
        let LivestreamParts { rooms, bus, external_key, token_life_s, workers } = parts;
        let livestreams = Livestreams {
            rooms,
            bus,
            external_key,
            token_life_s,
            workers: workers.max(1),
            hub: Hub::default(),
            origins: Origins::default(),
            queued: Notify::new(),
            hand: parking_lot::Mutex::default(),
            told: Notify::new(),
            deliveries_seen: AtomicU64::new(0),
            applied: AtomicU64::new(0),
        };
        // A second call changes nothing.
        let _ = self.0.livestreams.set(livestreams);
    }

    pub(super) fn livestreams(&self) -> Result<&Livestreams, RequestError> {
        self.0.livestreams.get().ok_or_else(|| {
            RequestError::Unavailable("this server has no livestreams".into(), "no parts were given".into())
        })
    }

    /// Whether this process has livestreams.
    pub fn has_livestreams(&self) -> bool {
        self.0.livestreams.get().is_some()
    }

    /// Asks the bus that nodes share for a sign of life; `None` where this process has none.
    ///
    /// # Errors
    /// The bus's.
    pub async fn ping_bus(&self) -> Option<Result<(), rtc_bus::BusError>> {
        let bus = self.0.livestreams.get().map(|parts| &parts.bus).filter(|bus| bus.is_shared())?;
        Some(bus.ping().await)
    }

    /// Jobs that this process has done.
    pub fn webhooks_applied(&self) -> u64 {
        self.0.livestreams.get().map_or(0, |parts| parts.applied.load(Ordering::Relaxed))
    }
}
