//! Livestreams: a tenant's use cases.

use super::{ids::stream_id, port::MediaRoomDraft, tell::told};
use crate::{App, LivestreamDetails, RequestError, Tenant};
use rtc_livestream::{Event, StreamStatus};
use rtc_store::{
    Action, Change, LivestreamPatch, NewLivestream, Outcome, ParticipantFilter, Rows, StoreError,
};
use rtc_types::{ErrorCode, StreamId, UserId};

/// Tries to delete a media room whose stream has ended.
const DELETE_TRIES: u32 = 4;

/// A livestream to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivestreamDraft {
    /// Letters, digits, `-` and `_` ([`safe_room_name`]).
    pub room_name: String,
    /// What people call it.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// Who may be its host.
    pub created_by: UserId,
    /// Most users at once.
    pub max_participants: u32,
    /// Seconds that its room stays when nobody has come.
    pub empty_timeout_s: u32,
    /// JSON text of an object.
    pub metadata: Option<String>,
}

/// A room's name as media servers take it: each character that is not a letter, a digit, `-` or `_` becomes `-`.
pub fn safe_room_name(name: &str) -> String {
    name.trim().chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

pub(super) fn media_room(row: &LivestreamDetails) -> MediaRoomDraft {
    MediaRoomDraft {
        name: row.room_name.clone(),
        max_participants: row.max_participants,
        empty_timeout_s: row.empty_timeout_s,
        metadata: row.metadata.clone().unwrap_or_default(),
    }
}

impl App {
    /// Makes a stream and its media room; it is `LIVE` then.
    ///
    /// # Errors
    /// [`RequestError::Invalid`] for more participants than the media server takes; a conflict where an open stream
    /// has its room name; [`RequestError::Unavailable`] where the media server made
    /// no room: the row stays, as `ERROR`.
    pub async fn create_livestream(
        &self,
        tenant: &Tenant,
        draft: LivestreamDraft,
    ) -> Result<LivestreamDetails, RequestError> {
        let parts = self.livestreams()?;
        self.check_participants_max(Some(draft.max_participants))?;
        let app = tenant.app_id();
        let new = NewLivestream {
            id: stream_id()?,
            room_name: draft.room_name,
            title: draft.title,
            description: draft.description,
            metadata: draft.metadata,
            max_participants: draft.max_participants,
            empty_timeout_s: draft.empty_timeout_s,
            created_by: draft.created_by,
            created_at: self.now(),
        };
        let row =
            self.0.store.tenant(app).create_livestream(new).await.map_err(|error| match error.code() {
                ErrorCode::Conflict => RequestError::Conflict(
                    "a livestream with this roomName has not ended: choose another, or end that one".into(),
                ),
                _ => error.into(),
            })?;
        let id = row.stream.id.clone();
        match parts.rooms.create_room(app, &media_room(&row)).await {
            Ok(room) => {
                let event = Event::RoomStarted { room, at: self.now() };
                let created = Some(told("livestream_created", self.now(), &row));
                let change =
                    Change { told: created, ..Change::of_stream(app.clone(), id, Action::Event(event)) };
                self.change(change).await
            }
            Err(error) => {
                tracing::error!(error = error.log_text(), stream = %id, "the media server made no room");
                self.change(Change::of_stream(app.clone(), id, Action::Event(Event::RoomRefused))).await?;
                Err(error.into())
            }
        }
    }

    fn check_participants_max(&self, wanted: Option<u32>) -> Result<(), RequestError> {
        let most = self.livestreams()?.rooms.participants_max();
        if wanted.is_none_or(|wanted| wanted <= most) {
            return Ok(());
        }
        Err(RequestError::Invalid {
            path: "maxParticipants",
            message: format!("must be at most {most}: the media server takes no more into one room"),
        })
    }

    /// The streams, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_livestreams(
        &self,
        tenant: &Tenant,
        status: Option<StreamStatus>,
        limit: u32,
        offset: u32,
    ) -> Result<Rows<LivestreamDetails>, RequestError> {
        Ok(self.0.store.tenant(tenant.app_id()).list_livestreams(status, limit, offset).await?)
    }

    /// One stream.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn get_livestream(
        &self,
        tenant: &Tenant,
        id: &StreamId,
    ) -> Result<LivestreamDetails, RequestError> {
        let row = self.0.store.tenant(tenant.app_id()).get_livestream(id).await?;
        row.ok_or(RequestError::NotFound("livestream"))
    }

    /// Changes a stream's settings, and those of its live room. `patch.updated_at` is set here.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's or the media server's.
    pub async fn update_livestream(
        &self,
        tenant: &Tenant,
        id: &StreamId,
        patch: LivestreamPatch,
    ) -> Result<LivestreamDetails, RequestError> {
        self.check_participants_max(patch.max_participants)?;
        let patch = LivestreamPatch { updated_at: self.now(), ..patch };
        let store = self.0.store.tenant(tenant.app_id());
        let row = store.update_livestream(id, patch).await?.ok_or(RequestError::NotFound("livestream"))?;
        store.tell(&told("livestream_updated", self.now(), &row), self.now()).await?;
        let parts = self.livestreams()?;
        parts.told.notify_one();
        if row.stream.status == StreamStatus::Live {
            // The title is the host's name until it has come.
            self.rebuild_state(id).await?;
            parts.rooms.update_room(tenant.app_id(), &media_room(&row)).await?;
        }
        Ok(row)
    }

    /// Ends a stream and disconnects everyone; one that has ended is no error.
    ///
    /// # Errors
    /// [`RequestError::Forbidden`] for anyone but the creator, [`RequestError::NotFound`], or the database's.
    pub async fn end_livestream(
        &self,
        tenant: &Tenant,
        id: &StreamId,
        requesting: &UserId,
    ) -> Result<LivestreamDetails, RequestError> {
        let row = self.get_livestream(tenant, id).await?;
        if row.stream.created_by != *requesting {
            return Err(RequestError::Forbidden("only the creator of the livestream may end it"));
        }
        if !row.stream.status.is_open() {
            return Ok(row);
        }
        let ended = Action::Event(Event::Ended { at: self.now() });
        let row = self.change(Change::of_stream(tenant.app_id().clone(), id.clone(), ended)).await?;
        self.close_room(&row).await;
        Ok(row)
    }

    /// Deletes the media room of a stream that is over; what fails is tried again beside the caller's request.
    async fn close_room(&self, row: &LivestreamDetails) {
        let Ok(parts) = self.livestreams() else { return };
        let (rooms, app_id, name) = (parts.rooms.clone(), row.app_id.clone(), row.room_name.clone());
        let Err(mut error) = rooms.delete_room(&app_id, &name).await else { return };
        tokio::spawn(async move {
            for n in 0..DELETE_TRIES {
                tracing::warn!(
                    error = error.log_text(),
                    "the room of a livestream that ended is still there"
                );
                tokio::time::sleep(std::time::Duration::from_secs(1 << n)).await;
                match rooms.delete_room(&app_id, &name).await {
                    Ok(()) => return,
                    Err(again) => error = again,
                }
            }
        });
    }

    /// A stream's participants, the newest first.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn list_livestream_participants(
        &self,
        tenant: &Tenant,
        id: &StreamId,
        filter: ParticipantFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Rows<rtc_livestream::Session>, RequestError> {
        self.get_livestream(tenant, id).await?;
        Ok(self.0.store.tenant(tenant.app_id()).list_participants(id, filter, limit, offset).await?)
    }

    /// Makes one change that is always made, tells of it, and gives the stream after it.
    pub(super) async fn change(&self, change: Change) -> Result<LivestreamDetails, RequestError> {
        let outcomes = self.make_again(std::slice::from_ref(&change)).await?;
        self.announce(&outcomes).await;
        let applied = outcomes.first().and_then(Outcome::applied);
        applied.map(|applied| applied.row.clone()).ok_or(RequestError::NotFound("livestream"))
    }

    /// Makes changes; once more where the database broke off one of two transactions that waited for each other.
    pub(super) async fn make_again(&self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        match self.make(changes).await {
            Err(StoreError::Unavailable(_)) => self.make(changes).await,
            made => made,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_name_is_made_safe() {
        assert_eq!(safe_room_name(" My Show: Élan_2! "), "My-Show---lan_2-");
        assert_eq!(safe_room_name("a-b_C9"), "a-b_C9");
    }
}
