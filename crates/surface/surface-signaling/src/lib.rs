//! Surface A's signaling: text frames of JSON over a WebSocket, at `/ws` (and at `/`, which the binary
//! routes here when a request wants to upgrade).
//!
//! One task a connection reads frames, calls rtc-app and writes what its mailbox holds. The protocol is
//! described in docs/protocols/signaling.md.

mod connection;
mod heartbeat;
mod origin;
mod render;
mod state;
mod upgrade;

pub use origin::AllowedOrigins;
pub use state::{SignalingConfig, SignalingState};
pub use upgrade::{router, serve_upgrade};
