//! Drops, heartbeats and the sweep.

use crate::{
    error::AttachError,
    output::{Output, RoomEvent},
    room::Room,
    seat::{Liveness, SeatNumber, SeatView},
};
use rtc_types::{ConnectionId, LeaveReason, Millis, SeatId};

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// On purpose: the seat ends at once.
    Leave,
    /// By accident: the seat is kept as its liveness allows.
    Drop,
}

impl Room {
    /// Takes note that a connection ended. One that lost its seat to another before changes nothing.
    pub fn handle_disconnect(&mut self, now: Millis, id: &SeatId, connection: ConnectionId, how: Disconnect) {
        let Some(index) = self.find(id) else { return };
        let seat = &mut self.seats[index];
        if seat.connection != Some(connection) {
            return;
        }
        seat.connection = None;
        seat.last_seen = now;
        if how == Disconnect::Leave {
            return self.end_seat(id, LeaveReason::Left);
        }
        if matches!(seat.liveness, Liveness::Connection { resume_window_ms: 0 }) {
            return self.end_seat(id, LeaveReason::Left);
        }
        self.emit(Output::Event(RoomEvent::PeerDropped(id.clone())));
        self.expect_timeout_of(index);
    }

    /// Gives a seat up.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn leave(&mut self, id: &SeatId) -> Result<(), AttachError> {
        let index = self.find(id).ok_or(AttachError::NotInRoom)?;
        self.end_seat_at(index, LeaveReason::Left);
        Ok(())
    }

    /// [`Room::leave`] by the seat's number.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn leave_by_number(&mut self, number: SeatNumber) -> Result<(), AttachError> {
        let index = self.find_number(number).ok_or(AttachError::NotInRoom)?;
        self.end_seat_at(index, LeaveReason::Left);
        Ok(())
    }

    /// Takes note that a peer is alive.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn handle_heartbeat(&mut self, now: Millis, id: &SeatId) -> Result<Millis, AttachError> {
        let index = self.find(id).ok_or(AttachError::NotInRoom)?;
        self.seats[index].last_seen = now;
        self.report(|| RoomEvent::Heartbeat { seat: id.clone(), at: now });
        Ok(now)
    }

    /// Takes note that a peer was alive at a time that may be past, without an event: for an owner that hears
    /// heartbeats itself and hands on the latest. Gives whether there is such a peer.
    pub fn note_alive(&mut self, at: Millis, number: SeatNumber) -> bool {
        let Some(index) = self.find_number(number) else { return false };
        let seat = &mut self.seats[index];
        seat.last_seen = seat.last_seen.max(at);
        true
    }

    /// Forgets what a client is known to have: all messages up to and with `seq`.
    pub fn acknowledge(&mut self, now: Millis, id: &SeatId, seq: u64) {
        if let Some(index) = self.find(id) {
            self.seats[index].last_seen = now;
            self.seats[index].replay.acknowledge(seq);
        }
    }

    /// Ends the seats whose time is over. Gives them as they were.
    pub fn handle_timeout(&mut self, now: Millis) -> Vec<SeatView> {
        let over: Vec<SeatView> = (self.seats.iter())
            .filter(|seat| seat.deadline().is_some_and(|deadline| deadline <= now))
            .map(crate::seat::Seat::view)
            .collect();
        for seat in &over {
            self.end_seat(&seat.peer.seat, LeaveReason::Timeout);
        }
        self.next_timeout = self.seats.iter().filter_map(crate::seat::Seat::deadline).min();
        over
    }
}
