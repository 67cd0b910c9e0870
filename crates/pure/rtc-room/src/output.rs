//! What a room tells its owner.

use crate::seat::SeatView;
use rtc_types::{CloseReason, ConnectionId, Json, LeaveReason, MediaKind, PeerInfo, SeatId};
use std::sync::Arc;

/// The kind of a signal between two peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// An SDP offer (RFC 9429).
    Offer,
    /// An SDP answer.
    Answer,
    /// An ICE candidate, or null at their end.
    Ice,
    /// What most clients of surface E send for a candidate: told apart since it is relayed most often.
    Candidate,
    /// Anything else that surface E relays, by its own name.
    Custom(Arc<str>),
}

impl SignalKind {
    /// The kind of a name; what has none of its own travels by the name.
    pub fn named(name: &str) -> Self {
        match name {
            "offer" => Self::Offer,
            "answer" => Self::Answer,
            "ice" => Self::Ice,
            "candidate" => Self::Candidate,
            other => Self::Custom(Arc::from(other)),
        }
    }

    /// What [`SignalKind::named`] takes.
    pub fn name(&self) -> &str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Ice => "ice",
            Self::Candidate => "candidate",
            Self::Custom(name) => name,
        }
    }
}

/// A signal: its body is relayed untouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What it is.
    pub kind: SignalKind,
    /// SDP, candidate or any JSON.
    pub body: Json,
}

/// What a peer sends to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Negotiation.
    Signal(Signal),
    /// Application data.
    Data(Json),
}

/// How the sender named the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed {
    /// By its seat, or as the only other one.
    Seat,
    /// By its user.
    User,
    /// Not at all: everybody else in the room.
    Everyone,
}

/// A message to a seat, in domain terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomMessage {
    /// Somebody came.
    PeerJoined {
        /// Who.
        peer: PeerInfo,
        /// Whether the receiver makes the offer. True: it was there first.
        is_initiator: bool,
    },
    /// Somebody went.
    PeerLeft {
        /// Who.
        peer: PeerInfo,
        /// Why.
        reason: LeaveReason,
    },
    /// A peer sent something.
    Relayed {
        /// Who.
        from: PeerInfo,
        /// How the receiver was named.
        addressed: Addressed,
        /// What.
        content: Content,
    },
    /// A peer's media was muted or unmuted.
    Muted {
        /// Whose.
        peer: PeerInfo,
        /// Who asked; `None`: the tenant's backend.
        by: Option<PeerInfo>,
        /// Which media.
        kind: MediaKind,
        /// Muted or live.
        muted: bool,
    },
}

impl RoomMessage {
    /// About how much memory the message keeps alive, in bytes.
    pub(crate) fn weight(&self) -> usize {
        const FRAME_BYTES: usize = 128;
        FRAME_BYTES
            + match self {
                RoomMessage::Relayed { content: Content::Signal(signal), .. } => signal.body.as_str().len(),
                RoomMessage::Relayed { content: Content::Data(body), .. } => body.as_str().len(),
                _ => 0,
            }
    }
}

/// A message for one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where to.
    pub connection: ConnectionId,
    /// Whose seat.
    pub seat: SeatId,
    /// The seat's running number of the message, from 1.
    pub seq: u64,
    /// What.
    pub message: RoomMessage,
}

/// Facts about the room, for listeners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// A seat was taken.
    PeerConnected(SeatView),
    /// A seat ended.
    PeerDisconnected {
        /// As it was at its end.
        seat: SeatView,
        /// Why.
        reason: LeaveReason,
    },
    /// A seat's socket dropped; the seat is kept for now.
    PeerDropped(SeatId),
    /// A seat was taken again.
    PeerResumed(SeatId),
    /// A peer said that it is alive.
    Heartbeat {
        /// Which peer.
        seat: SeatId,
        /// When.
        at: rtc_types::Millis,
    },
    /// A peer sent a signal or data.
    Relayed {
        /// Who.
        from: PeerInfo,
        /// To whom; empty: there was nobody else.
        to: Vec<SeatId>,
        /// What.
        content: Content,
    },
}

/// What the owner of a room has to carry out, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message.
    Deliver(Delivery),
    /// End a connection. What was to be delivered to it came before.
    Close {
        /// Which.
        connection: ConnectionId,
        /// Whose seat it had.
        seat: SeatId,
        /// Why.
        reason: CloseReason,
    },
    /// Tell listeners.
    Event(RoomEvent),
}
