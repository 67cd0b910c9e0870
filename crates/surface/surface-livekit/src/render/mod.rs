//! How LiveKit says what the platform knows.

mod signal;
mod track;

pub(crate) use signal::*;
pub(crate) use track::{draft, source_number, track_info};

use livekit_protocol as lk;
use rtc_app::{MemberView, Permission, Profile, TrackSource, TrackView};
use rtc_types::{CloseReason, Millis, PeerInfo, SeatId};
use std::sync::Arc;

/// What LiveKit's names of participants begin with.
pub(crate) const PARTICIPANT_PREFIX: &str = "PA_";

/// The name of a seat as a participant.
pub(crate) fn participant_sid(seat: &SeatId) -> String {
    let seat = seat.as_str();
    if seat.starts_with(PARTICIPANT_PREFIX) { seat.to_owned() } else { format!("{PARTICIPANT_PREFIX}{seat}") }
}

/// The seat of a participant's name: one of two.
pub(crate) fn seat_of(sid: &str) -> impl Iterator<Item = SeatId> {
    let bare = sid.strip_prefix(PARTICIPANT_PREFIX);
    [Some(sid), bare].into_iter().flatten().filter_map(|seat| SeatId::new(seat).ok())
}

fn millis(at: Millis) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// A member as others see it.
pub(crate) fn participant(member: &MemberView) -> lk::ParticipantInfo {
    let state = if member.profile.active {
        lk::participant_info::State::Active
    } else {
        lk::participant_info::State::Joined
    };
    lk::ParticipantInfo {
        sid: participant_sid(&member.peer.seat),
        identity: member.peer.user_id.to_string(),
        state: state.into(),
        tracks: member.tracks.iter().map(|track: &Arc<TrackView>| track_info(track)).collect(),
        metadata: member.profile.metadata.clone(),
        joined_at: millis(member.joined_at) / 1000,
        joined_at_ms: millis(member.joined_at),
        name: member.profile.name.clone(),
        version: member.version,
        permission: Some(permission(&member.profile.permission)),
        is_publisher: !member.tracks.is_empty(),
        kind: member.profile.kind,
        attributes: member.profile.attributes.clone().into_iter().collect(),
        ..lk::ParticipantInfo::default()
    }
}

/// One who went. `profile`: where it is still known.
pub(crate) fn departed(
    peer: &PeerInfo,
    profile: Option<Profile>,
    reason: lk::DisconnectReason,
) -> lk::ParticipantInfo {
    let known = profile.map(|profile| lk::ParticipantInfo {
        name: profile.name,
        metadata: profile.metadata,
        attributes: profile.attributes.into_iter().collect(),
        permission: Some(permission(&profile.permission)),
        kind: profile.kind,
        ..lk::ParticipantInfo::default()
    });
    lk::ParticipantInfo {
        sid: participant_sid(&peer.seat),
        identity: peer.user_id.to_string(),
        state: lk::participant_info::State::Disconnected.into(),
        version: u32::MAX,
        disconnect_reason: reason.into(),
        ..known.unwrap_or_default()
    }
}

/// What a member may do.
pub(crate) fn permission(own: &Permission) -> lk::ParticipantPermission {
    #[allow(deprecated, reason = "older clients read them")]
    lk::ParticipantPermission {
        can_subscribe: own.subscribe,
        can_publish: own.publish,
        can_publish_data: own.publish_data,
        can_publish_sources: own.sources.iter().map(|source| source_number(*source)).collect(),
        hidden: own.hidden,
        recorder: own.recorder,
        can_update_metadata: own.update_own,
        agent: own.agent,
        can_subscribe_metrics: own.subscribe_metrics,
        can_manage_agent_session: false,
    }
}

/// What a tenant's backend lets a member do.
pub(crate) fn permission_of(theirs: &lk::ParticipantPermission) -> Permission {
    #[allow(deprecated, reason = "backends still set them")]
    Permission {
        subscribe: theirs.can_subscribe,
        publish: theirs.can_publish,
        publish_data: theirs.can_publish_data,
        sources: theirs
            .can_publish_sources
            .iter()
            .map(|number| track::source(*number))
            .collect::<Vec<TrackSource>>(),
        hidden: theirs.hidden,
        recorder: theirs.recorder,
        update_own: theirs.can_update_metadata,
        subscribe_metrics: theirs.can_subscribe_metrics,
        agent: theirs.agent,
    }
}

/// A room.
pub(crate) struct RoomParts<'a> {
    pub(crate) sid: &'a str,
    pub(crate) name: &'a str,
    pub(crate) metadata: String,
    pub(crate) created_at: Millis,
    pub(crate) capacity: usize,
    pub(crate) members: usize,
    pub(crate) publishers: usize,
    pub(crate) empty_timeout_s: u32,
    pub(crate) departure_timeout_s: u32,
}

/// A room as clients and backends see it.
pub(crate) fn room(parts: RoomParts<'_>) -> lk::Room {
    let codec = |mime: &str| lk::Codec { mime: mime.to_owned(), fmtp_line: String::new() };
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    lk::Room {
        sid: parts.sid.to_owned(),
        name: parts.name.to_owned(),
        empty_timeout: parts.empty_timeout_s,
        departure_timeout: parts.departure_timeout_s,
        max_participants: narrow(parts.capacity),
        creation_time: millis(parts.created_at) / 1000,
        creation_time_ms: millis(parts.created_at),
        enabled_codecs: CODECS.iter().map(|mime| codec(mime)).collect(),
        metadata: parts.metadata,
        num_participants: narrow(parts.members),
        num_publishers: narrow(parts.publishers),
        ..lk::Room::default()
    }
}

/// What the media server takes.
pub(crate) const CODECS: [&str; 7] =
    ["video/VP8", "video/H264", "video/VP9", "video/AV1", "video/rtx", "audio/opus", "audio/red"];

/// Why a connection is ended, in LiveKit's words.
pub(crate) fn disconnect_reason(reason: CloseReason) -> lk::DisconnectReason {
    match reason {
        CloseReason::Replaced => lk::DisconnectReason::DuplicateIdentity,
        CloseReason::Kicked | CloseReason::Revoked => lk::DisconnectReason::ParticipantRemoved,
        CloseReason::RoomClosed => lk::DisconnectReason::RoomDeleted,
        CloseReason::Unresponsive => lk::DisconnectReason::StateMismatch,
    }
}
