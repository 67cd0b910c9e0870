//! The nouns that every layer shares: ids, roles, topology, limits and error codes.
//!
//! Nothing here does I/O, reads a clock or draws randomness; every type is a plain value.

mod error_code;
mod id;
mod json;
pub mod limits;
pub mod ortc;
mod peer;
mod room;
mod time;

pub use error_code::ErrorCode;
pub use id::{AppId, ConnectionId, IdError, Jti, ParticipantId, RoomId, SeatId, StreamId, UserId};
pub use json::Json;
pub use peer::{CloseReason, LeaveReason, MediaKind, PeerInfo, Role, UnknownName};
pub use room::{Topology, TopologySetting};
pub use time::Millis;
