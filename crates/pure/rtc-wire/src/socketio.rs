//! Surface B's Socket.IO events. An event is a JSON array: its name, then its payload.

mod client;
mod reply;
mod server;

pub use client::{ClientEvent, InvalidEvent, Relay, RelayKind, RoomName};
pub use reply::{Reply, ReplyError};
pub use server::{
    ActiveRoom, ActiveRoomDetails, DataEvent, MuteEvent, RelayedEvent, RoomUsers, User, UserMoved,
};
