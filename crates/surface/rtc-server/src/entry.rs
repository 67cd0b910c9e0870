//! One room of a server: the room model, and the streams of its peers.

use crate::{
    event::Event,
    listeners::Listeners,
    signal_stream::{SignalQueue, StreamItem},
};
use parking_lot::Mutex;
use rtc_room::{Content, Output, Room, RoomConfig, RoomEvent, RoomMessage, SeatNumber, Signal, SignalKind};
use rtc_types::{ConnectionId, Json, Millis, RoomId, SeatId};
use rtc_wire::embed::{PeerSignal, PeerSnapshot, RoomSnapshot, SignalEvent};
use std::{
    borrow::Borrow,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// A room by its name, which can be read while somebody holds it.
pub(crate) struct Cell {
    pub(crate) id: RoomId,
    pub(crate) entry: Mutex<Entry>,
}

/// A room among those of its server, found by its name.
#[derive(Clone)]
pub(crate) struct Named(pub(crate) Arc<Cell>);

impl Borrow<[u8]> for Named {
    fn borrow(&self) -> &[u8] {
        self.0.id.as_bytes()
    }
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.as_bytes().hash(state);
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Named {}

pub(crate) struct Entry {
    pub(crate) room: Room,
    pub(crate) created_at: Millis,
    pub(crate) metadata: Option<Json>,
    /// Out of the server's map, or about to be: whoever still holds it looks the room up anew.
    pub(crate) closed: bool,
    streams: Vec<(ConnectionId, SeatId, Arc<SignalQueue>)>,
}

impl Entry {
    pub(crate) fn new(config: RoomConfig, created_at: Millis, metadata: Option<Json>) -> Self {
        Self { room: Room::new(config), created_at, metadata, closed: false, streams: Vec::new() }
    }

    pub(crate) fn add_stream(&mut self, connection: ConnectionId, peer: SeatId, queue: Arc<SignalQueue>) {
        self.streams.push((connection, peer, queue));
    }

    pub(crate) fn end_stream(&mut self, connection: ConnectionId) {
        self.end_streams(|other, _| other == connection);
    }

    /// Before somebody comes: a peer whose time is over is no live peer, also where nobody has swept since.
    pub(crate) fn drop_silent(&mut self, now: Millis) {
        if self.room.poll_timeout().is_some_and(|at| at <= now) {
            self.room.handle_timeout(now);
        }
    }

    /// Takes a peer's seat away, as it asks for. Gives whether the room is empty then; `None`: no such peer.
    pub(crate) fn leave(&mut self, peer: &SeatId) -> Option<bool> {
        // The room asks to close connections only where they do not know.
        self.end_streams(|_, other| other == peer);
        self.room.leave(peer).ok().map(|()| self.room.is_empty())
    }

    /// [`Entry::leave`] by the number of the peer's seat.
    pub(crate) fn leave_by_number(&mut self, number: SeatNumber) -> Option<bool> {
        if !self.streams.is_empty() {
            let peer = self.room.seat_by_number(number)?.clone();
            self.end_streams(|_, other| *other == peer);
        }
        self.room.leave_by_number(number).ok().map(|()| self.room.is_empty())
    }

    fn end_streams(&mut self, ends: impl Fn(ConnectionId, &SeatId) -> bool) {
        for (_, _, queue) in self.streams.extract_if(.., |(connection, peer, _)| ends(*connection, peer)) {
            queue.finish();
        }
    }

    /// Carries the room's outputs out. Gives how many listeners were handed a signal.
    pub(crate) fn pump(&mut self, id: &RoomId, listeners: &Listeners) -> usize {
        let mut notified = 0;
        while let Some(output) = self.room.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    self.deliver(id, delivery.connection, delivery.seq, delivery.message)
                }
                Output::Close { connection, .. } => self.end_stream(connection),
                Output::Event(_) if listeners.is_idle() => {}
                Output::Event(event) => {
                    let is_signal = matches!(event, RoomEvent::Relayed { .. });
                    let count = event_of(id, event).map_or(0, |event| listeners.push(event));
                    notified += if is_signal { count } else { 0 };
                }
            }
        }
        notified
    }

    fn deliver(&self, id: &RoomId, connection: ConnectionId, seq: u64, message: RoomMessage) {
        let RoomMessage::Relayed { from, content: Content::Signal(signal), .. } = message else { return };
        let stream = self.streams.iter().find(|(other, ..)| *other == connection);
        let Some((_, _, queue)) = stream else { return };
        let event = SignalEvent {
            room_id: id.to_string(),
            from_peer_id: from.seat.to_string(),
            signal: to_wire(signal),
        };
        queue.push(StreamItem::Signal { seq, event });
    }

    pub(crate) fn snapshot(&self, id: &RoomId) -> RoomSnapshot {
        let peers = self.room.seats().map(|view| PeerSnapshot {
            peer_id: view.peer.seat.to_string(),
            connected_at: view.joined_at,
            last_seen: view.last_seen,
            streaming: view.connected,
            metadata: view.metadata,
        });
        RoomSnapshot {
            room_id: id.to_string(),
            created_at: self.created_at,
            max_peers: self.room.capacity(),
            peer_count: self.room.len(),
            metadata: self.metadata.clone(),
            peers: peers.collect(),
        }
    }
}

fn event_of(id: &RoomId, event: RoomEvent) -> Option<Event> {
    let room_id = id.to_string();
    match event {
        RoomEvent::PeerConnected(view) => Some(Event::PeerConnected {
            room_id,
            peer_id: view.peer.seat.to_string(),
            metadata: view.metadata,
        }),
        RoomEvent::PeerDisconnected { seat, reason } => {
            Some(Event::PeerDisconnected { room_id, peer_id: seat.peer.seat.to_string(), reason })
        }
        RoomEvent::Heartbeat { seat, at } => {
            Some(Event::PeerHeartbeat { room_id, peer_id: seat.to_string(), last_seen: at })
        }
        RoomEvent::Relayed { from, to, content: Content::Signal(signal) } => Some(Event::Signal {
            room_id,
            from_peer_id: from.seat.to_string(),
            to_peer_ids: to.iter().map(ToString::to_string).collect(),
            signal: to_wire(signal),
        }),
        RoomEvent::Relayed { .. } | RoomEvent::PeerDropped(_) | RoomEvent::PeerResumed(_) => None,
    }
}

pub(crate) fn to_domain(kind: &str, body: Json) -> Signal {
    Signal { kind: SignalKind::named(kind), body }
}

fn to_wire(signal: Signal) -> PeerSignal {
    PeerSignal { kind: signal.kind.name().to_owned(), payload: signal.body }
}
