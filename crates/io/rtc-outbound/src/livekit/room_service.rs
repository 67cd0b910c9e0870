//! LiveKit's RoomService (`POST /twirp/livekit.RoomService/…`, JSON), each call with a token that grants it and
//! no more.

use crate::{
    client::{HttpClient, RequestError},
    reach::Reach,
    target::{Target, TargetError},
};
use livekit_protocol as proto;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use rtc_auth::livekit::{AccessClaims, ApiKey, VideoGrant};
use rtc_types::Millis;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How long the token of one call is good.
const TOKEN_LIFE_S: u64 = 60;

/// Why a call did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveKitError {
    /// No answer came: it may or may not have been done.
    #[error("LiveKit cannot be reached: {0}")]
    Unreachable(RequestError),
    /// There is no such room or participant.
    #[error("LiveKit knows no such room or participant")]
    NotFound,
    /// LiveKit does not accept the API key or secret.
    #[error("LiveKit refuses the API key or secret: {0}")]
    Unauthorized(String),
    /// LiveKit refused for another reason; holds Twirp's code and message.
    #[error("LiveKit refused ({code}): {message}")]
    Refused {
        /// Twirp's code, or the HTTP status where there was none.
        code: String,
        /// For people.
        message: String,
    },
    /// What came back is not LiveKit's.
    #[error("LiveKit's answer could not be read")]
    Malformed,
}

/// The settings of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomSettings {
    /// Its name.
    pub name: String,
    /// Seconds that it stays without anybody; 0: the server's default.
    pub empty_timeout_s: u32,
    /// Most participants; 0: no limit.
    pub max_participants: u32,
    /// The tenant's text.
    pub metadata: String,
}

/// A room as LiveKit tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRoom {
    /// LiveKit's id of this session of the room (`RM_…`).
    pub sid: String,
    /// Its name.
    pub name: String,
    /// How many are in it.
    pub participants: u32,
    /// Its metadata.
    pub metadata: String,
    /// When it came into being; 0 where LiveKit does not say.
    pub created_at_ms: Millis,
}

impl From<proto::Room> for LiveRoom {
    fn from(room: proto::Room) -> Self {
        // Servers of before 2024 tell whole seconds alone.
        let created_at_ms = match room.creation_time_ms {
            0 => room.creation_time.saturating_mul(1000),
            milliseconds => milliseconds,
        };
        LiveRoom {
            created_at_ms: Millis::try_from(created_at_ms).unwrap_or_default(),
            sid: room.sid,
            name: room.name,
            participants: room.num_participants,
            metadata: room.metadata,
        }
    }
}

/// Calls one LiveKit.
#[derive(Debug)]
pub struct RoomService {
    client: HttpClient,
    base: String,
    key: ApiKey,
}

impl RoomService {
    /// Takes `LIVEKIT_URL` (`ws`, `wss`, `http` or `https`) and the API key.
    ///
    /// # Errors
    /// The URL is not one.
    pub fn new(client: HttpClient, url: &str, key: ApiKey) -> Result<Self, TargetError> {
        let http = url.strip_prefix("ws").map_or_else(|| url.to_owned(), |rest| format!("http{rest}"));
        let target = Target::parse(&http, Reach::Anywhere)?;
        let base = target.url().as_str().trim_end_matches('/').to_owned();
        Ok(RoomService { client, base, key })
    }

    /// Creates a room, or gives the one of that name.
    pub async fn create_room(
        &self,
        settings: &RoomSettings,
        now_ms: Millis,
    ) -> Result<LiveRoom, LiveKitError> {
        let request = proto::CreateRoomRequest {
            name: settings.name.clone(),
            empty_timeout: settings.empty_timeout_s,
            max_participants: settings.max_participants,
            metadata: settings.metadata.clone(),
            ..Default::default()
        };
        let grant = VideoGrant { room_create: true, ..VideoGrant::default() };
        let room: proto::Room = self.call("CreateRoom", grant, &request, now_ms).await?;
        Ok(room.into())
    }

