//! The Socket.IO events of surfaces B (here) and C ([`sfu`]). An event is a JSON array: its name, then its payload.

mod client;
mod reply;
mod server;
pub mod sfu;

pub use client::{ClientEvent, InvalidEvent, Relay, RelayKind, RoomName};
pub use reply::{Reply, ReplyError};
pub use server::{
    ActiveRoom, ActiveRoomDetails, DataEvent, MuteEvent, RelayedEvent, RoomUsers, User, UserMoved,
};
