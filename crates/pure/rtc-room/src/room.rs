//! The room itself: its seats, its getters and how it sends.

use crate::{
    error::RelayError,
    output::{Delivery, Output, RoomEvent, RoomMessage},
    prints::Prints,
    replay::{ReplayLimits, Shared},
    seat::{Seat, SeatNumber, SeatView},
};
use rtc_types::{LeaveReason, Millis, PeerInfo, SeatId, UserId};
use std::{collections::VecDeque, sync::Arc};

/// What a room is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomConfig {
    /// How many seats it has.
    pub capacity: usize,
    /// How much is kept for each seat's replay.
    pub replay: ReplayLimits,
    /// Whether relays and heartbeats are reported as events too; off where nobody listens, since they are
    /// the room's hot path.
    pub reports_traffic: bool,
    /// Whether peers are told of who comes and goes; off where the owner tells nobody, so that such
    /// messages neither fill the replays nor take numbers.
    pub announces_peers: bool,
}

/// A live room.
///
/// Invariant: seats are in the order of their joining, which is that of their numbers, and their ids and users
/// are unique; the fingerprints are those of the seats, in the same order.
#[derive(Debug)]
pub struct Room {
    pub(crate) config: RoomConfig,
    pub(crate) seats: Vec<Seat>,
    pub(crate) last_number: u64,
    pub(crate) seat_prints: Prints,
    pub(crate) user_prints: Prints,
    pub(crate) closed: bool,
    /// No seat ends before this; kept as a lower bound so that a heartbeat costs no scan.
    pub(crate) next_timeout: Option<Millis>,
    /// Who comes and goes is not reported as events, either.
    is_unheard: bool,
    outputs: VecDeque<Output>,
}

impl Room {
    /// An empty room.
    pub fn new(config: RoomConfig) -> Self {
        Self {
            config,
            seats: Vec::new(),
            last_number: 0,
            seat_prints: Prints::default(),
            user_prints: Prints::default(),
            closed: false,
            next_timeout: None,
            is_unheard: false,
            outputs: VecDeque::new(),
        }
    }

    /// How many seats are taken.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether nobody has a seat.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Whether the room was ended; it admits nobody any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// How many seats the room has.
    pub fn capacity(&self) -> usize {
        self.config.capacity
    }

    /// Whether a join by `user` would find no seat.
    pub fn is_full_for(&self, user: &UserId) -> bool {
        self.seats.len() >= self.config.capacity && self.seats.iter().all(|seat| seat.peer.user_id != *user)
    }

