//! Rooms and who is in them.

use super::{
    names,
    validate::{self, Metadata},
};
use garde::Validate;
use rtc_types::limits::{PARTICIPANTS_MAX, PARTICIPANTS_MIN};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Longest `emptyTimeout`, in seconds: 30 days.
const EMPTY_TIMEOUT_S_MAX: u64 = 30 * 24 * 3600;

/// Makes a room.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateRoom {
    /// 1–120 characters.
    #[garde(length(chars, min = 1, max = 120), custom(validate::name))]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// How many may be in it at once: 2–1000, 2 where it is missing.
    #[garde(range(min = PARTICIPANTS_MIN, max = PARTICIPANTS_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 1000)]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// `p2p`, `sfu` or `auto` (where it is missing).
    #[garde(custom(check_topology))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<names::TopologySetting>)]
    #[ts(optional, type = "TopologySetting")]
    pub topology: Option<String>,
    /// An object of at most 8 KiB, given back untouched.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
    /// Seconds after which a room that nobody is in is deleted (60 to 30 days); missing: never.
    #[garde(range(min = 60, max = EMPTY_TIMEOUT_S_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 60, maximum = 2_592_000)]
    #[ts(optional, type = "number")]
    pub empty_timeout: Option<u64>,
}

/// Changes a room; what is missing stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateRoom {
    /// 1–120 characters.
    #[garde(length(chars, min = 1, max = 120), custom(validate::optional_name))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120)]
    #[ts(optional)]
    pub name: Option<String>,
    /// 2–1000; peers that are in the room already stay.
    #[garde(range(min = PARTICIPANTS_MIN, max = PARTICIPANTS_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 1000)]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// `p2p`, `sfu` or `auto`.
    #[garde(custom(check_topology))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<names::TopologySetting>)]
    #[ts(optional, type = "TopologySetting")]
    pub topology: Option<String>,
    /// Replaces the object.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
    /// Seconds after which a room that nobody is in is deleted: 60 to 30 days.
    #[garde(range(min = 60, max = EMPTY_TIMEOUT_S_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 60, maximum = 2_592_000)]
    #[ts(optional, type = "number")]
    pub empty_timeout: Option<u64>,
}

fn check_topology(value: &Option<String>, _: &()) -> garde::Result {
    match value.as_deref().map(str::parse::<rtc_types::TopologySetting>) {
        Some(Err(error)) => Err(garde::Error::new(error)),
        _ => Ok(()),
    }
}

/// A room with its live count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Unique for the app.
    pub id: String,
    /// The app that owns it.
    pub app_id: String,
    /// As given.
    pub name: String,
    /// How many may be in it at once.
    pub max_participants: u32,
    /// `p2p`, `sfu` or `auto`.
    #[schema(value_type = names::TopologySetting)]
    #[ts(type = "TopologySetting")]
    pub topology: String,
    /// As given; an empty object where none was.
    #[schema(value_type = Object)]
    #[ts(type = "Record<string, unknown>")]
    pub metadata: Metadata,
    /// Seconds after which the room is deleted while nobody is in it; null: never.
    #[ts(type = "number | null")]
    pub empty_timeout: Option<u64>,
    /// ISO 8601, UTC.
    pub created_at: String,
    /// ISO 8601, UTC.
    pub updated_at: String,
    /// How many are in it now.
    pub participants: u32,
}

/// A track that a participant publishes through the media server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Track {
    /// Its id.
    pub id: String,
    /// `audio` or `video`.
    #[schema(value_type = names::MediaKind)]
    #[ts(type = "MediaKind")]
    pub kind: String,
    /// `camera`, `microphone`, `screen`, …
    pub source: String,
    /// Muted or live.
    pub muted: bool,
}

/// Somebody who is in a room now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The seat.
    pub socket_id: String,
    /// The tenant's name for the user.
    pub user_id: String,
    /// `host`, `participant` or `viewer`.
    #[schema(value_type = names::Role)]
    #[ts(type = "Role")]
    pub role: String,
    /// ISO 8601, UTC.
    pub joined_at: String,
    /// False while the socket is down and the seat is kept.
    pub connected: bool,
    /// Kinds of media that are muted: `audio`, `video`.
    #[schema(value_type = Vec<names::MediaKind>)]
    #[ts(type = "MediaKind[]")]
    pub muted: Vec<String>,
    /// Tracks through the media server; empty in a peer-to-peer room, whose media the server never sees.
    pub tracks: Vec<Track>,
    /// `excellent`, `good`, `fair`, `poor` or `lost`. By the ways from and to the media server; in a peer-to-peer
    /// room, whose media the server never sees, `good` or `lost` by the signaling connection.
    #[schema(value_type = names::ConnectionQuality)]
    pub connection_quality: String,
    /// What the token carried.
    #[schema(value_type = Object)]
    #[ts(type = "Record<string, unknown>")]
    pub metadata: Metadata,
}

/// Mutes or unmutes a participant.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MuteParticipant {
    /// `audio` or `video`.
    #[garde(custom(check_kind))]
    #[schema(value_type = names::MediaKind)]
    #[ts(type = "MediaKind")]
    pub kind: String,
    /// Muted or live.
    #[garde(skip)]
    pub muted: bool,
}

fn check_kind(value: &str, _: &()) -> garde::Result {
    value.parse::<rtc_types::MediaKind>().map(|_| ()).map_err(garde::Error::new)
}
