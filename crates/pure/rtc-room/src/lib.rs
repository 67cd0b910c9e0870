//! The room model: seats, join, resume, relay order, heartbeat, sweep.
//!
//! A [`Room`] is a pure state machine. Time, ids and secrets are arguments; what it decides leaves as
//! [`Output`]s, in order. The loop of its owner is
//!
//! 1. call a command ([`Room::join`], [`Room::relay`], …) or a handler ([`Room::handle_disconnect`],
//!    [`Room::handle_timeout`], …) with the current time;
//! 2. drain [`Room::poll_output`] and carry each output out;
//! 3. ask [`Room::poll_timeout`] when to call [`Room::handle_timeout`] next.
//!
//! Every surface runs on this one model. The room emits domain messages; the surface of the peer that
//! receives one renders it, which is what lets peers of different surfaces share a room.
//!
//! What it promises, and its property tests hold it to:
//! - never more seats than the capacity;
//! - between two seats, messages arrive in the order sent, none lost, none twice, also across a resume;
//! - each [`RoomEvent::PeerConnected`] has exactly one [`RoomEvent::PeerDisconnected`].

mod control;
mod error;
mod join;
mod liveness;
mod output;
mod prints;
mod recent_ids;
mod relay;
mod replay;
mod room;
mod seat;

pub use control::Actor;
pub use error::{AttachError, ControlError, JoinError, RelayError, ResumeError};
pub use join::{Admission, DuplicatePolicy, Join, Joined, Resume};
pub use liveness::Disconnect;
pub use output::{Addressed, Content, Delivery, Output, RoomEvent, RoomMessage, Signal, SignalKind};
pub use relay::Audience;
pub use replay::ReplayLimits;
pub use room::{Room, RoomConfig};
pub use seat::{Liveness, ResumeToken, SeatNumber, SeatView};
