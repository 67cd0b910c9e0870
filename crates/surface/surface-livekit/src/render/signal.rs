//! Messages of the server, each as one function.

use livekit_protocol::{self as lk, signal_response::Message};
use std::sync::Arc;

/// The version of the protocol that we speak.
const PROTOCOL: i32 = 17;
/// What clients compare with the versions that features came with.
pub(crate) const VERSION: &str = "1.13.5";
/// Seconds between a client's pings, and after which it gives us up.
pub(crate) const PING_INTERVAL_S: i32 = 5;
pub(crate) const PING_TIMEOUT_S: i32 = 15;

pub(crate) fn server_info() -> lk::ServerInfo {
    lk::ServerInfo {
        edition: lk::server_info::Edition::Standard.into(),
        version: VERSION.to_owned(),
        protocol: PROTOCOL,
        node_id: "rtc-platform".to_owned(),
        ..lk::ServerInfo::default()
    }
}

pub(crate) fn update(participants: Vec<lk::ParticipantInfo>) -> Message {
    Message::Update(lk::ParticipantUpdate { participants })
}

/// `id`: the offer's.
pub(crate) fn answer(id: u32, sdp: String, mids: Vec<(String, Arc<str>)>) -> Message {
    Message::Answer(description("answer", id, sdp, mids))
}

pub(crate) fn offer(id: u32, sdp: String, mids: Vec<(String, Arc<str>)>) -> Message {
    Message::Offer(description("offer", id, sdp, mids))
}

fn description(kind: &str, id: u32, sdp: String, mids: Vec<(String, Arc<str>)>) -> lk::SessionDescription {
    let mids = mids.into_iter().map(|(mid, producer)| (mid, rtc_app::track_sid(&producer).to_string()));
    lk::SessionDescription { r#type: kind.to_owned(), sdp, id, mid_to_track_id: mids.collect() }
}

pub(crate) fn leave(reason: lk::DisconnectReason, action: lk::leave_request::Action) -> Message {
    #[allow(deprecated, reason = "older clients read it")]
    Message::Leave(lk::LeaveRequest {
        can_reconnect: action != lk::leave_request::Action::Disconnect,
        reason: reason.into(),
        action: action.into(),
        regions: None,
    })
}

pub(crate) fn refusal(
    id: u32,
    reason: lk::request_response::Reason,
    text: &str,
    request: Option<lk::request_response::Request>,
) -> Message {
    let message = text.to_owned();
    Message::RequestResponse(lk::RequestResponse { request_id: id, reason: reason.into(), message, request })
}

/// Which sizes of a track anybody looks at: bit 0 of `mask` is the lowest. A track that goes in one stream has it on or
/// off, whatever layers are in it.
pub(crate) fn qualities(sid: &str, mime: &str, streams: usize, mask: u8) -> Message {
    let enabled = |quality: u8| if streams > 1 { mask & (1 << quality) != 0 } else { mask != 0 };
    let subscribed =
        |quality: u8| lk::SubscribedQuality { quality: quality.into(), enabled: enabled(quality) };
    let qualities: Vec<_> = (0..3).map(subscribed).collect();
    let codec = mime.split_once('/').map_or("", |(_, name)| name).to_ascii_lowercase();
    let codecs = vec![lk::SubscribedCodec { codec, qualities: qualities.clone() }];
    #[allow(deprecated, reason = "older clients read them")]
    Message::SubscribedQualityUpdate(lk::SubscribedQualityUpdate {
        track_sid: sid.to_owned(),
        subscribed_qualities: qualities,
        subscribed_codecs: if mime.is_empty() { Vec::new() } else { codecs },
    })
}

/// `quality`: 1 (poor) – 5 (excellent).
pub(crate) fn connection_quality(participant_sid: String, quality: u8) -> Message {
    let (level, score) = match quality {
        0..=2 => (lk::ConnectionQuality::Poor, 2.0),
        3..=4 => (lk::ConnectionQuality::Good, 3.5),
        _ => (lk::ConnectionQuality::Excellent, 4.5),
    };
    let info = lk::ConnectionQualityInfo { participant_sid, quality: level.into(), score };
    Message::ConnectionQuality(lk::ConnectionQualityUpdate { updates: vec![info] })
}

pub(crate) fn speakers(changes: Vec<(String, bool)>) -> Message {
    let of = |(sid, active): (String, bool)| {
        let level = if active { 1.0 } else { 0.0 };
        lk::SpeakerInfo { sid, level, active }
    };
    Message::SpeakersChanged(lk::SpeakersChanged { speakers: changes.into_iter().map(of).collect() })
}

pub(crate) fn stream_state(participant_sid: String, track_sid: String, paused: bool) -> Message {
    let state = if paused { lk::StreamState::Paused } else { lk::StreamState::Active };
    let info = lk::StreamStateInfo { participant_sid, track_sid, state: state.into() };
    Message::StreamStateUpdate(lk::StreamStateUpdate { stream_states: vec![info] })
}
