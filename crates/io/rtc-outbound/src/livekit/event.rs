//! The bodies of webhooks: LiveKit's events as its own server writes them (`WebhookEvent` as protobuf JSON), and the
//! platform's own events in the same shape.

use livekit_protocol as proto;
use proto::{WebhookEvent, participant_info};
use rtc_types::{MediaKind, Millis};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A room, as far as an event tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomFacts {
    /// The id of this session of the room, `RM_…`.
    pub sid: String,
    /// Its name.
    pub name: String,
    /// Seconds that it stays without anybody.
    pub empty_timeout_s: u32,
    /// Seconds that it stays after the last one left.
    pub departure_timeout_s: u32,
    /// Most participants; 0: no limit.
    pub max_participants: u32,
    /// When it came into being.
    pub created_at_ms: Millis,
    /// The tenant's text.
    pub metadata: String,
    /// How many are in it.
    pub participants: u32,
    /// How many of them publish.
    pub publishers: u32,
}

/// A participant, as far as an event tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantFacts {
    /// The id of this session of the participant, `PA_…`.
    pub sid: String,
    /// The user, by the tenant's name.
    pub identity: String,
    /// The name for people.
    pub name: String,
    /// The tenant's text.
    pub metadata: String,
    /// The participant's attributes.
    pub attributes: BTreeMap<String, String>,
    /// When the session began.
    pub joined_at_ms: Millis,
    /// Whether it publishes anything.
    pub is_publisher: bool,
    /// What it may do.
    pub permission: Permission,
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Publish tracks.
    pub publish: bool,
    /// Subscribe to tracks.
    pub subscribe: bool,
    /// Send data.
    pub publish_data: bool,
    /// Not be seen by others.
    pub hidden: bool,
}

/// A published track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackFacts {
    /// Its id, `TR_…`.
    pub sid: String,
    /// Audio or video.
    pub kind: MediaKind,
    /// Its name.
    pub name: String,
    /// `camera`, `microphone`, `screen_share`, `screen_share_audio`; anything else is unknown.
    pub source: String,
    /// Whether it is muted.
    pub is_muted: bool,
    /// The codec, as `video/VP8`.
    pub mime_type: String,
    /// Width and height of a video, in pixels; 0 for audio.
    pub size: (u32, u32),
}

/// Why a session of a participant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftBecause {
    /// It said so.
    ClientLeft,
    /// The same identity joined again.
    DuplicateIdentity,
    /// It was removed through the API.
    Removed,
    /// The room was deleted.
    RoomDeleted,
    /// Its connection went and did not come back.
    ConnectionLost,
    /// The server is shutting down.
    ServerShutdown,
}

/// Why a room ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishedBecause {
    /// It was deleted through the API.
    Deleted,
    /// Nobody was in it for too long.
    Idle,
    /// The server is shutting down.
    ServerShutdown,
}

/// What happened in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// The room came into being.
    RoomStarted,
    /// The room ended.
    RoomFinished(FinishedBecause),
    /// Somebody is in, with media or data connected.
    ParticipantJoined(ParticipantFacts),
    /// Somebody who had joined is gone.
    ParticipantLeft(ParticipantFacts, LeftBecause),
    /// Somebody tried to join and never got connected.
    ParticipantConnectionAborted(ParticipantFacts),
    /// A track was published.
    TrackPublished(ParticipantFacts, TrackFacts),
    /// A track was taken back.
    TrackUnpublished(ParticipantFacts, TrackFacts),
}

impl RoomEvent {
    /// LiveKit's name of it.
    pub fn name(&self) -> &'static str {
        match self {
            RoomEvent::RoomStarted => "room_started",
            RoomEvent::RoomFinished(_) => "room_finished",
            RoomEvent::ParticipantJoined(_) => "participant_joined",
            RoomEvent::ParticipantLeft(..) => "participant_left",
            RoomEvent::ParticipantConnectionAborted(_) => "participant_connection_aborted",
            RoomEvent::TrackPublished(..) => "track_published",
            RoomEvent::TrackUnpublished(..) => "track_unpublished",
        }
    }
}

/// The message of an event, in a room. `id` is unique, the same in each attempt to deliver it.
pub fn webhook_event(id: &str, created_at_ms: Millis, room: &RoomFacts, event: &RoomEvent) -> WebhookEvent {
    use participant_info::State::{Active, Disconnected};
    let mut message = WebhookEvent {
        id: id.to_owned(),
        created_at: seconds(created_at_ms),
        event: event.name().to_owned(),
        room: Some(room_message(room)),
        ..WebhookEvent::default()
    };
    match event {
        RoomEvent::RoomStarted => {}
        RoomEvent::RoomFinished(reason) => message.room_end_reason = end_reason(*reason).into(),
        RoomEvent::ParticipantJoined(facts) => message.participant = Some(participant_message(facts, Active)),
        RoomEvent::ParticipantLeft(facts, reason) => {
            let mut participant = participant_message(facts, Disconnected);
            participant.disconnect_reason = disconnect_reason(*reason).into();
            message.participant = Some(participant);
        }
        RoomEvent::ParticipantConnectionAborted(facts) => {
            let mut participant = participant_message(facts, Disconnected);
            participant.disconnect_reason = proto::DisconnectReason::JoinFailure.into();
            message.participant = Some(participant);
        }
        RoomEvent::TrackPublished(facts, track) | RoomEvent::TrackUnpublished(facts, track) => {
            message.participant = Some(participant_message(facts, Active));
            message.track = Some(track_message(track));
        }
    }
    message
}

