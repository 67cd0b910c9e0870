//! What callers get.

use crate::{error::ErrorInfo, rest::validate::Metadata};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A result, wrapped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Answer<T> {
    /// Always true.
    pub success: bool,
    /// The result.
    pub data: T,
    /// Rows in this answer, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub count: Option<u32>,
    /// All rows that match, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub total: Option<u64>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub message: Option<String>,
}

/// An error, wrapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Always false.
    pub success: bool,
    /// What went wrong.
    pub error: ErrorInfo,
    /// The request's id, as in `x-request-id` and in the log.
    pub request_id: String,
}

/// A livestream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Livestream {
    /// A UUID.
    pub id: String,
    /// The media room's name.
    pub room_name: String,
    /// As given.
    pub title: String,
    /// As given.
    pub description: Option<String>,
    /// How far it has come.
    #[ts(type = "'SCHEDULED' | 'LIVE' | 'ENDED' | 'ERROR'")]
    pub status: String,
    /// The user who may be its host.
    pub created_by: String,
    /// Most participants at once.
    pub max_participants: u32,
    /// Seconds.
    pub empty_timeout: u32,
    /// As given; null where none was.
    #[schema(value_type = Option<Object>)]
    #[ts(type = "Record<string, unknown> | null")]
    pub metadata: Option<Metadata>,
    /// ISO 8601, UTC.
    pub created_at: String,
    /// ISO 8601, UTC.
    pub updated_at: String,
    /// ISO 8601, UTC.
    pub started_at: Option<String>,
    /// ISO 8601, UTC.
    pub ended_at: Option<String>,
}

/// One stay of a user in a livestream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LivestreamParticipant {
    /// A UUID.
    pub id: String,
    /// The livestream.
    pub livestream_id: String,
    /// Who.
    pub user_id: String,
    /// As given.
    pub display_name: String,
    /// What the user may do.
    #[ts(type = "'HOST' | 'VIEWER'")]
    pub role: String,
    /// Whether it goes on.
    #[ts(type = "'JOINED' | 'LEFT'")]
    pub status: String,
    /// As given; null where none was.
    #[schema(value_type = Option<Object>)]
    #[ts(type = "Record<string, unknown> | null")]
    pub metadata: Option<Metadata>,
    /// The media session; null: it has not begun.
    pub livekit_participant_sid: Option<String>,
    /// The media room of that session.
    pub livekit_room_sid: Option<String>,
    /// ISO 8601, UTC.
    pub joined_at: String,
    /// ISO 8601, UTC.
    pub left_at: Option<String>,
}

/// A place in a livestream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct LivestreamJoined {
    /// A LiveKit access token.
    pub token: String,
    /// Where a LiveKit client connects with it.
    pub url: String,
    /// The participant.
    pub participant: LivestreamParticipant,
}

/// Who hosts a livestream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostInfo {
    /// The creator.
    pub user_id: String,
    /// The host's name; the livestream's title until the host has come.
    pub display_name: String,
}

/// What watchers see of a livestream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LivestreamState {
    /// The livestream.
    pub stream_id: String,
    /// Whether it goes on.
    #[ts(type = "'LIVE' | 'ENDED'")]
    pub status: String,
    /// Users that are in it, the host included.
    pub participants: Vec<String>,
    /// True where `participants` names only some of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub participants_truncated: bool,
    /// ISO 8601, UTC.
    pub started_at: Option<String>,
    /// Viewers that are in it.
    pub viewer_count: u32,
    /// Users that were in it as viewers.
    pub total_viewers: u32,
    /// The most viewers at once.
    pub peak_viewer_count: u32,
    /// Who hosts it.
    pub host_info: HostInfo,
}
