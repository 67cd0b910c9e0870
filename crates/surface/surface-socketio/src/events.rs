//! What the socket's reader calls: events and the end, both handled on the spot.
//!
//! The library's own closures are spawned as one task an event, which costs a hand-over and loses the
//! order of two events of one sender. These handlers run on the reader's task instead.

use crate::connection::Connection;
use socketioxide::{
    adapter::LocalAdapter,
    handler::{DisconnectHandler, MessageHandler, Value},
    socket::{DisconnectReason, Socket},
};
use std::sync::Arc;

/// Takes every event of a socket.
pub(crate) struct Events(pub(crate) Arc<Connection>);

/// Takes a socket's end.
pub(crate) struct End(pub(crate) Arc<Connection>);

/// Tells these handlers apart from the library's closures.
pub(crate) struct OnTheSpot;

impl MessageHandler<LocalAdapter, OnTheSpot> for Events {
    fn call(&self, socket: Arc<Socket>, event: Value, ack_id: Option<i64>) {
        self.0.receive(socket, event, ack_id);
    }
}

impl DisconnectHandler<LocalAdapter, OnTheSpot> for End {
    fn call_with_defer(&self, socket: Arc<Socket>, reason: DisconnectReason, defer: fn(Arc<Socket>)) {
        self.0.end(reason);
        defer(socket);
    }
}
