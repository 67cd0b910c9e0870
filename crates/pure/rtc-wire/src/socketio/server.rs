//! What the server sends, and the REST answers beside it. Times are ISO 8601 in UTC.

use super::RelayKind;
use rtc_types::{Json, MediaKind};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The tenant's name for the user.
    pub user_id: String,
    /// Its seat.
    pub socket_id: String,
}

/// `room-users`: who is in the room already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomUsers {
    /// The room.
    pub room_id: String,
    /// The others, in the order of their joining.
    pub users: Vec<User>,
}

/// `user-joined` and `user-left`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserMoved<'a> {
    /// The tenant's name for the user.
    pub user_id: &'a str,
    /// Its seat.
    pub socket_id: &'a str,
    /// The room.
    pub room_id: &'a str,
}

/// `offer`, `answer` and `ice-candidate`, as the target receives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayedEvent<'a> {
    /// Which event.
    pub kind: RelayKind,
    /// The room.
    pub room_id: &'a str,
    /// The receiver, as the sender named it.
    pub target_id: &'a str,
    /// The description or candidate.
    pub body: &'a Json,
    /// The sender's seat.
    pub from_id: &'a str,
    /// The sender's user.
    pub from_user_id: &'a str,
}

impl Serialize for RelayedEvent<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut fields = s.serialize_struct("RelayedEvent", 5)?;
        fields.serialize_field("roomId", self.room_id)?;
        fields.serialize_field("targetId", self.target_id)?;
        fields.serialize_field(self.kind.field(), self.body)?;
        fields.serialize_field("fromId", self.from_id)?;
        fields.serialize_field("fromUserId", self.from_user_id)?;
        fields.end()
    }
}

/// `data`: application data of a peer of another surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataEvent<'a> {
    /// The room.
    pub room_id: &'a str,
    /// What was sent.
    pub payload: &'a Json,
    /// The name under which another surface relayed it, where it had one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'a str>,
    /// The sender's seat.
    pub from_id: &'a str,
    /// The sender's user.
    pub from_user_id: &'a str,
}

/// `mute`: a peer's media was muted or unmuted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MuteEvent<'a> {
    /// The room.
    pub room_id: &'a str,
    /// Whose media.
    pub user_id: &'a str,
    /// Which media.
    pub kind: MediaKind,
    /// Muted or live.
    pub muted: bool,
}

/// An item of `GET /api/rooms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActiveRoom {
    /// The room.
    pub id: String,
    /// How many peers are in it.
    pub participants: usize,
    /// When it came to life.
    pub created_at: String,
}

/// The answer of `GET /api/rooms/{roomId}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActiveRoomDetails {
    /// The room.
    pub id: String,
    /// The users in it, in the order of their joining.
    pub participants: Vec<String>,
    /// When it came to life.
    pub created_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relayed_event_is_the_payload_and_its_sender() {
        let body = Json::parse(r#"{"candidate":"c"}"#).expect("json");
        let event = RelayedEvent {
            kind: RelayKind::IceCandidate,
            room_id: "r",
            target_id: "t",
            body: &body,
            from_id: "s",
            from_user_id: "u",
        };
        assert_eq!(
            serde_json::to_string(&event).expect("serialises"),
            r#"{"roomId":"r","targetId":"t","candidate":{"candidate":"c"},"fromId":"s","fromUserId":"u"}"#
        );
    }
}
