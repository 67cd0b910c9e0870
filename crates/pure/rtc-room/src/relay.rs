//! Relaying what one peer sends to others.

use crate::seat::SeatNumber;
use crate::{
    error::RelayError,
    output::{Addressed, Content, RoomEvent, RoomMessage},
    replay::Shared,
    room::Room,
};
use rtc_types::SeatId;

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience<'a> {
    /// One peer, by its seat or else by its user.
    One(&'a str),
    /// The only other peer.
    Other,
    /// Everybody else; nobody else is no error.
    Everyone,
}

impl Room {
    /// Relays a message. Gives the number of receivers.
    ///
    /// # Errors
    /// See [`RelayError`]; nobody received it then.
    pub fn relay(&mut self, from: &SeatId, to: Audience<'_>, content: Content) -> Result<usize, RelayError> {
        let sender = self.find(from).ok_or(RelayError::NotInRoom)?;
        let (index, addressed) = match to {
            Audience::Everyone => return Ok(self.relay_to_everyone(sender, content)),
            Audience::One(name) => match self.find_seat(name.as_bytes()) {
                Some(index) => (index, Addressed::Seat),
                None => (self.find_user(name.as_bytes()).ok_or(RelayError::PeerNotFound)?, Addressed::User),
            },
            Audience::Other => match self.seats.len() {
                2 => (1 - sender, Addressed::Seat),
                0 | 1 => return Err(RelayError::PeerNotFound),
                _ => return Err(RelayError::Ambiguous),
            },
        };
        self.relay_to_one(sender, index, addressed, content)
    }

    /// [`Room::relay`] by the seats' numbers; `None`: to everybody else.
    ///
    /// # Errors
    /// See [`RelayError`]; nobody received it then.
    pub fn relay_by_number(
        &mut self,
        from: SeatNumber,
        to: Option<SeatNumber>,
        content: Content,
    ) -> Result<usize, RelayError> {
        let sender = self.find_number(from).ok_or(RelayError::NotInRoom)?;
        let Some(to) = to else { return Ok(self.relay_to_everyone(sender, content)) };
        let index = self.find_number(to).ok_or(RelayError::PeerNotFound)?;
        self.relay_to_one(sender, index, Addressed::Seat, content)
    }

    fn relay_to_one(
        &mut self,
        sender: usize,
        index: usize,
        addressed: Addressed,
        content: Content,
    ) -> Result<usize, RelayError> {
        if index == sender {
            return Err(RelayError::PeerNotFound);
        }
        let peer = self.seats[sender].peer.clone();
        let reported = self.config.reports_traffic.then(|| (peer.clone(), content.clone()));
        let message = RoomMessage::Relayed { from: peer, addressed, content };
        self.send(index, &Shared::new(message))?;
        if let Some((from, content)) = reported {
            let to = vec![self.seats[index].peer.seat.clone()];
            self.report(|| RoomEvent::Relayed { from, to, content });
        }
        Ok(1)
    }

    fn relay_to_everyone(&mut self, sender: usize, content: Content) -> usize {
        let recipients = self.seats.len() - 1;
        let from = self.seats[sender].peer.clone();
        if self.config.reports_traffic {
            let others = self.peers().enumerate().filter(|(index, _)| *index != sender);
            let to = others.map(|(_, peer)| peer.seat.clone()).collect();
            let event = RoomEvent::Relayed { from: from.clone(), to, content: content.clone() };
            self.report(|| event);
        }
        let message = RoomMessage::Relayed { from, addressed: Addressed::Everyone, content };
        self.broadcast(Some(sender), message);
        recipients
    }

    /// Whether a client message with this id is taken: true the first time, false for a repeat.
    pub fn take_message_id(&mut self, seat: &SeatId, id: &str) -> bool {
        match self.find(seat) {
            Some(index) => self.seats[index].recent_ids.get_or_insert_default().insert(id),
            None => true,
        }
    }
}
