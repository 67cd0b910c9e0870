//! Surfaces B and C: the Socket.IO relay, for unmodified `socket.io-client` 4.x, and beside it calls through the
//! media server, for unmodified `mediasoup-client` (`sfu`).
//!
//! [`layer`] answers `/socket.io/`; [`router`] has the two REST routes beside it. The path of a message:
//! the socket's reader calls `events` → `connection` finds the room → `Session::relay` → the receiver's
//! mailbox wakes its `outbox`, which renders and queues it on the receiver's socket. All of that happens
//! on the reader's task, without a hand-over, and so keeps the order in which the sender wrote.
//!
//! What asks the database or a media worker is a `job`; the jobs of one connection are done in turn.
//!
//! docs/protocols/socketio.md is the contract.

mod asker;
mod auth;
mod config;
mod connection;
mod events;
mod job;
mod join;
mod outbox;
mod render;
mod rest;
mod seat;
mod server;
mod sfu;

pub use config::SocketIoConfig;
pub use rest::router;
pub use server::layer;
pub use socketioxide::{SocketIo, layer::SocketIoLayer};
