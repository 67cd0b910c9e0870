//! Muting, kicking, revoking, ending.

use crate::{error::ControlError, output::RoomMessage, replay::Shared, room::Room};
use rtc_types::{Jti, LeaveReason, MediaKind, Role, SeatId, UserId};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// A peer; its role decides.
    Seat(&'a SeatId),
    /// The tenant's backend: may do all.
    Tenant,
}

impl Room {
    /// Says that a user's media is muted or live, to everybody in the room but the one who asked. `user` `None`: the
    /// actor's own.
    ///
    /// # Errors
    /// See [`ControlError`].
    pub fn mute(
        &mut self,
        actor: Actor<'_>,
        user: Option<&str>,
        kind: MediaKind,
        muted: bool,
    ) -> Result<(), ControlError> {
        let actor_index = self.actor_index(actor)?;
        let index = match (user, actor_index) {
            (Some(user), _) => self.find_user(user.as_bytes()).ok_or(ControlError::PeerNotFound)?,
            (None, Some(own)) => own,
            (None, None) => return Err(ControlError::PeerNotFound),
        };
        if actor_index.is_some_and(|own| own != index && self.seats[own].peer.role != Role::Host) {
            return Err(ControlError::Forbidden);
        }
        self.seats[index].set_muted(kind, muted);
        let by = actor_index.map(|own| self.seats[own].peer.clone());
        let peer = self.seats[index].peer.clone();
        let message = RoomMessage::Muted { peer, by, kind, muted };
        if !self.seats[index].hidden {
            self.broadcast(actor_index, message);
        } else if actor_index != Some(index) && self.send(index, &Shared::new(message)).is_err() {
            let id = self.seats[index].peer.seat.clone();
            self.end_seat(&id, LeaveReason::Timeout);
        }
        Ok(())
    }

    /// Removes a user.
    ///
    /// # Errors
    /// See [`ControlError`].
    pub fn kick(&mut self, actor: Actor<'_>, user: &UserId) -> Result<(), ControlError> {
        if let Some(own) = self.actor_index(actor)?
            && self.seats[own].peer.role != Role::Host
        {
            return Err(ControlError::Forbidden);
        }
        let index = self.find_user(user.as_bytes()).ok_or(ControlError::PeerNotFound)?;
        self.end_seat_at(index, LeaveReason::Kicked);
        Ok(())
    }

    /// Whether an actor may kick and mute others.
    ///
    /// # Errors
    /// See [`ControlError`].
    pub fn authorize(&self, actor: Actor<'_>) -> Result<(), ControlError> {
        match self.actor_index(actor)? {
            Some(own) if self.seats[own].peer.role != Role::Host => Err(ControlError::Forbidden),
            _ => Ok(()),
        }
    }

    /// Ends the seat that a token admitted. Gives whether there was one.
    pub fn revoke(&mut self, jti: &Jti) -> bool {
        let seat = self.seats.iter().find(|seat| seat.jti.as_ref() == Some(jti));
        let Some(id) = seat.map(|seat| seat.peer.seat.clone()) else {
            return false;
        };
        self.end_seat(&id, LeaveReason::Revoked);
        true
    }

    /// Ends the room for everyone in it.
    pub fn close(&mut self) {
        self.closed = true;
        while let Some(id) = self.seats.first().map(|seat| seat.peer.seat.clone()) {
            self.end_seat(&id, LeaveReason::RoomClosed);
        }
        self.next_timeout = None;
    }

    fn actor_index(&self, actor: Actor<'_>) -> Result<Option<usize>, ControlError> {
        match actor {
            Actor::Tenant => Ok(None),
            Actor::Seat(id) => self.find(id).map(Some).ok_or(ControlError::NotInRoom),
        }
    }
}
