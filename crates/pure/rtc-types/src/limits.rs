//! Limits that more than one layer must agree on. Configurable ones are defaults here.

use crate::Millis;

/// Largest JSON body of an HTTP request, in bytes.
pub const JSON_BODY_BYTES_MAX: usize = 256 * 1024;
/// Largest signaling message, SDP included, in bytes.
pub const SIGNALING_MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// Largest `payload` of a relayed `data` message, in bytes of JSON text.
pub const DATA_PAYLOAD_BYTES_MAX: usize = 16 * 1024;
/// Signaling messages a second that a connection may send on average.
pub const SIGNALING_RATE_PER_S: u32 = 64;
/// Signaling messages that a connection may send at once.
pub const SIGNALING_BURST: u32 = 256;
/// API calls a second that an app may make on average; the burst is twice that.
pub const API_RATE_PER_APP_PER_S: u32 = 100;
/// API calls a second that an address without valid credentials may make; the burst is twice that.
pub const API_RATE_PER_ADDRESS_PER_S: u32 = 20;
/// How long a connection may stay without joining a room.
pub const JOIN_DEADLINE_MS: Millis = 15_000;
/// How often the server pings a signaling connection.
pub const HEARTBEAT_INTERVAL_MS: Millis = 15_000;
/// Unanswered pings after which a connection is dropped.
pub const HEARTBEATS_MISSED_MAX: u32 = 2;
/// How long a seat is kept for a peer whose socket dropped.
pub const RESUME_WINDOW_MS: Millis = 20_000;
/// Characters of a room's or app's name.
pub const NAME_CHARS_MAX: usize = 120;
/// Fewest peers that a room may be made for.
pub const PARTICIPANTS_MIN: u32 = 2;
/// Most peers that a room may be made for.
pub const PARTICIPANTS_MAX: u32 = 1000;
/// Public states and event streams that one address may ask for a second.
pub const PUBLIC_RATE_PER_ADDRESS_PER_S: u32 = 1000;
/// Largest `metadata` object, in bytes of JSON text.
pub const METADATA_BYTES_MAX: usize = 8 * 1024;
/// Shortest life of a call token, in seconds.
pub const TOKEN_LIFE_S_MIN: u64 = 60;
/// Longest life of a call token, in seconds.
pub const TOKEN_LIFE_S_MAX: u64 = 24 * 3600;
/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_WINDOW_MS: Millis = 24 * 3_600_000;
/// Messages kept for the replay of one seat.
pub const REPLAY_MESSAGES_MAX: usize = 8192;
/// Bytes of messages kept for the replay of one seat.
pub const REPLAY_BYTES_MAX: usize = 4 * 1024 * 1024;

const _: () = assert!(DATA_PAYLOAD_BYTES_MAX < SIGNALING_MESSAGE_BYTES_MAX);
const _: () = assert!(SIGNALING_MESSAGE_BYTES_MAX < REPLAY_BYTES_MAX);
const _: () = assert!(SIGNALING_BURST >= SIGNALING_RATE_PER_S);