    /// Ends a room and disconnects everybody in it.
    pub async fn delete_room(&self, room: &str, now_ms: Millis) -> Result<(), LiveKitError> {
        let request = proto::DeleteRoomRequest { room: room.to_owned() };
        let grant = VideoGrant { room_create: true, ..VideoGrant::default() };
        let _: proto::DeleteRoomResponse = self.call("DeleteRoom", grant, &request, now_ms).await?;
        Ok(())
    }

    /// The rooms of these names that exist; all rooms for no names.
    pub async fn list_rooms(&self, names: &[String], now_ms: Millis) -> Result<Vec<LiveRoom>, LiveKitError> {
        let request = proto::ListRoomsRequest { names: names.to_vec() };
        let grant = VideoGrant { room_list: true, ..VideoGrant::default() };
        let answer: proto::ListRoomsResponse = self.call("ListRooms", grant, &request, now_ms).await?;
        Ok(answer.rooms.into_iter().map(LiveRoom::from).collect())
    }

    /// Sets a room's metadata, which everybody in it is told of.
    pub async fn update_metadata(
        &self,
        room: &str,
        metadata: &str,
        now_ms: Millis,
    ) -> Result<LiveRoom, LiveKitError> {
        let request =
            proto::UpdateRoomMetadataRequest { room: room.to_owned(), metadata: metadata.to_owned() };
        let room: proto::Room = self.call("UpdateRoomMetadata", admin(room), &request, now_ms).await?;
        Ok(room.into())
    }

    /// Disconnects a participant.
    pub async fn remove_participant(
        &self,
        room: &str,
        identity: &str,
        now_ms: Millis,
    ) -> Result<(), LiveKitError> {
        let request = proto::RoomParticipantIdentity {
            room: room.to_owned(),
            identity: identity.to_owned(),
            ..Default::default()
        };
        let _: proto::RemoveParticipantResponse =
            self.call("RemoveParticipant", admin(room), &request, now_ms).await?;
        Ok(())
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        video: VideoGrant,
        request: &impl Serialize,
        now_ms: Millis,
    ) -> Result<T, LiveKitError> {
        let target =
            Target::parse(&format!("{}/twirp/livekit.RoomService/{method}", self.base), Reach::Anywhere)
                .map_err(|_| LiveKitError::Malformed)?;
        let body = serde_json::to_vec(request).map_err(|_| LiveKitError::Malformed)?;
        let now_s = now_ms / 1000;
        let token = self.key.mint(&AccessClaims {
            nbf: Some(now_s),
            exp: now_s.saturating_add(TOKEN_LIFE_S),
            video: Some(video),
            ..AccessClaims::default()
        });
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let bearer = format!("Bearer {token}").try_into().map_err(|_| LiveKitError::Malformed)?;
        headers.insert(AUTHORIZATION, bearer);
        let answer =
            self.client.post(&target, headers, body.into()).await.map_err(LiveKitError::Unreachable)?;
        if answer.status != 200 {
            return Err(refusal(answer.status, &answer.body));
        }
        if answer.is_cut {
            return Err(LiveKitError::Malformed);
        }
        serde_json::from_slice(&answer.body).map_err(|_| LiveKitError::Malformed)
    }
}

fn admin(room: &str) -> VideoGrant {
    VideoGrant { room_admin: true, room: room.to_owned(), ..VideoGrant::default() }
}

/// Reads Twirp's error; a proxy in between may answer in its own words.
fn refusal(status: u16, body: &[u8]) -> LiveKitError {
    #[derive(Default, Deserialize)]
    struct Twirp {
        #[serde(default)]
        code: String,
        #[serde(default)]
        msg: String,
    }
    let twirp: Twirp = serde_json::from_slice(body).unwrap_or_default();
    match (status, twirp.code.as_str()) {
        (_, "not_found") => LiveKitError::NotFound,
        (401 | 403, _) | (_, "unauthenticated" | "permission_denied") => {
            LiveKitError::Unauthorized(twirp.msg)
        }
        (_, "") => LiveKitError::Refused { code: status.to_string(), message: "no reason was given".into() },
        (_, code) => LiveKitError::Refused { code: code.to_owned(), message: twirp.msg },
    }
}

#[cfg(test)]
mod tests;
