//! What a tenant's backend does in a live conference.

use super::{
    ConferenceNotice, MemberView, ProfilePatch, Refusal, RoomFact, RoomFacts, desk::member_of,
    track::is_named,
};
use crate::{
    App, RequestError, Tenant,
    live::RoomCell,
    media::{PeerMedia, To},
    usecase::{RoomDetails, RoomDraft, RoomPatch},
};
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_room::SeatView;
use rtc_types::{AppId, Millis, RoomId, SeatId, Topology, TopologySetting, UserId, limits};
use std::sync::Arc;

/// A live conference as its tenant reaches it.
#[derive(Clone)]
pub struct ConferenceRoom {
    app: App,
    cell: Arc<RoomCell>,
}

/// A room that is to be there, for [`App::open_conference`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomSettings {
    /// Any text, at most [`super::Profile::METADATA_BYTES_MAX`] bytes.
    pub metadata: String,
    /// Most members; `None`: the configured number.
    pub members_max: Option<u32>,
    /// Seconds after which the empty room goes; `None`: 300.
    pub empty_timeout_s: Option<u32>,
    /// Seconds that the room stays after its last member, 16 at least; `None`: its empty timeout.
    pub departure_timeout_s: Option<u32>,
}

impl RoomSettings {
    /// [`RoomSettings::departure_timeout_s`] where LiveKit's API leaves it open.
    pub const DEPARTURE_TIMEOUT_S: u32 = 20;
}

/// Under which key of a stored room's metadata a conference keeps its own, which need not be JSON.
const METADATA_KEY: &str = "conferenceMetadata";
/// And how long it stays after its last member.
const DEPARTURE_KEY: &str = "departureTimeout";
/// Seconds that a room stays without anybody, where nothing is said.
const EMPTY_TIMEOUT_S: u32 = 300;

impl App {
    /// The tenant's live conference; `None`: nobody is in that room.
    pub fn conference(&self, tenant: &Tenant, room: &RoomId) -> Option<ConferenceRoom> {
        let cell = self.0.live.find(tenant.app_id(), room)?;
        Some(ConferenceRoom { app: self.clone(), cell })
    }

    /// Makes a room under a name of the tenant's choice, or gives the one that is there.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn open_conference(
        &self,
        tenant: &Tenant,
        id: RoomId,
        settings: RoomSettings,
    ) -> Result<RoomDetails, RequestError> {
        let most = limits::PARTICIPANTS_MAX;
        let members_max = settings.members_max.filter(|max| *max > 0).unwrap_or(most);
        let metadata = stored_metadata(&settings)?;
        let name = id.as_str().chars().take(limits::NAME_CHARS_MAX).collect();
        let draft = RoomDraft {
            name,
            max_participants: members_max.clamp(limits::PARTICIPANTS_MIN, most),
            topology: TopologySetting::Sfu,
            metadata: Some(metadata),
            empty_timeout_s: Some(settings.empty_timeout_s.filter(|s| *s > 0).unwrap_or(EMPTY_TIMEOUT_S)),
        };
        self.create_room_as(tenant, id, draft).await
    }

    /// Changes a room that was made before, and tells those who are in it.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn update_conference(
        &self,
        tenant: &Tenant,
        id: &RoomId,
        settings: RoomSettings,
    ) -> Result<(), RequestError> {
        let metadata = stored_metadata(&settings)?;
        let most = limits::PARTICIPANTS_MAX;
        let patch = RoomPatch {
            max_participants: settings.members_max.map(|max| max.clamp(limits::PARTICIPANTS_MIN, most)),
            metadata: Some(metadata),
            empty_timeout_s: settings.empty_timeout_s,
            ..RoomPatch::default()
        };
        self.update_room(tenant, id, patch).await?;
        if let Some(live) = self.conference(tenant, id).filter(|live| live.room().1 != settings.metadata) {
            // It has fewer bytes than what was stored.
            let _ = live.set_metadata(settings.metadata);
        }
        Ok(())
    }

    /// Ends a room for everybody in it, whether it was made before or came into being with a join.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn end_conference(&self, tenant: &Tenant, id: &RoomId) -> Result<(), RequestError> {
        let live = self.0.live.find(tenant.app_id(), id);
        match (self.delete_room(tenant, id).await, live) {
            (Err(RequestError::NotFound(_)), Some(cell)) => {
                self.0.live.run(&cell, |state| state.room.close());
                Ok(())
            }
            (deleted, _) => deleted,
        }
    }

    /// Changes the metadata of a room, whether somebody is in it or not.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], also for an empty room that was not made as a conference; too long a text; or the
    /// database's.
    pub async fn set_conference_metadata(
        &self,
        tenant: &Tenant,
        id: &RoomId,
        metadata: String,
    ) -> Result<(), RequestError> {
        let live = self.conference(tenant, id);
        if let Some(room) = &live {
            let too_long = |_| RequestError::Invalid { path: "metadata", message: "is too long".into() };
            room.set_metadata(metadata.clone()).map_err(too_long)?;
        }
        let stored = self.get_room(tenant, id).await.ok().and_then(|room| room.metadata);
        if !is_conference(stored.as_deref()) {
            return if live.is_some() { Ok(()) } else { Err(RequestError::NotFound("room")) };
        }
        let departure_timeout_s = departure_timeout_of(stored.as_deref());
        let settings = RoomSettings { metadata, departure_timeout_s, ..RoomSettings::default() };
        let metadata = Some(stored_metadata(&settings)?);
        self.update_room(tenant, id, RoomPatch { metadata, ..RoomPatch::default() }).await.map(drop)
    }

    /// What is told of the end of a conference that nobody is in.
    pub(crate) async fn finished_empty(
        &self,
        tenant: &Tenant,
        id: &RoomId,
    ) -> Result<Option<RoomFact>, RequestError> {
        if !self.0.live.facts.is_heard() || self.conference(tenant, id).is_some() {
            return Ok(None);
        }
        let room = self.get_room(tenant, id).await?;
        Ok(is_conference(room.metadata.as_deref()).then(|| {
            RoomFact::RoomFinished(RoomFacts {
                app: room.app_id.clone(),
                room: room.id.clone(),
                sid: stored_room_sid(&room),
                created_at: room.created_at,
                topology: room.topology.resolve(room.max_participants),
                metadata: metadata_of(room.metadata.as_deref()),
                members: 0,
                capacity: room.max_participants as usize,
                departure_timeout_s: departure_timeout_of(room.metadata.as_deref()).unwrap_or(0),
            })
        }))
    }

    /// Seconds that a stored room stays after its last member; 0: it has no such time.
    pub fn conference_departure_timeout_s(room: &RoomDetails) -> u32 {
        departure_timeout_of(room.metadata.as_deref()).unwrap_or(0)
    }

    /// The metadata that a stored room keeps for its conference.
    pub fn conference_metadata(room: &RoomDetails) -> String {
        metadata_of(room.metadata.as_deref())
    }
}

