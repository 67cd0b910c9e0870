//! How the surface behaves.

use rtc_types::{Millis, limits};
use rtc_wire::signal::IceServer;

/// Bytes of an event beside its description or candidate: its name, ids and punctuation.
const ENVELOPE_BYTES_MAX: usize = 2 * 1024;

/// How the surface behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketIoConfig {
    /// Largest event that is taken, in bytes; a larger one ends the connection.
    pub message_bytes_max: usize,
    /// Events a second that a connection may send on average.
    pub rate_per_s: u32,
    /// Events that a connection may send at once.
    pub burst: u32,
    /// How long a connection may stay without ever joining a room.
    pub join_deadline_ms: Millis,
    /// Rooms that a connection may be in at once.
    pub rooms_max: usize,
    /// Packets that may wait for one slow reader; a connection with more is cut off.
    pub waiting_packets_max: usize,
    /// What clients of calls are told of STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
    /// Most peers of a call that no tenant has made a room for.
    pub call_peers_max: usize,
}

impl Default for SocketIoConfig {
    /// The contract's limits.
    fn default() -> Self {
        Self {
            message_bytes_max: limits::SIGNALING_MESSAGE_BYTES_MAX + ENVELOPE_BYTES_MAX,
            rate_per_s: limits::SIGNALING_RATE_PER_S,
            burst: limits::SIGNALING_BURST,
            join_deadline_ms: limits::JOIN_DEADLINE_MS,
            rooms_max: 16,
            waiting_packets_max: 512,
            ice_servers: Vec::new(),
            call_peers_max: 100,
        }
    }
}
