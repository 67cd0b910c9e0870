//! A peer that its host holds on to, so that calls about it look nothing up.

use crate::{
    entry::{Entry, to_domain},
    error::{ConnectError, PeerError, SignalError},
    server::{Inner, RtcServer, check_metadata, check_signal, peer_id, room_id},
};
use parking_lot::Mutex;
use rtc_room::{Audience, Content};
use rtc_types::{Json, Millis, SeatId};
use rtc_wire::embed::SignalAnswer;
use std::sync::Arc;

/// A peer of a server. Its calls do what those of [`RtcServer`] do that name it, at less cost: neither its
/// room is searched for, nor are its names checked again. It keeps no seat: once the peer is gone, calls say
/// that, and where another peer of the same id has come since, they are about that one.
#[derive(Clone)]
pub struct Peer {
    server: Arc<Inner>,
    entry: Arc<Mutex<Entry>>,
    seat: SeatId,
}

impl RtcServer {
    /// [`RtcServer::connect_peer`] for a host that knows who else is there: a list of them costs as much as
    /// there are.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn admit(&self, room: &str, peer: &str, metadata: Option<Json>) -> Result<Peer, ConnectError> {
        let (room, seat) = (room_id(room)?, peer_id("peerId", peer)?);
        check_metadata(metadata.as_ref())?;
        let server = self.0.clone();
        let now = self.now();
        let (entry, joined) = server.with_room_or_new(&room, |entry| {
            entry.drop_silent(now);
            entry.room.admit(now, server.join(seat.clone(), metadata))
        });
        joined?;
        Ok(Peer { server, entry, seat })
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
        let server = self.server.clone();
        let now = (server.config.clock)();
        let joined = server.run(&self.entry, |entry| {
            entry.drop_silent(now);
            entry.room.admit(now, server.join(seat.clone(), metadata.clone()))
        });
        let Some((joined, _)) = joined else {
            // The room was closed; there may be another of its name.
            let room = self.entry.lock().id.clone();
            return RtcServer(server).admit(room.as_str(), peer, metadata);
        };
        joined?;
        Ok(Self { server, entry: self.entry.clone(), seat })
    }

    /// Takes note that the peer was alive at a time that may be past, in milliseconds since the Unix epoch. No
    /// listener hears it. Gives whether the peer is there.
    pub fn note_alive(&self, at: Millis) -> bool {
        self.entry.lock().room.note_alive(at, &self.seat)
    }

    /// See [`RtcServer::relay`]. `to`: one of the same room.
    ///
    /// # Errors
    /// See [`SignalError`].
    pub fn relay(&self, kind: &str, payload: Json, to: Option<&Self>) -> Result<SignalAnswer, SignalError> {
        check_signal(kind, &payload)?;
        if to.is_some_and(|to| !Arc::ptr_eq(&to.entry, &self.entry)) {
            return Err(SignalError::PeerNotFound);
        }
        let content = Content::Signal(to_domain(kind, payload));
        let audience = to.map_or(Audience::Everyone, |to| Audience::One(to.seat.as_str()));
        let result = self.server.run(&self.entry, |entry| entry.room.relay(&self.seat, audience, content));
        let (recipients, listeners_notified) = result.ok_or(SignalError::RoomNotFound)?;
        Ok(SignalAnswer { listeners_notified, recipients: recipients? })
    }

    /// See [`RtcServer::disconnect_peer`]. Gives whether the room was closed with its last peer.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn disconnect(&self) -> Result<bool, PeerError> {
        let result = self.server.run(&self.entry, |entry| entry.leave(&self.seat));
        result.ok_or(PeerError::RoomNotFound)?.0.ok_or(PeerError::PeerNotFound)
    }
}
