//! From the use cases' values to the wire's.

use axum::Json;
use jiff::Timestamp;
use rtc_app::{LivestreamDetails, Rows, StreamSession};
use rtc_types::{Millis, StreamId};
use rtc_wire::livestream::{Answer, HostInfo, Livestream, LivestreamParticipant, LivestreamState};

/// A moment as ISO 8601 in UTC, with milliseconds.
pub(crate) fn time(at: Millis) -> String {
    let moment = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    format!("{:.3}", moment.unwrap_or(Timestamp::MAX))
}

/// A JSON object that the store keeps as text.
fn object(text: Option<&str>) -> Option<serde_json::Map<String, serde_json::Value>> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

/// An object as the store keeps it.
pub(crate) fn text(object: Option<&serde_json::Map<String, serde_json::Value>>) -> Option<String> {
    object.and_then(|object| serde_json::to_string(object).ok())
}

pub(crate) fn data<T>(data: T) -> Json<Answer<T>> {
    Json(Answer { success: true, data, count: None, total: None, message: None })
}

pub(crate) fn with_message<T>(data: T, message: &str) -> Json<Answer<T>> {
    Json(Answer { success: true, data, count: None, total: None, message: Some(message.to_owned()) })
}

pub(crate) fn rows<T, W>(rows: Rows<T>, map: impl Fn(T) -> W) -> Json<Answer<Vec<W>>> {
    let data: Vec<W> = rows.rows.into_iter().map(map).collect();
    let count = u32::try_from(data.len()).ok();
    Json(Answer { success: true, data, count, total: Some(rows.total), message: None })
}

pub(crate) fn livestream(row: LivestreamDetails) -> Livestream {
    let stream = row.stream;
    Livestream {
        id: stream.id.to_string(),
        room_name: row.room_name,
        title: row.title,
        description: row.description,
        status: stream.status.to_string(),
        created_by: stream.created_by.to_string(),
        max_participants: row.max_participants,
        empty_timeout: row.empty_timeout_s,
        metadata: object(row.metadata.as_deref()),
        created_at: time(stream.created_at),
        updated_at: time(row.updated_at),
        started_at: stream.started_at.map(time),
        ended_at: stream.ended_at.map(time),
    }
}

pub(crate) fn participant(stream: &StreamId, session: StreamSession) -> LivestreamParticipant {
    LivestreamParticipant {
        id: session.id.to_string(),
        livestream_id: stream.to_string(),
        user_id: session.user_id.to_string(),
        display_name: session.display_name,
        role: session.role.to_string(),
        status: session.status.to_string(),
        metadata: object(session.metadata.as_deref()),
        livekit_participant_sid: session.sid,
        livekit_room_sid: session.room_sid,
        joined_at: time(session.joined_at),
        left_at: session.left_at.map(time),
    }
}

pub(crate) fn snapshot(state: &rtc_app::LivestreamState) -> LivestreamState {
    LivestreamState {
        stream_id: state.stream_id.to_string(),
        status: if state.is_live { "LIVE" } else { "ENDED" }.to_owned(),
        participants: state.participants.clone(),
        participants_truncated: state.is_truncated,
        started_at: state.started_at.map(time),
        viewer_count: state.viewer_count,
        total_viewers: state.total_viewers,
        peak_viewer_count: state.peak_viewer_count,
        host_info: HostInfo {
            user_id: state.host_user_id.clone(),
            display_name: state.host_display_name.clone(),
        },
    }
}
