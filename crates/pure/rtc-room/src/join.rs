//! Taking a seat, and taking it again after a drop.

use crate::{
    error::{AttachError, JoinError, ResumeError},
    output::{Delivery, Output, RoomEvent, RoomMessage},
    replay::Replay,
    room::Room,
    seat::{Liveness, ResumeToken, Seat, SeatNumber},
};
use rtc_types::{CloseReason, ConnectionId, Json, Jti, LeaveReason, Millis, PeerInfo, SeatId};

/// What happens when a user who has a seat joins again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicatePolicy {
    /// The old seat ends, so that nobody is locked out by his own ghost.
    Replace,
    /// The join is refused.
    Reject,
}

/// A request for a seat.
#[derive(Clone, Debug)]
pub struct Join {
    /// Who; the seat id is new in the room.
    pub peer: PeerInfo,
    /// The connection to attach; `None`: a peer that polls.
    pub connection: Option<ConnectionId>,
    /// What keeps the seat.
    pub liveness: Liveness,
    /// What a second join of the same user does.
    pub duplicates: DuplicatePolicy,
    /// Takes the seat again later.
    pub resume_token: Option<ResumeToken>,
    /// The token that admits the peer.
    pub jti: Option<Jti>,
    /// What the tenant attached to the peer.
    pub metadata: Option<Json>,
    /// Whether the others are not to know that it is there. It has a seat all the same.
    pub hidden: bool,
}

/// How a seat was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is new.
    New,
    /// It was taken again; what was missed follows as deliveries.
    Resumed,
}

/// A seat that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Its peer.
    pub peer: PeerInfo,
    /// The others, in the order of their joining, but for those who are hidden.
    pub peers: Vec<PeerInfo>,
    /// The `seq` that the client is at; what is delivered from here on has greater ones.
    pub seq: u64,
    /// New or taken again.
    pub admission: Admission,
}

/// A request for a seat that was held before.
#[derive(Clone, Debug)]
pub struct Resume<'a> {
    /// The seat's secret.
    pub token: &'a str,
    /// The new connection.
    pub connection: ConnectionId,
    /// The highest `seq` that the client has seen; `None`: it has seen none.
    pub last_seq: Option<u64>,
}

impl Room {
    /// Gives a peer a seat and tells the others.
    ///
    /// # Errors
    /// See [`JoinError`]; the room is unchanged then.
    pub fn join(&mut self, now: Millis, join: Join) -> Result<Joined, JoinError> {
        self.make_way(&join)?;
        let peer = join.peer.clone();
        // After the way was made: it ends seats, and the newcomer must not wait for them.
        let peers = self.shown().cloned().collect();
        self.take_seat(now, join);
        Ok(Joined { peer, peers, seq: 0, admission: Admission::New })
    }

    /// [`Room::join`] for an owner who knows the others already: a list of them costs as much as there are. Gives
    /// the number of the seat.
    ///
    /// # Errors
    /// See [`JoinError`]; the room is unchanged then.
    pub fn admit(&mut self, now: Millis, join: Join) -> Result<SeatNumber, JoinError> {
        self.make_way(&join)?;
        Ok(self.take_seat(now, join))
    }

    /// Refuses, or ends the seat that the newcomer replaces and tells the others of him. That may end seats
    /// too: those that have no room for the message.
    fn make_way(&mut self, join: &Join) -> Result<(), JoinError> {
        if self.closed {
            return Err(JoinError::RoomClosed);
        }
        let former =
            self.find_user(join.peer.user_id.as_bytes()).map(|index| self.seats[index].peer.seat.clone());
        if let Some(index) = self.find(&join.peer.seat) {
            let same_user = Some(&self.seats[index].peer.seat) == former.as_ref();
            if !same_user || join.duplicates == DuplicatePolicy::Reject {
                return Err(JoinError::AlreadyInRoom);
            }
        }
        match (&former, join.duplicates) {
            (Some(_), DuplicatePolicy::Reject) => return Err(JoinError::AlreadyInRoom),
            (Some(former), DuplicatePolicy::Replace) => {
                let former = former.clone();
                self.end_seat(&former, LeaveReason::Replaced);
            }
            (None, _) if self.seats.len() >= self.config.capacity => return Err(JoinError::RoomFull),
            (None, _) => {}
        }
        if self.config.announces_peers && !join.hidden {
            self.broadcast(None, RoomMessage::PeerJoined { peer: join.peer.clone(), is_initiator: true });
        }
        Ok(())
    }

