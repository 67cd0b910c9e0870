//! A signaling orchestrator inside your own process: rooms, peers, relayed signals, events.
//!
//! ```
//! use rtc_server::RtcServer;
//!
//! let server = RtcServer::new();
//! let info = server.connect_peer("lobby", "ann", None).expect("there is room");
//! assert_eq!(info.heartbeat_interval_ms, 30_000);
//! ```
//!
//! It opens no socket and starts no thread or runtime. Two things are the host's: to serve the calls to
//! its clients (feature `axum` has them as a router), and to call [`RtcServer::sweep`] from time to time,
//! once a heartbeat interval for example, so that silent peers are dropped.
//!
//! Listeners are called on the thread whose call caused the event, after the room is free again: a
//! listener may call the server, may be slow and may panic, and no room is held or harmed by it.

mod builder;
mod entry;
mod error;
mod event;
mod event_stream;
#[cfg(feature = "axum")]
pub mod http;
mod listeners;
mod peer;
mod server;
mod signal_stream;

pub use builder::RtcServerBuilder;
pub use error::{ConnectError, CreateRoomError, InvalidInput, PeerError, Refusal, SignalError};
pub use event::{Event, EventKind};
pub use event_stream::{EventStream, Lagged};
pub use listeners::Listener;
pub use peer::Peer;
pub use rtc_types::{Json, LeaveReason, Millis};
pub use rtc_wire::{
    embed::{
        ConnectInfo, ConnectRequest, CreateRoomRequest, DisconnectAnswer, HeartbeatAnswer, PeerRequest,
        PeerSignal, PeerSnapshot, RoomSnapshot, RtcServerOptions, ServerEvent, SignalAnswer, SignalEvent,
        SignalRequest, SweptPeer,
    },
    signal::IceServer,
};
pub use server::{RoomOptions, RtcServer};
pub use signal_stream::{SignalStream, StreamItem};
