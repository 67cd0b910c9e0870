//! A peer that its host holds on to, so that calls about it look nothing up.

use crate::{
    entry::{Cell, to_domain},
    error::{ConnectError, PeerError, SignalError},
    server::{Inner, RtcServer, check_metadata, check_room, check_signal, peer_id},
};
use rtc_room::{Content, SeatNumber};
use rtc_types::{Json, Millis};
use rtc_wire::embed::SignalAnswer;
use std::sync::Arc;

/// A peer of a server. Its calls do what those of [`RtcServer`] do that name it, at less cost: neither its
/// room is searched for, nor are its names checked again. It keeps no seat: once the peer is gone, calls say
/// that, also where another peer of the same id has come since.
#[derive(Clone)]
pub struct Peer {
    server: Arc<Inner>,
    cell: Arc<Cell>,
    number: SeatNumber,
}

impl RtcServer {
    /// [`RtcServer::connect_peer`] for a host that knows who else is there: a list of them costs as much as
    /// there are.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn admit(&self, room: &str, peer: &str, metadata: Option<Json>) -> Result<Peer, ConnectError> {
        check_room(room)?;
        let seat = peer_id("peerId", peer)?;
        check_metadata(metadata.as_ref())?;
        let server = &self.0;
        let now = self.now();
        let (cell, joined) = server.with_room_or_new(room, |entry| {
            entry.drop_silent(now);
            entry.room.admit(now, server.join(seat, metadata))
        })?;
        Ok(Peer { server: server.clone(), cell, number: joined? })
    }
}

impl Peer {
    /// [`RtcServer::admit`] to the room that this peer is in, or was.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn admit_beside(&self, peer: &str, metadata: Option<Json>) -> Result<Self, ConnectError> {
        let seat = peer_id("peerId", peer)?;
        check_metadata(metadata.as_ref())?;
        let server = &self.server;
        let now = (server.config.clock)();
        let mut metadata = Some(metadata);
        let joined = server.run(&self.cell, |entry| {
            entry.drop_silent(now);
            entry.room.admit(now, server.join(seat, metadata.take().flatten()))
        });
        let Some((joined, _)) = joined else {
            // The room was closed; there may be another of its name.
            return RtcServer(server.clone()).admit(self.cell.id.as_str(), peer, metadata.flatten());
        };
        Ok(Self { server: server.clone(), cell: self.cell.clone(), number: joined? })
    }

    /// Takes note that the peer was alive at a time that may be past, in milliseconds since the Unix epoch. No
    /// listener hears it. Gives whether the peer is there.
    pub fn note_alive(&self, at: Millis) -> bool {
        self.cell.entry.lock().room.note_alive(at, self.number)
    }

    /// See [`RtcServer::relay`]. `to`: one of the same room.
    ///
    /// # Errors
    /// See [`SignalError`].
    pub fn relay(&self, kind: &str, payload: Json, to: Option<&Self>) -> Result<SignalAnswer, SignalError> {
        check_signal(kind, &payload)?;
        if to.is_some_and(|to| !Arc::ptr_eq(&to.cell, &self.cell)) {
            return Err(SignalError::PeerNotFound);
        }
        let content = Content::Signal(to_domain(kind, payload));
        let to = to.map(|to| to.number);
        let result =
            self.server.run(&self.cell, |entry| entry.room.relay_by_number(self.number, to, content));
        let (recipients, listeners_notified) = result.ok_or(SignalError::RoomNotFound)?;
        Ok(SignalAnswer { listeners_notified, recipients: recipients? })
    }

    /// See [`RtcServer::disconnect_peer`]. Gives whether the room was closed with its last peer.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn disconnect(&self) -> Result<bool, PeerError> {
        let result = self.server.run(&self.cell, |entry| entry.leave_by_number(self.number));
        result.ok_or(PeerError::RoomNotFound)?.0.ok_or(PeerError::PeerNotFound)
    }
}