    fn take_seat(&mut self, now: Millis, join: Join) -> SeatNumber {
        self.last_number += 1;
        let number = SeatNumber(self.last_number);
        let seat = Seat {
            number,
            peer: join.peer,
            liveness: join.liveness,
            resume_token: join.resume_token,
            jti: join.jti,
            metadata: join.metadata,
            joined_at: now,
            last_seen: now,
            connection: join.connection,
            replay: Replay::default(),
            recent_ids: None,
            muted_audio: false,
            muted_video: false,
            hidden: join.hidden,
        };
        self.report_presence(|| RoomEvent::PeerConnected(seat.view()));
        self.seat_prints.push(seat.peer.seat.as_bytes());
        self.user_prints.push(seat.peer.user_id.as_bytes());
        if self.seats.capacity() == 0 {
            // A call is two people; and a block for four is more than the allocator has at hand.
            self.seats.reserve_exact(2);
        }
        self.seats.push(seat);
        self.expect_timeout_of(self.seats.len() - 1);
        number
    }

    /// Takes a seat again by its secret. The others see nothing happen; a connection that still has the
    /// seat is closed as replaced. What the client missed is delivered in order, none twice.
    ///
    /// # Errors
    /// See [`ResumeError`]. After [`ResumeError::Gap`] the seat is ended.
    pub fn resume(&mut self, now: Millis, resume: Resume<'_>) -> Result<Joined, ResumeError> {
        let id = (self.seats.iter())
            .find(|seat| seat.resume_token.as_ref().is_some_and(|token| &*token.0 == resume.token))
            .map(|seat| seat.peer.seat.clone())
            .ok_or(ResumeError::UnknownToken)?;
        if self.seats.iter().any(|seat| seat.peer.seat == id && seat.deadline().is_some_and(|end| end <= now))
        {
            self.end_seat(&id, LeaveReason::Timeout);
            return Err(ResumeError::UnknownToken);
        }
        match self.attach(now, &id, resume.connection, Some(resume.last_seq.unwrap_or(0))) {
            Ok(Some(joined)) => Ok(joined),
            Ok(None) => {
                self.end_seat(&id, LeaveReason::Timeout);
                Err(ResumeError::Gap)
            }
            Err(AttachError::NotInRoom) => Err(ResumeError::UnknownToken),
        }
    }

    /// Attaches a connection to a seat whose holder is known by other means than its secret (surface E's
    /// event stream). `last_seq`: what the stream has seen; `None`: what is kept is delivered from its
    /// start. Gives `None` where some of what was missed is gone; the seat is unchanged then.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn attach(
        &mut self,
        now: Millis,
        id: &SeatId,
        connection: ConnectionId,
        last_seq: Option<u64>,
    ) -> Result<Option<Joined>, AttachError> {
        let index = self.find(id).ok_or(AttachError::NotInRoom)?;
        let seat = &mut self.seats[index];
        let seen = last_seq.unwrap_or_else(|| seat.replay.forgotten_seq());
        let Some(missed) = seat.replay.after(seen) else {
            return Ok(None);
        };
        let missed: Vec<_> = missed.map(|(seq, message)| (seq, message.clone())).collect();
        seat.replay.acknowledge(seen);
        seat.last_seen = now;
        let former = seat.connection.replace(connection).filter(|former| *former != connection);
        if let Some(former) = former {
            self.emit(Output::Close { connection: former, seat: id.clone(), reason: CloseReason::Replaced });
        }
        self.emit(Output::Event(RoomEvent::PeerResumed(id.clone())));
        for (seq, message) in missed {
            self.emit(Output::Deliver(Delivery { connection, seat: id.clone(), seq, message }));
        }
        let peer = self.seats[index].peer.clone();
        let peers = self.shown().filter(|other| other.seat != *id).cloned().collect();
        Ok(Some(Joined { peer, peers, seq: seen, admission: Admission::Resumed }))
    }
}
