//! Joining and leaving a livestream.

use super::{
    ids::participant_id,
    port::{JoinGrant, JoinTicket},
};
use crate::{App, RequestError, Tenant};
use rtc_livestream::{Event, Refusal, Role, Session, StreamStatus};
use rtc_store::{Action, Change, Outcome};
use rtc_types::{StreamId, UserId};

/// Who wants to join a livestream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivestreamJoin {
    /// Who.
    pub user_id: UserId,
    /// What people call the user.
    pub display_name: String,
    /// As what.
    pub role: Role,
    /// JSON text of an object.
    pub metadata: Option<String>,
}

/// A place in a livestream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivestreamSeat {
    /// The access token, and where it is good.
    pub ticket: JoinTicket,
    /// The participant's row.
    pub participant: Session,
}

impl App {
    /// Gives a user a place, and the token that its media session begins with.
    ///
    /// # Errors
    /// [`RequestError::Invalid`] where the stream is not live, [`RequestError::Forbidden`] for a host that is not the
    /// creator, [`RequestError::Conflict`] where the user is in, [`RequestError::Full`],
    /// [`RequestError::NotFound`], or the database's or the media server's.
    pub async fn join_livestream(
        &self,
        tenant: &Tenant,
        id: &StreamId,
        join: LivestreamJoin,
    ) -> Result<LivestreamSeat, RequestError> {
        let parts = self.livestreams()?;
        let app = tenant.app_id();
        let LivestreamJoin { user_id, display_name, role, metadata } = join;
        let participant = Session::seat(participant_id()?, user_id, display_name, role, metadata, self.now());
        let seat = Action::Seat(participant.clone());
        let outcomes = self.make_again(&[Change::of_stream(app.clone(), id.clone(), seat)]).await?;
        let row = match outcomes.first() {
            Some(Outcome::Applied(applied)) => &applied.row,
            Some(Outcome::Refused(refusal)) => return Err(refused(*refusal)),
            _ => return Err(RequestError::NotFound("livestream")),
        };
        self.announce(&outcomes).await;
        let grant = JoinGrant {
            room: row.room_name.clone(),
            user_id: participant.user_id.clone(),
            display_name: participant.display_name.clone(),
            role,
            metadata: participant.metadata.clone().unwrap_or_default(),
            participant_id: participant.id.clone(),
            life_s: parts.token_life_s,
        };
        match parts.rooms.mint(app, &grant).await {
            Ok(ticket) => Ok(LivestreamSeat { ticket, participant }),
            Err(error) => {
                let at = self.now();
                let lapse = Action::Lapse { user_id: participant.user_id, participant: participant.id, at };
                self.change(Change::of_stream(app.clone(), id.clone(), lapse)).await?;
                Err(error.into())
            }
        }
    }

    /// Takes a user's place away and ends its media session; one that has none is no error.
    ///
    /// # Errors
    /// [`RequestError::NotFound`] for the stream, or the database's.
    pub async fn leave_livestream(
        &self,
        tenant: &Tenant,
        id: &StreamId,
        user: &UserId,
    ) -> Result<(), RequestError> {
        let leave = Action::Event(Event::Unseated { user_id: user.clone(), at: self.now() });
        let row = self.change(Change::of_stream(tenant.app_id().clone(), id.clone(), leave)).await?;
        if row.stream.status == StreamStatus::Live {
            let rooms = &self.livestreams()?.rooms;
            if let Err(error) = rooms.remove_participant(tenant.app_id(), &row.room_name, user).await {
                // The place is free; the media session ends with its client.
                tracing::warn!(error = error.log_text(), "a participant that left is still connected");
            }
        }
        Ok(())
    }
}

fn refused(refusal: Refusal) -> RequestError {
    match refusal {
        Refusal::NotLive(status) => RequestError::Invalid {
            path: "id",
            message: format!("must be of a livestream that is LIVE; this one is {status}"),
        },
        Refusal::NotTheCreator => {
            RequestError::Forbidden("only the creator of the livestream may join as HOST")
        }
        Refusal::AlreadyIn => RequestError::Conflict("the user is in this livestream already".into()),
        Refusal::Full => RequestError::Full("the livestream has as many participants as it admits"),
    }
}