/// The JSON text of a message, as it is signed and sent.
pub fn webhook_body(message: &WebhookEvent) -> Vec<u8> {
    serde_json::to_vec(message).expect("a message is plain values")
}

/// The JSON text of an event of the platform's own (`livestream_created`, …): LiveKit's shape, with what it is about
/// under `subject`, which LiveKit's receivers leave aside.
pub fn platform_body(id: &str, created_at_ms: Millis, event: &str, subject: (&str, Value)) -> Vec<u8> {
    let mut body = Map::new();
    body.insert("event".into(), event.into());
    body.insert("id".into(), id.into());
    // Protobuf's JSON writes 64-bit numbers as texts.
    body.insert("createdAt".into(), seconds(created_at_ms).to_string().into());
    body.insert(subject.0.into(), subject.1);
    Value::Object(body).to_string().into_bytes()
}

fn room_message(facts: &RoomFacts) -> proto::Room {
    proto::Room {
        sid: facts.sid.clone(),
        name: facts.name.clone(),
        empty_timeout: facts.empty_timeout_s,
        departure_timeout: facts.departure_timeout_s,
        max_participants: facts.max_participants,
        creation_time: seconds(facts.created_at_ms),
        creation_time_ms: milliseconds(facts.created_at_ms),
        metadata: facts.metadata.clone(),
        num_participants: facts.participants,
        num_publishers: facts.publishers,
        ..proto::Room::default()
    }
}

fn participant_message(facts: &ParticipantFacts, state: participant_info::State) -> proto::ParticipantInfo {
    proto::ParticipantInfo {
        sid: facts.sid.clone(),
        identity: facts.identity.clone(),
        name: facts.name.clone(),
        metadata: facts.metadata.clone(),
        attributes: facts.attributes.clone().into_iter().collect(),
        state: state.into(),
        joined_at: seconds(facts.joined_at_ms),
        joined_at_ms: milliseconds(facts.joined_at_ms),
        is_publisher: facts.is_publisher,
        permission: Some(proto::ParticipantPermission {
            can_publish: facts.permission.publish,
            can_subscribe: facts.permission.subscribe,
            can_publish_data: facts.permission.publish_data,
            hidden: facts.permission.hidden,
            ..proto::ParticipantPermission::default()
        }),
        ..proto::ParticipantInfo::default()
    }
}

fn track_message(facts: &TrackFacts) -> proto::TrackInfo {
    let kind = match facts.kind {
        MediaKind::Audio => proto::TrackType::Audio,
        MediaKind::Video => proto::TrackType::Video,
    };
    let source = proto::TrackSource::from_str_name(&facts.source.to_ascii_uppercase());
    proto::TrackInfo {
        sid: facts.sid.clone(),
        r#type: kind.into(),
        name: facts.name.clone(),
        source: source.unwrap_or(proto::TrackSource::Unknown).into(),
        muted: facts.is_muted,
        mime_type: facts.mime_type.clone(),
        width: facts.size.0,
        height: facts.size.1,
        ..proto::TrackInfo::default()
    }
}

fn disconnect_reason(reason: LeftBecause) -> proto::DisconnectReason {
    match reason {
        LeftBecause::ClientLeft => proto::DisconnectReason::ClientInitiated,
        LeftBecause::DuplicateIdentity => proto::DisconnectReason::DuplicateIdentity,
        LeftBecause::Removed => proto::DisconnectReason::ParticipantRemoved,
        LeftBecause::RoomDeleted => proto::DisconnectReason::RoomDeleted,
        LeftBecause::ConnectionLost => proto::DisconnectReason::ConnectionTimeout,
        LeftBecause::ServerShutdown => proto::DisconnectReason::ServerShutdown,
    }
}

fn end_reason(reason: FinishedBecause) -> proto::RoomEndReason {
    match reason {
        FinishedBecause::Deleted => proto::RoomEndReason::RoomEndApiDelete,
        FinishedBecause::Idle => proto::RoomEndReason::RoomEndIdleTimeout,
        FinishedBecause::ServerShutdown => proto::RoomEndReason::RoomEndServerShutdown,
    }
}

fn milliseconds(at_ms: Millis) -> i64 {
    i64::try_from(at_ms).unwrap_or(i64::MAX)
}

fn seconds(at_ms: Millis) -> i64 {
    milliseconds(at_ms / 1000)
}

#[cfg(test)]
mod tests;
