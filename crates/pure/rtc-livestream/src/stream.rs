//! The stream's own record.

use crate::{MediaRoom, StreamStatus};
use rtc_types::{Millis, StreamId, UserId};

/// A stream as the reducer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Unique over all tenants.
    pub id: StreamId,
    /// How far it has come.
    pub status: StreamStatus,
    /// Who may be its host.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Millis,
    /// Its media room, once that is known.
    pub room: Option<MediaRoom>,
    /// When its room came up first.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Users that hold a place, whether their media session has begun or not.
    pub joined_count: u32,
    /// Viewers with a media session.
    pub viewer_count: u32,
    /// Users that ever had a media session as a viewer.
    pub total_viewers: u32,
    /// The highest `viewer_count` that was seen.
    pub peak_viewer_count: u32,
    /// What the host is called, once it had a media session.
    pub host_name: Option<String>,
    /// Grows with each change of what watchers see.
    pub revision: u64,
}

impl Stream {
    /// A stream that was just written down.
    pub fn scheduled(id: StreamId, created_by: UserId, created_at: Millis) -> Self {
        Self {
            id,
            status: StreamStatus::Scheduled,
            created_by,
            created_at,
            room: None,
            started_at: None,
            ended_at: None,
            joined_count: 0,
            viewer_count: 0,
            total_viewers: 0,
            peak_viewer_count: 0,
            host_name: None,
            revision: 0,
        }
    }
}
