//! What every router has: its codecs with their payload types, its header extensions with their ids.

use crate::rtp::uri;
use rtc_types::{
    MediaKind,
    ortc::{RtcpFeedback, RtpCapabilities, RtpCodecCapability, RtpHeaderExtension},
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The media section in which `mediasoup-client` expects bandwidth probes; never one of ours.
pub const PROBATOR_MID: &str = "probator";
/// The payload type of bandwidth probes; no codec of the router has it.
pub const PROBATOR_PAYLOAD_TYPE: u8 = 127;
/// The SSRC of bandwidth probes; no stream of ours has it.
pub const PROBATOR_SSRC: u32 = 1234;

/// The payload type of Opus; RED names it in its format parameters.
const OPUS: u8 = 100;

/// What a router can receive and send, equal for all rooms: peers of every surface can meet in any of them.
///
/// H.264 comes in the three profiles that browsers encode; clients of mediasoup take the first that they have,
/// which is the constrained baseline that every receiver can play. RED is Opus' (RFC 2198, as browsers use it).
pub fn router_capabilities() -> &'static RtpCapabilities {
    static CAPABILITIES: LazyLock<RtpCapabilities> =
        LazyLock::new(|| RtpCapabilities { codecs: codecs(), header_extensions: header_extensions() });
    &CAPABILITIES
}

fn codecs() -> Vec<RtpCodecCapability> {
    let h264 = |profile: &str| json!({ "level-asymmetry-allowed": 1, "packetization-mode": 1, "profile-level-id": profile });
    let mut codecs = vec![audio("audio/opus", OPUS, 48_000, 2, &["nack", "transport-cc"])];
    for (pt, mime, format) in [
        (101, "video/VP8", json!({})),
        (103, "video/VP9", json!({ "profile-id": 0 })),
        (105, "video/H264", h264("42e01f")),
        (107, "video/H264", h264("4d001f")),
        (109, "video/H264", h264("64001f")),
        (111, "video/AV1", json!({})),
    ] {
        codecs.extend(video_with_rtx(mime, pt, format));
    }
    let mut red = audio("audio/red", 113, 48_000, 2, &["transport-cc"]);
    red.parameters.insert(format!("{OPUS}/{OPUS}"), Value::from(""));
    codecs.push(red);
    codecs.push(audio("audio/PCMU", 0, 8_000, 1, &["transport-cc"]));
    codecs.push(audio("audio/PCMA", 8, 8_000, 1, &["transport-cc"]));
    codecs
}

fn audio(mime: &str, pt: u8, clock_rate: u32, channels: u8, feedback: &[&str]) -> RtpCodecCapability {
    RtpCodecCapability {
        kind: MediaKind::Audio,
        mime_type: mime.to_owned(),
        preferred_payload_type: Some(pt),
        clock_rate,
        channels: Some(channels),
        parameters: Map::new(),
        rtcp_feedback: feedback.iter().map(|kind| rtcp_feedback(kind, "")).collect(),
    }
}

fn video_with_rtx(mime: &str, pt: u8, format: Value) -> [RtpCodecCapability; 2] {
    let object = |value| match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let codec = |mime: &str, pt, format, rtcp_feedback| RtpCodecCapability {
        kind: MediaKind::Video,
        mime_type: mime.to_owned(),
        preferred_payload_type: Some(pt),
        clock_rate: 90_000,
        channels: None,
        parameters: object(format),
        rtcp_feedback,
    };
    let feedback = [("nack", ""), ("nack", "pli"), ("ccm", "fir"), ("goog-remb", ""), ("transport-cc", "")];
    let feedback = feedback.iter().map(|(kind, parameter)| rtcp_feedback(kind, parameter)).collect();
    [codec(mime, pt, format, feedback), codec("video/rtx", pt + 1, json!({ "apt": pt }), Vec::new())]
}

fn rtcp_feedback(kind: &str, parameter: &str) -> RtcpFeedback {
    RtcpFeedback { kind: kind.to_owned(), parameter: parameter.to_owned() }
}

/// The table of ids and directions (the router's view) that clients of mediasoup are used to.
fn header_extensions() -> Vec<RtpHeaderExtension> {
    use MediaKind::{Audio, Video};
    const BOTH: &[MediaKind] = &[Audio, Video];
    const AUDIO: &[MediaKind] = &[Audio];
    const VIDEO: &[MediaKind] = &[Video];
    let table: [(u8, &str, &[MediaKind], &str); 13] = [
        (1, uri::MID, BOTH, "sendrecv"),
        (2, uri::RID, VIDEO, "recvonly"),
        (3, uri::REPAIRED_RID, VIDEO, "recvonly"),
        (4, uri::ABS_SEND_TIME, BOTH, "sendrecv"),
        // Receivers get no transport-wide counter on audio: their estimate comes from video and probes.
        (5, uri::TRANSPORT_CC, AUDIO, "recvonly"),
        (5, uri::TRANSPORT_CC, VIDEO, "sendrecv"),
        (6, uri::AUDIO_LEVEL, AUDIO, "sendrecv"),
        (7, uri::DEPENDENCY_DESCRIPTOR, VIDEO, "recvonly"),
        (8, uri::VIDEO_ORIENTATION, VIDEO, "sendrecv"),
        (9, uri::TIME_OFFSET, VIDEO, "sendrecv"),
        (10, uri::ABS_CAPTURE_TIME, BOTH, "sendrecv"),
        (11, uri::PLAYOUT_DELAY, BOTH, "sendrecv"),
        (12, uri::MEDIASOUP_PACKET_ID, BOTH, "sendrecv"),
    ];
    let entries = table.iter().flat_map(|(id, uri, kinds, direction)| {
        kinds.iter().map(move |kind| RtpHeaderExtension {
            kind: *kind,
            uri: (*uri).to_owned(),
            preferred_id: *id,
            preferred_encrypt: false,
            direction: Some((*direction).to_owned()),
        })
    });
    entries.collect()
}
