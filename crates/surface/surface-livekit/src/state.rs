//! What all connections share.

use rtc_app::App;
use rtc_types::{Millis, limits};
use rtc_wire::signal::IceServer;
use std::sync::Arc;

/// How the surface behaves.
#[derive(Clone, Debug)]
pub struct LiveKitConfig {
    /// Given to clients for their peer connections.
    pub ice_servers: Vec<IceServer>,
    /// Largest frame, and largest body of a call of the room API, in bytes.
    pub message_bytes_max: usize,
    /// Messages a second that a connection may send on average.
    pub rate_per_s: u32,
    /// Messages that a connection may send at once.
    pub burst: u32,
    /// How long a member is kept whose WebSocket dropped.
    pub resume_window_ms: Millis,
}

impl Default for LiveKitConfig {
    /// No ICE servers; limits as in the contract.
    fn default() -> Self {
        Self {
            ice_servers: Vec::new(),
            message_bytes_max: 2 * limits::JSON_BODY_BYTES_MAX,
            rate_per_s: limits::SIGNALING_RATE_PER_S,
            burst: limits::SIGNALING_BURST,
            resume_window_ms: limits::RESUME_WINDOW_MS,
        }
    }
}

/// What all connections share. Clones share it too.
#[derive(Clone)]
pub struct LiveKitState(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) config: LiveKitConfig,
    pub(crate) received: metrics::Counter,
    pub(crate) sent: metrics::Counter,
    /// Calls that the room API made to members and that wait for their answers.
    pub(crate) calls: crate::twirp::Calls,
}

impl LiveKitState {
    /// Puts the parts together.
    pub fn new(app: App, config: LiveKitConfig) -> Self {
        Self(Arc::new(Shared {
            app,
            config,
            received: metrics::counter!("rtc_livekit_messages_received_total"),
            sent: metrics::counter!("rtc_livekit_messages_sent_total"),
            calls: crate::twirp::Calls::default(),
        }))
    }
}
