//! What watchers see of a stream: kept in the bus, rebuilt from the database where it is gone.

use super::parts::STATE_TTL_MS;
use crate::{App, LivestreamDetails, RequestError};
use bytes::Bytes;
use rtc_bus::{Advance, StateChange, StateView};
use rtc_livestream::StreamStatus;
use rtc_types::{Millis, StreamId, UserId};
use serde::{Deserialize, Serialize};

/// Most participants that a snapshot names.
const PARTICIPANTS_SHOWN_MAX: usize = 1_000;
/// Most participants that a rebuild reads.
const PARTICIPANTS_READ_MAX: u32 = 1_000_000;
/// A rebuild that something newer overtook is made again this often.
const REBUILD_TRIES: usize = 4;

/// A stream as its watchers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivestreamState {
    /// Which stream.
    pub stream_id: StreamId,
    /// Whether it goes on.
    pub is_live: bool,
    /// Users that are in it, the host included; some of them where [`LivestreamState::is_truncated`].
    pub participants: Vec<String>,
    /// Whether there are more participants than are named.
    pub is_truncated: bool,
    /// When it began.
    pub started_at: Option<Millis>,
    /// Viewers that are in it.
    pub viewer_count: u32,
    /// Users that were in it as viewers.
    pub total_viewers: u32,
    /// The highest `viewer_count` so far.
    pub peak_viewer_count: u32,
    /// Who hosts it.
    pub host_user_id: String,
    /// What the host is called; the stream's title until it has come.
    pub host_display_name: String,
    /// Grows with each change.
    pub revision: u64,
}

/// The part of the state that is one value in the bus.
#[derive(Serialize, Deserialize)]
struct Kept {
    live: bool,
    started_at: Option<Millis>,
    viewers: u32,
    total: u32,
    peak: u32,
    host: String,
    name: String,
}

fn key(stream: &StreamId) -> String {
    format!("stream:state:{stream}")
}

/// The change that brings the bus to `row`. `members`: who came and went.
pub(super) fn change_to(row: &LivestreamDetails, members: Vec<(String, bool)>) -> StateChange {
    let stream = &row.stream;
    let kept = Kept {
        live: stream.status.is_open(),
        started_at: stream.started_at,
        viewers: stream.viewer_count,
        total: stream.total_viewers,
        peak: stream.peak_viewer_count,
        host: stream.created_by.to_string(),
        name: stream.host_name.clone().unwrap_or_else(|| row.title.clone()),
    };
    let value = serde_json::to_vec(&kept).map(Bytes::from).unwrap_or_default();
    StateChange { version: stream.revision, value, members }
}

fn shown(stream: &StreamId, view: StateView) -> Result<LivestreamState, RequestError> {
    let kept: Kept = serde_json::from_slice(&view.value)
        .map_err(|error| RequestError::Internal(format!("the state of stream {stream}: {error}")))?;
    let is_truncated = view.member_count > view.members.len() as u64;
    Ok(LivestreamState {
        stream_id: stream.clone(),
        is_live: kept.live,
        // Whoever was in it when it ended is not any more.
        participants: if kept.live { view.members } else { Vec::new() },
        is_truncated: kept.live && is_truncated,
        started_at: kept.started_at,
        viewer_count: kept.viewers,
        total_viewers: kept.total,
        peak_viewer_count: kept.peak,
        host_user_id: kept.host,
        host_display_name: kept.name,
        revision: view.version,
    })
}

impl App {
    /// What watchers see of a stream, of whichever tenant: its id is what its public page knows.
    ///
    /// # Errors
    /// [`RequestError::NotFound`] for a stream that has no state: unknown, not begun, or ended long ago.
    pub async fn livestream_state(&self, stream: &StreamId) -> Result<LivestreamState, RequestError> {
        let bus = &self.livestreams()?.bus;
        if let Some(view) = bus.read(&key(stream), PARTICIPANTS_SHOWN_MAX).await? {
            return shown(stream, view);
        }
        self.rebuild_state(stream).await?;
        let view = bus.read(&key(stream), PARTICIPANTS_SHOWN_MAX).await?;
        view.map_or(Err(RequestError::NotFound("livestream state")), |view| shown(stream, view))
    }

    /// Brings the bus to what was committed. Cheap, however many viewers there are, while the bus has the state.
    pub(super) async fn advance_state(
        &self,
        row: &LivestreamDetails,
        members: Vec<(String, bool)>,
    ) -> Result<(), RequestError> {
        let stream = &row.stream.id;
        let change = change_to(row, members);
        match self.livestreams()?.bus.advance(&key(stream), &change, STATE_TTL_MS).await? {
            Advance::Newest | Advance::Older => Ok(()),
            Advance::Missing => self.rebuild_state(stream).await.map(drop),
        }
    }

    /// Reads the whole state from the database and puts it into the bus; gives the stream's row.
    pub(super) async fn rebuild_state(&self, stream: &StreamId) -> Result<LivestreamDetails, RequestError> {
        let bus = &self.livestreams()?.bus;
        let not_there = RequestError::NotFound("livestream state");
        for _ in 0..REBUILD_TRIES {
            // First the row, then who is in: what changes in between has a higher revision and comes by itself.
            let row = self.0.store.find_livestream(stream).await?.ok_or(not_there.clone())?;
            let ended_at = row.stream.ended_at.unwrap_or(Millis::MAX);
            let is_forgotten = ended_at.saturating_add(STATE_TTL_MS) <= self.now();
            let has_begun = matches!(row.stream.status, StreamStatus::Live | StreamStatus::Ended);
            if is_forgotten || !has_begun {
                return Err(not_there);
            }
            let users = self.0.store.present_users(stream, PARTICIPANTS_READ_MAX).await?;
            let members = users.iter().map(|user: &UserId| (user.to_string(), true)).collect();
            if bus.replace(&key(stream), &change_to(&row, members), STATE_TTL_MS).await? {
                return Ok(row);
            }
        }
        // Others rebuild it at the same time, from something newer.
        self.0.store.find_livestream(stream).await?.ok_or(not_there)
    }
}
