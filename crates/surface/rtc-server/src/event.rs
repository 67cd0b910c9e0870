//! What listeners hear.

use rtc_types::{Json, LeaveReason, Millis};
use rtc_wire::embed::{PeerSignal, ServerEvent};
use std::fmt;

/// Something that happened in a server's rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A room was made, by hand or for its first peer.
    RoomCreated {
        /// Its id.
        room_id: String,
    },
    /// A room was closed: its last peer went, or the host closed it.
    RoomClosed {
        /// Its id.
        room_id: String,
    },
    /// A peer was admitted.
    PeerConnected {
        /// The room.
        room_id: String,
        /// The peer.
        peer_id: String,
        /// What was attached to it.
        metadata: Option<Json>,
    },
    /// A peer went.
    PeerDisconnected {
        /// The room.
        room_id: String,
        /// The peer.
        peer_id: String,
        /// Why.
        reason: LeaveReason,
    },
    /// A peer said that it is alive.
    PeerHeartbeat {
        /// The room.
        room_id: String,
        /// The peer.
        peer_id: String,
        /// When.
        last_seen: Millis,
    },
    /// A peer sent a signal.
    Signal {
        /// The room.
        room_id: String,
        /// Who sent it.
        from_peer_id: String,
        /// For whom it is.
        to_peer_ids: Vec<String>,
        /// What.
        signal: PeerSignal,
    },
}

/// The kinds of [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// `room:created`
    RoomCreated,
    /// `room:closed`
    RoomClosed,
    /// `peer:connected`
    PeerConnected,
    /// `peer:disconnected`
    PeerDisconnected,
    /// `peer:heartbeat`
    PeerHeartbeat,
    /// `signal`
    Signal,
}

impl EventKind {
    /// The name, such as `peer:connected`.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::RoomCreated => "room:created",
            EventKind::RoomClosed => "room:closed",
            EventKind::PeerConnected => "peer:connected",
            EventKind::PeerDisconnected => "peer:disconnected",
            EventKind::PeerHeartbeat => "peer:heartbeat",
            EventKind::Signal => "signal",
        }
    }

    /// All kinds.
    pub const ALL: [EventKind; 6] = [
        EventKind::RoomCreated,
        EventKind::RoomClosed,
        EventKind::PeerConnected,
        EventKind::PeerDisconnected,
        EventKind::PeerHeartbeat,
        EventKind::Signal,
    ];

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Event {
    /// What kind of event it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::RoomCreated { .. } => EventKind::RoomCreated,
            Event::RoomClosed { .. } => EventKind::RoomClosed,
            Event::PeerConnected { .. } => EventKind::PeerConnected,
            Event::PeerDisconnected { .. } => EventKind::PeerDisconnected,
            Event::PeerHeartbeat { .. } => EventKind::PeerHeartbeat,
            Event::Signal { .. } => EventKind::Signal,
        }
    }

    /// The room that it is about.
    pub fn room_id(&self) -> &str {
        match self {
            Event::RoomCreated { room_id }
            | Event::RoomClosed { room_id }
            | Event::PeerConnected { room_id, .. }
            | Event::PeerDisconnected { room_id, .. }
            | Event::PeerHeartbeat { room_id, .. }
            | Event::Signal { room_id, .. } => room_id,
        }
    }
}

/// The event as clients in other languages see it.
impl From<Event> for ServerEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::RoomCreated { room_id } => ServerEvent::RoomCreated { room_id },
            Event::RoomClosed { room_id } => ServerEvent::RoomClosed { room_id },
            Event::PeerConnected { room_id, peer_id, metadata } => {
                ServerEvent::PeerConnected { room_id, peer_id, metadata }
            }
            Event::PeerDisconnected { room_id, peer_id, reason } => {
                ServerEvent::PeerDisconnected { room_id, peer_id, reason: reason.as_str().to_owned() }
            }
            Event::PeerHeartbeat { room_id, peer_id, last_seen } => {
                ServerEvent::PeerHeartbeat { room_id, peer_id, last_seen }
            }
            Event::Signal { room_id, from_peer_id, to_peer_ids, signal } => {
                ServerEvent::Signal { room_id, from_peer_id, to_peer_ids, signal }
            }
        }
    }
}