    /// Changes how many seats there are. Peers that have one keep it.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.config.capacity = capacity;
    }

    /// Starts or stops to report relays and heartbeats as events.
    pub fn set_reports_traffic(&mut self, reports: bool) {
        self.config.reports_traffic = reports;
    }

    /// Starts or stops to report events at all; for an owner to whom nobody listens at the moment. What is to be
    /// delivered or closed is put out in any case.
    pub fn set_unheard(&mut self, is_unheard: bool) {
        self.is_unheard = is_unheard;
    }

    /// Who is in the room, in the order of joining.
    pub fn seats(&self) -> impl Iterator<Item = SeatView> {
        self.seats.iter().map(Seat::view)
    }

    /// The peers, in the order of joining.
    pub fn peers(&self) -> impl Iterator<Item = &PeerInfo> {
        self.seats.iter().map(|seat| &seat.peer)
    }

    /// The peers that the others know of, in the order of joining.
    pub fn shown(&self) -> impl Iterator<Item = &PeerInfo> {
        self.seats.iter().filter(|seat| !seat.hidden).map(|seat| &seat.peer)
    }

    /// Whether the others do not know of a seat.
    pub fn is_hidden(&self, id: &SeatId) -> bool {
        self.find(id).is_some_and(|index| self.seats[index].hidden)
    }

    /// Hides a peer from the others, for whom it leaves, or shows it, and it joins for them. Gives whether that is
    /// new.
    pub fn set_hidden(&mut self, id: &SeatId, hidden: bool) -> bool {
        let Some(index) = self.find(id).filter(|index| self.seats[*index].hidden != hidden) else {
            return false;
        };
        self.seats[index].hidden = hidden;
        let peer = self.seats[index].peer.clone();
        if self.config.announces_peers {
            let message = match hidden {
                true => RoomMessage::PeerLeft { peer, reason: LeaveReason::Left },
                false => RoomMessage::PeerJoined { peer, is_initiator: true },
            };
            self.broadcast(Some(index), message);
        }
        true
    }

    /// One seat.
    pub fn seat(&self, id: &SeatId) -> Option<SeatView> {
        self.find(id).map(|index| self.seats[index].view())
    }

    /// The id of the seat that has a number.
    pub fn seat_by_number(&self, number: SeatNumber) -> Option<&SeatId> {
        self.find_number(number).map(|index| &self.seats[index].peer.seat)
    }

    /// The seat of a user.
    pub fn seat_of_user(&self, user: &UserId) -> Option<SeatView> {
        self.find_user(user.as_bytes()).map(|index| self.seats[index].view())
    }

    /// The next thing that the owner has to carry out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Room::handle_timeout`] next, at the earliest.
    pub fn poll_timeout(&self) -> Option<Millis> {
        self.next_timeout
    }

    pub(crate) fn emit(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Reports that somebody came or went.
    pub(crate) fn report_presence(&mut self, event: impl FnOnce() -> RoomEvent) {
        if !self.is_unheard {
            self.outputs.push_back(Output::Event(event()));
        }
    }

    /// Reports a relay or heartbeat, where traffic is reported.
    pub(crate) fn report(&mut self, event: impl FnOnce() -> RoomEvent) {
        if self.config.reports_traffic {
            self.outputs.push_back(Output::Event(event()));
        }
    }

    pub(crate) fn find(&self, id: &SeatId) -> Option<usize> {
        self.find_seat(id.as_bytes())
    }

    pub(crate) fn find_seat(&self, id: &[u8]) -> Option<usize> {
        self.seat_prints.find(id, |index| self.seats[index].peer.seat.as_bytes() == id)
    }

    pub(crate) fn find_number(&self, number: SeatNumber) -> Option<usize> {
        self.seats.binary_search_by_key(&number, |seat| seat.number).ok()
    }

    pub(crate) fn find_user(&self, user: &[u8]) -> Option<usize> {
        self.user_prints.find(user, |index| self.seats[index].peer.user_id.as_bytes() == user)
    }

    /// Numbers a message for a seat, keeps it where a replay may want it, and sends it where a
    /// connection is attached.
    ///
    /// # Errors
    /// [`RelayError::Overflow`] where the seat waits for its connection and its store is full: what was
    /// accepted is not thrown away to make room. A seat that lives by heartbeats may never open a stream;
    /// its store keeps the latest, and a stream that comes late sees the gap in [`Room::attach`].
    pub(crate) fn send(&mut self, index: usize, message: &Arc<Shared>) -> Result<(), RelayError> {
        let limits = self.config.replay;
        let seat = &mut self.seats[index];
        let seq = if seat.replays() {
            if seat.waits_for_connection() && seat.replay.is_full_for(message.weight, &limits) {
                return Err(RelayError::Overflow);
            }
            seat.replay.push(message.clone(), &limits)
        } else {
            seat.replay.number()
        };
        if let Some(connection) = seat.connection {
            let seat = seat.peer.seat.clone();
            let message = message.message.clone();
            self.outputs.push_back(Output::Deliver(Delivery { connection, seat, seq, message }));
        }
        Ok(())
    }

    /// Sends a message to every seat but one. A seat that has no room for it is ended: it could not be
    /// resumed without a gap.
    pub(crate) fn broadcast(&mut self, except: Option<usize>, message: RoomMessage) {
        let message = Shared::new(message);
        let mut overflowed = Vec::new();
        for index in (0..self.seats.len()).filter(|index| Some(*index) != except) {
            if self.send(index, &message).is_err() {
                overflowed.push(self.seats[index].peer.seat.clone());
            }
        }
        for id in overflowed {
            self.end_seat(&id, LeaveReason::Timeout);
        }
    }

    /// Takes a seat away, tells the others, and closes its connection where the reason is not its own.
    pub(crate) fn end_seat(&mut self, id: &SeatId, reason: LeaveReason) {
        if let Some(index) = self.find(id) {
            self.end_seat_at(index, reason);
        }
    }

    pub(crate) fn end_seat_at(&mut self, index: usize, reason: LeaveReason) {
        let seat = self.seats.remove(index);
        self.seat_prints.remove(index);
        self.user_prints.remove(index);
        self.report_presence(|| RoomEvent::PeerDisconnected { seat: seat.view(), reason });
        if let (Some(connection), Some(reason)) = (seat.connection, reason.close_reason()) {
            self.emit(Output::Close { connection, seat: seat.peer.seat.clone(), reason });
        }
        if self.config.announces_peers && !seat.hidden {
            self.broadcast(None, RoomMessage::PeerLeft { peer: seat.peer, reason });
        }
    }

    /// Makes sure that the room is looked at when `seat` may end.
    pub(crate) fn expect_timeout_of(&mut self, index: usize) {
        if let Some(deadline) = self.seats[index].deadline() {
            self.next_timeout = Some(self.next_timeout.map_or(deadline, |next| next.min(deadline)));
        }
    }
}
