//! Surface B: the Socket.IO relay, for unmodified `socket.io-client` 4.x.
//!
//! [`layer`] answers `/socket.io/`; [`router`] has the two REST routes beside it. The path of a message:
//! the socket's reader calls `events` → `connection` finds the room → `Session::relay` → the receiver's
//! mailbox wakes its `outbox`, which renders and queues it on the receiver's socket. All of that happens
//! on the reader's task, without a hand-over, and so keeps the order in which the sender wrote.
//!
//! docs/protocols/socketio.md is the contract.

mod asker;
mod auth;
mod config;
mod connection;
mod events;
mod join;
mod outbox;
mod rate;
mod render;
mod rest;
mod server;

pub use config::SocketIoConfig;
pub use rest::router;
pub use server::layer;
pub use socketioxide::{SocketIo, layer::SocketIoLayer};
