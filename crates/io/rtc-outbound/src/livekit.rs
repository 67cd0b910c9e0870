//! An external LiveKit: its RoomService over Twirp, and the bodies of its webhooks.

pub mod event;
mod room_service;

pub use livekit_protocol as protocol;
pub use room_service::{LiveKitError, LiveRoom, RoomService, RoomSettings};