/// A conference's metadata, as its stored room keeps it.
pub(super) fn stored_metadata(settings: &RoomSettings) -> Result<String, RequestError> {
    if settings.metadata.len() > super::Profile::METADATA_BYTES_MAX {
        return Err(RequestError::Invalid { path: "metadata", message: "is too long".into() });
    }
    let mut kept = serde_json::json!({ METADATA_KEY: settings.metadata });
    if let (Some(seconds), Some(kept)) = (settings.departure_timeout_s, kept.as_object_mut()) {
        kept.insert(DEPARTURE_KEY.to_owned(), seconds.into());
    }
    Ok(kept.to_string())
}

/// Reads out of a stored room's metadata how long its conference stays after its last member.
pub(crate) fn departure_timeout_of(stored: Option<&str>) -> Option<u32> {
    let value = serde_json::from_str::<serde_json::Value>(stored?).ok()?;
    value.get(METADATA_KEY)?;
    value.get(DEPARTURE_KEY)?.as_u64().and_then(|seconds| u32::try_from(seconds).ok())
}

/// The name that a stored room has as a conference, in each of its lives.
pub fn stored_room_sid(room: &RoomDetails) -> Arc<str> {
    stored_sid(&room.app_id, &room.id, room.created_at)
}

pub(crate) fn stored_sid(app: &AppId, room: &RoomId, created_at: Millis) -> Arc<str> {
    let named = format!("{app}\n{room}\n{created_at}");
    let hash = digest::digest(&digest::SHA256, named.as_bytes());
    format!("RM_{}", URL_SAFE_NO_PAD.encode(hash.as_ref().get(..12).unwrap_or_default())).into()
}

/// Whether a stored room was made by [`App::open_conference`].
fn is_conference(stored: Option<&str>) -> bool {
    let value = stored.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    value.is_some_and(|value| value.get(METADATA_KEY).is_some())
}

/// Reads a conference's metadata out of a stored room's.
pub(crate) fn metadata_of(stored: Option<&str>) -> String {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let value = stored.and_then(read);
    let own = value.as_ref().and_then(|value| value.get(METADATA_KEY)?.as_str().map(str::to_owned));
    own.or_else(|| stored.map(str::to_owned)).unwrap_or_default()
}

impl ConferenceRoom {
    /// Its name in this life (`RM_…`), its metadata, and when it came to life.
    pub fn room(&self) -> (Arc<str>, String, Millis) {
        let conference = self.cell.conference().lock();
        (conference.sid.clone(), conference.metadata.clone(), self.cell.created_at)
    }

    /// How many it admits.
    pub fn capacity(&self) -> usize {
        self.cell.read(rtc_room::Room::capacity)
    }

    /// How media travels.
    pub fn topology(&self) -> Topology {
        self.cell.topology()
    }

