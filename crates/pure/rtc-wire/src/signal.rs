//! Surface A's signaling messages: text frames of JSON over a WebSocket.

mod client;
mod close;
mod media;
mod server;

pub use client::{ClientMessage, InvalidMessage, JoinMessage, ReceivedMessage};
pub use close::CloseCode;
pub use media::{ReceivedTrack, SFU, SentTrack, Target, View};
pub use server::{IceServer, JoinedMessage, PeerSummary, RelayKind, ServerFrame, ServerMessage, write_relay};
