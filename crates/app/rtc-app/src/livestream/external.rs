//! An external LiveKit as the livestreams' media server.
//!
//! It has one namespace for all tenants, so a room's name carries its tenant there, and webhooks are read back by it.

use super::{
    intake::shared_room_name,
    port::{JoinGrant, JoinTicket, MediaRoomDraft, MediaRooms, MediaRoomsError, PARTICIPANT_ATTRIBUTE},
};
use crate::Clock;
use async_trait::async_trait;
use rtc_auth::livekit::{AccessClaims, ApiKey, VideoGrant};
use rtc_livestream::{MediaRoom, Role};
use rtc_outbound::{
    ClientOptions, HttpClient, TargetError,
    livekit::{LiveKitError, RoomService, RoomSettings},
};
use rtc_types::{AppId, Millis, UserId};

/// A LiveKit at `LIVEKIT_URL`.
pub struct ExternalRooms {
    service: RoomService,
    key: ApiKey,
    url: String,
    clock: Clock,
}

impl ExternalRooms {
    /// Takes `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`.
    ///
    /// # Errors
    /// The URL is not one.
    pub fn new(url: &str, key: &str, secret: &str, clock: Clock) -> Result<Self, TargetError> {
        let client = HttpClient::new(ClientOptions::for_servers());
        let service = RoomService::new(client, url, ApiKey::new(key, secret))?;
        // Its API is spoken to over HTTP, its clients connect by WebSocket; either form of the URL names both.
        let url = url.strip_prefix("http").map_or_else(|| url.to_owned(), |rest| format!("ws{rest}"));
        Ok(Self { service, key: ApiKey::new(key, secret), url, clock })
    }
}

/// What the access token of a livestream's participant says, for a room of this name on the media server.
pub fn stream_claims(grant: &JoinGrant, room: String, now: Millis) -> AccessClaims {
    let now_s = now / 1000;
    AccessClaims {
        sub: grant.user_id.to_string(),
        nbf: Some(now_s),
        exp: now_s.saturating_add(grant.life_s),
        name: grant.display_name.clone(),
        metadata: grant.metadata.clone(),
        attributes: [(PARTICIPANT_ATTRIBUTE.to_owned(), grant.participant_id.to_string())].into(),
        video: Some(VideoGrant {
            room_join: true,
            room,
            can_publish: Some(grant.role == Role::Host),
            can_subscribe: Some(true),
            can_publish_data: Some(true),
            ..VideoGrant::default()
        }),
        ..AccessClaims::default()
    }
}

fn fault(error: LiveKitError) -> MediaRoomsError {
    match error {
        LiveKitError::Unreachable(_) => MediaRoomsError::Unavailable(error.to_string()),
        _ => MediaRoomsError::Refused(error.to_string()),
    }
}

/// What is not there needs no change.
fn unless_missing<T>(result: Result<T, LiveKitError>) -> Result<(), MediaRoomsError> {
    match result {
        Ok(_) | Err(LiveKitError::NotFound) => Ok(()),
        Err(error) => Err(fault(error)),
    }
}

#[async_trait]
impl MediaRooms for ExternalRooms {
    async fn create_room(&self, tenant: &AppId, room: &MediaRoomDraft) -> Result<MediaRoom, MediaRoomsError> {
        let settings = RoomSettings {
            name: shared_room_name(tenant, &room.name),
            empty_timeout_s: room.empty_timeout_s,
            max_participants: room.max_participants,
            metadata: room.metadata.clone(),
        };
        let made = self.service.create_room(&settings, (self.clock)()).await.map_err(fault)?;
        Ok(MediaRoom { sid: made.sid, created_at: made.created_at_ms })
    }

    /// LiveKit changes the metadata of a room alone; how many it admits is checked at `join`.
    async fn update_room(&self, tenant: &AppId, room: &MediaRoomDraft) -> Result<(), MediaRoomsError> {
        let name = shared_room_name(tenant, &room.name);
        unless_missing(self.service.update_metadata(&name, &room.metadata, (self.clock)()).await)
    }

    async fn delete_room(&self, tenant: &AppId, room: &str) -> Result<(), MediaRoomsError> {
        unless_missing(self.service.delete_room(&shared_room_name(tenant, room), (self.clock)()).await)
    }

    async fn remove_participant(
        &self,
        tenant: &AppId,
        room: &str,
        identity: &UserId,
    ) -> Result<(), MediaRoomsError> {
        let name = shared_room_name(tenant, room);
        unless_missing(self.service.remove_participant(&name, identity.as_str(), (self.clock)()).await)
    }

    async fn mint(&self, tenant: &AppId, grant: &JoinGrant) -> Result<JoinTicket, MediaRoomsError> {
        let claims = stream_claims(grant, shared_room_name(tenant, &grant.room), (self.clock)());
        Ok(JoinTicket { token: self.key.mint(&claims), url: Some(self.url.clone()) })
    }
}
