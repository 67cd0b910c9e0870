//! The media server as livestreams see it: a port with two forms, the built-in media server and an external LiveKit.

use async_trait::async_trait;
use rtc_livestream::{MediaRoom, Role};
use rtc_types::{AppId, ErrorCode, UserId};
use std::fmt;

/// The attribute of an access token (and so of its participant) that holds the id of the participant's row, by
/// which webhooks find it.
pub const PARTICIPANT_ATTRIBUTE: &str = "rtc.participantId";

/// A media room to be made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRoomDraft {
    /// Letters, digits, `-` and `_`; unique among the tenant's live streams.
    pub name: String,
    /// Most participants.
    pub max_participants: u32,
    /// Seconds that it stays when nobody has come.
    pub empty_timeout_s: u32,
    /// JSON text of the tenant's own object; empty where there is none.
    pub metadata: String,
}

/// What an access token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinGrant {
    /// The media room's name.
    pub room: String,
    /// The participant's identity.
    pub user_id: UserId,
    /// What people call it.
    pub display_name: String,
    /// A host publishes and subscribes, a viewer subscribes and sends data.
    pub role: Role,
    /// JSON text of the participant's own object; empty where there is none.
    pub metadata: String,
    /// The participant's row, for [`PARTICIPANT_ATTRIBUTE`].
    pub participant_id: rtc_types::ParticipantId,
    /// How long the token is good, in seconds.
    pub life_s: u64,
}

/// A LiveKit access token, and where it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinTicket {
    /// The signed text.
    pub token: String,
    /// The `ws:` or `wss:` URL that a LiveKit client connects to; `None`: this server, as the caller reached it.
    pub url: Option<String>,
}

/// Why the media server did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRoomsError {
    /// It cannot be reached, or has no room left. The text is for the log.
    Unavailable(String),
    /// It refused the request. The text is for the log.
    Refused(String),
}

impl MediaRoomsError {
    /// The code that a client sees: livestreams cannot go on without it either way.
    pub fn code(&self) -> ErrorCode {
        ErrorCode::Unavailable
    }

    /// What belongs in the log.
    pub fn log_text(&self) -> &str {
        match self {
            MediaRoomsError::Unavailable(text) | MediaRoomsError::Refused(text) => text,
        }
    }
}

impl fmt::Display for MediaRoomsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MediaRoomsError::Unavailable(_) => "the media server cannot be reached; try again",
            MediaRoomsError::Refused(_) => "the media server refused the request",
        })
    }
}

impl std::error::Error for MediaRoomsError {}

/// The media server's rooms. Room names are the tenant's own; an adapter to a server with one namespace for all
/// maps them (and back, in webhooks).
#[async_trait]
pub trait MediaRooms: Send + Sync + 'static {
    /// Makes a room, or finds the one of that name.
    ///
    /// # Errors
    /// Where there is no room afterwards, as far as is known.
    async fn create_room(&self, tenant: &AppId, room: &MediaRoomDraft) -> Result<MediaRoom, MediaRoomsError>;

    /// How many participants a room may have at most.
    fn participants_max(&self) -> u32 {
        u32::MAX
    }

    /// Changes a room that is there; one that is not is no error.
    ///
    /// # Errors
    /// Where the room may be as it was.
    async fn update_room(&self, tenant: &AppId, room: &MediaRoomDraft) -> Result<(), MediaRoomsError>;

    /// Disconnects everybody and deletes the room; one that is not there is no error.
    ///
    /// # Errors
    /// Where the room may still be there.
    async fn delete_room(&self, tenant: &AppId, room: &str) -> Result<(), MediaRoomsError>;

    /// Disconnects a participant; one that is not there is no error.
    ///
    /// # Errors
    /// Where it may still be there.
    async fn remove_participant(
        &self,
        tenant: &AppId,
        room: &str,
        identity: &UserId,
    ) -> Result<(), MediaRoomsError>;

    /// Mints the token that admits a participant.
    ///
    /// # Errors
    /// Where the secret that signs it cannot be read.
    async fn mint(&self, tenant: &AppId, grant: &JoinGrant) -> Result<JoinTicket, MediaRoomsError>;
}
