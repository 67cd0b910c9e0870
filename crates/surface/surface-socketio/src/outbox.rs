//! From a room's mailbox to the socket.
//!
//! An outbox is the waker of its mailbox: the push that wakes it also carries the message on to the
//! socket's own queue. A task between the two would add a hand-over to every message and stack to every
//! connection, and has nothing to wait for: the socket's queue takes a packet or is full.
//!
//! A wake-up arrives while the room is locked, so nothing here calls back into a room; what has to is
//! spawned.

use crate::{connection::Connection, render, sfu};
use parking_lot::Mutex;
use rtc_app::{Mailbox, Outbound};
use rtc_types::PeerInfo;
use socketioxide::{SendError, SocketError, socket::Socket};
use std::{
    sync::{Arc, Weak},
    task::{Context, Wake, Waker},
};

/// As what a seat's messages are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Events of the relay.
    Relay,
    /// Events of calls.
    Call,
}

/// Carries one seat's messages to its socket. It keeps neither alive.
pub(crate) struct Outbox {
    pub(crate) manner: Manner,
    pub(crate) room_id: Arc<str>,
    pub(crate) own: PeerInfo,
    pub(crate) socket: Weak<Socket>,
    pub(crate) mailbox: Weak<Mailbox>,
    pub(crate) connection: Weak<Connection>,
    /// Held while messages are carried, so that two wake-ups cannot pass each other.
    pub(crate) turn: Mutex<()>,
}

impl Wake for Outbox {
    fn wake(self: Arc<Self>) {
        self.carry();
    }
}

impl Outbox {
    /// Sends what waits, and from now on whatever comes.
    pub(crate) fn carry(self: &Arc<Self>) {
        let (Some(mailbox), Some(socket)) = (self.mailbox.upgrade(), self.socket.upgrade()) else {
            return;
        };
        let waker = Waker::from(self.clone());
        let mut context = Context::from_waker(&waker);
        let mut waiting = Vec::new();
        let _turn = self.turn.lock();
        while mailbox.poll_drain(&mut context, &mut waiting).is_ready() {
            for item in waiting.drain(..) {
                self.send(&socket, &mailbox, &item);
            }
        }
    }

    fn send(&self, socket: &Arc<Socket>, mailbox: &Arc<Mailbox>, item: &Outbound) {
        let Some(connection) = self.connection.upgrade() else {
            return;
        };
        let sent = match item {
            Outbound::Message { message, .. } => {
                connection.shared().sent.increment(1);
                match self.manner {
                    Manner::Relay => render::send(socket, &self.room_id, &self.own, message),
                    Manner::Call => sfu::render::message(socket, &self.room_id, message),
                }
            }
            Outbound::Closed(reason) => {
                let mailbox = mailbox.clone();
                let forgotten = connection.clone();
                tokio::spawn(async move { forgotten.forget(&mailbox) });
                render::send_close(socket, *reason)
            }
            Outbound::Media(notice) => {
                connection.shared().sent.increment(1);
                sfu::render::notice(socket, &self.room_id, notice)
            }
            // The server ends every connection when the node stops, joined or not; of conferences clients of this
            // surface know nothing.
            Outbound::Conference(_) | Outbound::Restart => Ok(()),
        };
        if let Err(SendError::Socket(SocketError::InternalChannelFull)) = sent {
            connection.cut_off(socket.clone());
        }
    }
}
