//! What a server is made with.

use crate::server::RtcServer;
use rtc_room::ReplayLimits;
use rtc_types::Millis;
use rtc_wire::signal::IceServer;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Peers that a room admits by default.
const MAX_PEERS_PER_ROOM: usize = 8;
/// How often a peer says that it is alive by default.
const HEARTBEAT_INTERVAL_MS: Millis = 30_000;
/// Kept for a peer whose stream is closed.
const REPLAY: ReplayLimits = ReplayLimits { messages_max: 1024, bytes_max: 1024 * 1024 };

pub(crate) type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

pub(crate) struct Config {
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) max_peers_per_room: usize,
    pub(crate) heartbeat_interval_ms: Millis,
    pub(crate) replay: ReplayLimits,
    pub(crate) clock: Clock,
}

/// Builds an [`RtcServer`].
pub struct RtcServerBuilder(Config);

impl Default for RtcServerBuilder {
    fn default() -> Self {
        let stun =
            IceServer { urls: vec!["stun:stun.l.google.com:19302".into()], username: None, credential: None };
        Self(Config {
            ice_servers: vec![stun],
            max_peers_per_room: MAX_PEERS_PER_ROOM,
            heartbeat_interval_ms: HEARTBEAT_INTERVAL_MS,
            replay: REPLAY,
            clock: Arc::new(system_time),
        })
    }
}

impl RtcServerBuilder {
    /// The servers that peers are told to use; one public STUN server by default.
    #[must_use]
    pub fn ice_servers(mut self, servers: impl IntoIterator<Item = IceServer>) -> Self {
        self.0.ice_servers = servers.into_iter().collect();
        self
    }

    /// How many peers a room admits that was made without options: 8 by default, at least 1.
    #[must_use]
    pub fn max_peers_per_room(mut self, peers: usize) -> Self {
        self.0.max_peers_per_room = peers.max(1);
        self
    }

    /// How often a peer has to say that it is alive: 30 s by default, at least 1 ms. A peer whose last
    /// heartbeat is two intervals old is dropped by the next sweep.
    #[must_use]
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.0.heartbeat_interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
        self
    }

    /// Where the time comes from, in milliseconds since the Unix epoch: the system's clock by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Millis + Send + Sync + 'static) -> Self {
        self.0.clock = Arc::new(clock);
        self
    }

    /// The server.
    pub fn build(self) -> RtcServer {
        RtcServer::with_config(self.0)
    }
}

fn system_time() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
