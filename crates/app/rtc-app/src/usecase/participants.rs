//! Who is in a room: the tenant's backend looks, mutes and kicks.

use super::Tenant;
use crate::{App, RequestError, SessionError, media::PeerMediaView};
use rtc_room::{Actor, SeatView};
use rtc_types::{ErrorCode, MediaKind, RoomId, Topology, UserId};

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The seat.
    pub seat: SeatView,
    /// Its media; `None`: it travels from peer to peer, and the server sees nothing of it.
    pub media: Option<PeerMediaView>,
}

impl App {
    /// Who is in a room now, in the order of joining.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn participants(
        &self,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Result<Vec<Participant>, RequestError> {
        if let Some(cell) = self.0.live.find(tenant.app_id(), room) {
            let seats: Vec<SeatView> = cell.read(|room| room.seats().collect());
            let participant = |seat: SeatView| Participant {
                media: (cell.topology() == Topology::Sfu).then(|| PeerMediaView::of(&cell, &seat.peer.seat)),
                seat,
            };
            if !seats.is_empty() {
                return Ok(seats.into_iter().map(participant).collect());
            }
        }
        self.get_room(tenant, room).await.map(|_| Vec::new())
    }

    /// Removes a user: ends its session and refuses its tokens; with `ban`, new ones too.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn kick(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
        ban: bool,
    ) -> Result<(), RequestError> {
        let Some(cell) = self.0.live.find(tenant.app_id(), room) else {
            self.get_room(tenant, room).await?;
            return Err(RequestError::NotFound("participant"));
        };
        self.kick_user(&cell, user, ban).await.map_err(|error| match error {
            SessionError::Store(error) => RequestError::Store(error),
            error if error.code() == ErrorCode::PeerNotFound => RequestError::NotFound("participant"),
            error => RequestError::Internal(error.to_string()),
        })
    }

    /// Mutes or unmutes a participant, and tells the room.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn mute(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
        kind: MediaKind,
        muted: bool,
    ) -> Result<(), RequestError> {
        let Some(cell) = self.0.live.find(tenant.app_id(), room) else {
            self.get_room(tenant, room).await?;
            return Err(RequestError::NotFound("participant"));
        };
        let muted = self.mute_in(&cell, Actor::Tenant, Some(user.as_str()), kind, muted);
        muted.map_err(|_| RequestError::NotFound("participant"))
    }
}
