//! What the event stream tells, after the state that is the first event on every connection.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `room_started`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomStarted {
    /// The livestream.
    pub stream_id: String,
    /// ISO 8601, UTC.
    pub started_at: Option<String>,
}

/// `viewer_count_update`: at most one every 5 s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ViewerCountUpdate {
    /// The livestream.
    pub stream_id: String,
    /// Viewers that are in it.
    pub viewer_count: u32,
    /// Users that were in it as viewers.
    pub total_viewers: u32,
    /// The most viewers at once.
    pub peak_viewer_count: u32,
}

/// `room_ended`; the server closes the stream after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomEnded {
    /// The livestream.
    pub stream_id: String,
    /// ISO 8601, UTC.
    pub ended_at: Option<String>,
}
