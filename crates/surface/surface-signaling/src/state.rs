//! What every signaling connection shares.

use crate::origin::AllowedOrigins;
use rtc_app::App;
use rtc_types::{Millis, limits};
use rtc_wire::signal::IceServer;
use std::{sync::Arc, time::Duration};

/// How signaling behaves.
#[derive(Clone, Debug)]
pub struct SignalingConfig {
    /// Given to clients for `RTCPeerConnection`.
    pub ice_servers: Vec<IceServer>,
    /// Browser origins that may connect, besides the server's own.
    pub allowed_origins: AllowedOrigins,
    /// Largest message; a larger one closes the connection with 1009.
    pub message_bytes_max: usize,
    /// Messages a second that a connection may send on average.
    pub rate_per_s: u32,
    /// Messages that a connection may send at once.
    pub burst: u32,
    /// How long a connection may stay without a seat.
    pub join_deadline_ms: Millis,
}

impl Default for SignalingConfig {
    /// The contract's limits, no ICE servers, no other origins.
    fn default() -> Self {
        Self {
            ice_servers: Vec::new(),
            allowed_origins: AllowedOrigins::default(),
            message_bytes_max: limits::SIGNALING_MESSAGE_BYTES_MAX,
            rate_per_s: limits::SIGNALING_RATE_PER_S,
            burst: limits::SIGNALING_BURST,
            join_deadline_ms: limits::JOIN_DEADLINE_MS,
        }
    }
}

/// What every signaling connection shares. Clones share it too.
#[derive(Clone)]
pub struct SignalingState(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) config: SignalingConfig,
    pub(crate) received: metrics::Counter,
    pub(crate) sent: metrics::Counter,
}

impl SignalingState {
    /// Puts the parts together.
    pub fn new(app: App, config: SignalingConfig) -> Self {
        Self(Arc::new(Shared {
            app,
            config,
            received: metrics::counter!("rtc_signaling_messages_received_total"),
            sent: metrics::counter!("rtc_signaling_messages_sent_total"),
        }))
    }
}

impl Shared {
    pub(crate) fn heartbeat_interval(&self) -> Duration {
        Duration::from_millis(self.app.config().heartbeat_interval_ms)
    }

    pub(crate) fn join_deadline(&self) -> Duration {
        Duration::from_millis(self.config.join_deadline_ms)
    }
}
