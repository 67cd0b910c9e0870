//! The built-in media server as the livestreams': its rooms are conferences of the tenant.

use super::{
    external::stream_claims,
    port::{JoinGrant, JoinTicket, MediaRoomDraft, MediaRooms, MediaRoomsError},
};
use crate::{App, RequestError, RoomSettings, Tenant, stored_room_sid};
use async_trait::async_trait;
use rtc_livestream::MediaRoom;
use rtc_types::{AppId, RoomId, UserId, limits};

/// This process's own media server.
pub struct BuiltInRooms(App);

impl BuiltInRooms {
    /// The rooms of this application.
    pub fn new(app: App) -> Self {
        Self(app)
    }
}

fn room_id(name: &str) -> Result<RoomId, MediaRoomsError> {
    RoomId::new(name).map_err(|why| MediaRoomsError::Refused(format!("the room's name {why}")))
}

fn settings(room: &MediaRoomDraft) -> RoomSettings {
    RoomSettings {
        metadata: room.metadata.clone(),
        members_max: Some(room.max_participants),
        empty_timeout_s: Some(room.empty_timeout_s),
        // Its host may reload the page, however few watch.
        departure_timeout_s: None,
    }
}

fn fault(error: RequestError) -> MediaRoomsError {
    match error {
        RequestError::Unavailable(_, text) => MediaRoomsError::Unavailable(text),
        other => MediaRoomsError::Refused(other.to_string()),
    }
}

/// What is not there needs no change.
fn unless_missing(result: Result<(), RequestError>) -> Result<(), MediaRoomsError> {
    match result {
        Ok(()) | Err(RequestError::NotFound(_)) => Ok(()),
        Err(error) => Err(fault(error)),
    }
}

#[async_trait]
impl MediaRooms for BuiltInRooms {
    async fn create_room(&self, tenant: &AppId, room: &MediaRoomDraft) -> Result<MediaRoom, MediaRoomsError> {
        let tenant = Tenant::of(tenant.clone());
        let made =
            self.0.open_conference(&tenant, room_id(&room.name)?, settings(room)).await.map_err(fault)?;
        Ok(MediaRoom { sid: stored_room_sid(&made).to_string(), created_at: made.created_at })
    }

    fn participants_max(&self) -> u32 {
        limits::PARTICIPANTS_MAX
    }

    async fn update_room(&self, tenant: &AppId, room: &MediaRoomDraft) -> Result<(), MediaRoomsError> {
        let settings = settings(room);
        unless_missing(
            self.0.update_conference(&Tenant::of(tenant.clone()), &room_id(&room.name)?, settings).await,
        )
    }

    async fn delete_room(&self, tenant: &AppId, room: &str) -> Result<(), MediaRoomsError> {
        unless_missing(self.0.end_conference(&Tenant::of(tenant.clone()), &room_id(room)?).await)
    }

    async fn remove_participant(
        &self,
        tenant: &AppId,
        room: &str,
        identity: &UserId,
    ) -> Result<(), MediaRoomsError> {
        unless_missing(self.0.kick(&Tenant::of(tenant.clone()), &room_id(room)?, identity, false).await)
    }

    async fn mint(&self, tenant: &AppId, grant: &JoinGrant) -> Result<JoinTicket, MediaRoomsError> {
        let claims = stream_claims(grant, grant.room.clone(), self.0.now());
        let token = self.0.mint_access_token(&Tenant::of(tenant.clone()), &claims).await.map_err(fault)?;
        Ok(JoinTicket { token, url: None })
    }
}