    /// Seconds that it stays after its last member; 0: it has no such time.
    pub fn departure_timeout_s(&self) -> u32 {
        self.cell.departure_timeout_s.unwrap_or(0)
    }

    /// Everybody, in the order of joining.
    pub fn members(&self) -> Vec<MemberView> {
        let seats: Vec<SeatView> = self.cell.read(|room| room.seats().collect());
        seats.into_iter().map(|view| member_of(&self.cell, view)).collect()
    }

    /// A member by its user.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn member(&self, user: &UserId) -> Result<MemberView, Refusal> {
        let view = self.cell.read(|room| room.seat_of_user(user)).ok_or(Refusal::NotFound)?;
        Ok(member_of(&self.cell, view))
    }

    /// Changes the room's metadata and tells all.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn set_metadata(&self, metadata: String) -> Result<(), Refusal> {
        if metadata.len() > super::Profile::METADATA_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        self.cell.conference().lock().metadata = metadata;
        self.cell.notify(&To::All, &ConferenceNotice::Room);
        Ok(())
    }

    /// Changes a member's profile and tells all. One that may no longer publish loses its tracks.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for a peer whose surface knows of no profiles; [`Refusal::TooLarge`].
    pub async fn update(&self, user: &UserId, patch: ProfilePatch) -> Result<MemberView, Refusal> {
        let member = self.member(user)?;
        let seat = member.peer.seat.clone();
        let permission = patch.permission.clone();
        self.cell.conference().lock().patch(&seat, patch)?;
        if let Some(permission) = permission {
            self.set_hidden(&seat, permission.hidden);
            let media = self.media(&member);
            for track in &member.tracks {
                if !permission.may_publish(track.details.source) {
                    // One that went meanwhile is gone either way.
                    let _ = media.close_producer(&track.producer).await;
                    self.cell.conference().lock().withdraw(&seat, &track.sid);
                    let notice = ConferenceNotice::Unpublished { track: track.producer.clone() };
                    self.cell.notify(&To::Seat(seat.clone()), &notice);
                }
            }
            self.cell.notify(&To::Seat(seat.clone()), &ConferenceNotice::Permission);
            self.cell.notify(&To::Seat(seat.clone()), &ConferenceNotice::Wishes);
        }
        self.cell.notify(&To::All, &ConferenceNotice::Member(seat));
        self.member(user)
    }

    /// Hides a member from the others, whatever their surface, or shows it.
    fn set_hidden(&self, seat: &SeatId, hidden: bool) {
        let (is_new, _) = self.app.0.live.run(&self.cell, |state| {
            if hidden && !state.room.is_hidden(seat) {
                // While they still know whose tracks these are.
                state.post_media_of(&self.cell, seat, true);
            }
            state.room.set_hidden(seat, hidden)
        });
        if is_new && !hidden {
            self.cell.tell_media_of(seat, false);
        }
    }

    /// Mutes a member's track, or lets it be heard and seen again.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn mute(&self, user: &UserId, sid: &str, muted: bool) -> Result<MemberView, Refusal> {
        let member = self.member(user)?;
        let track = member.tracks.iter().find(|track| is_named(&track.producer, sid));
        let track = track.ok_or(Refusal::NotFound)?;
        let media = self.media(&member);
        media.set_producer_paused(&track.producer, muted).await.map_err(|_| Refusal::NotFound)?;
        let seat = member.peer.seat.clone();
        // Peers of other surfaces keep nothing here; their track is silent either way.
        let _ = self.cell.conference().lock().amend(&seat, &track.sid, |draft| draft.muted = muted);
        let notice = ConferenceNotice::Muted { track: track.sid.clone(), muted };
        self.cell.notify(&To::Seat(seat), &notice);
        self.member(user)
    }

    /// Changes what a member gets of others.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::TooLarge`].
    pub fn subscribe(&self, user: &UserId, sids: &[String], subscribed: bool) -> Result<(), Refusal> {
        let seat = self.member(user)?.peer.seat;
        for sid in sids {
            self.cell.conference().lock().wish(&seat, sid, |wish| wish.subscribed = Some(subscribed))?;
        }
        self.cell.notify(&To::Seat(seat), &ConferenceNotice::Wishes);
        Ok(())
    }

    /// Sends a packet, as the surface made it, to the members named, or to all.
    pub fn send(&self, to: &[SeatId], payload: &Arc<[u8]>, reliable: bool) {
        let notice = ConferenceNotice::Packet { payload: payload.clone(), reliable };
        if to.is_empty() {
            return self.cell.notify(&To::All, &notice);
        }
        for seat in to {
            self.cell.notify(&To::Seat(seat.clone()), &notice);
        }
    }

    fn media(&self, member: &MemberView) -> PeerMedia {
        PeerMedia::new(self.app.clone(), self.cell.clone(), member.peer.clone())
    }
}
