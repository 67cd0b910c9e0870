//! What announces a client's tracks.

use crate::media::{OPUS, VP8, VP8_RTX};
use rtc_types::ortc::{
    RtcpFeedback, RtpCodecParameters, RtpEncodingParameters, RtpHeaderExtensionParameters, RtpParameters,
    RtxParameters,
};

fn extension(uri: &str, id: u8) -> RtpHeaderExtensionParameters {
    RtpHeaderExtensionParameters { uri: uri.into(), id, encrypt: false, parameters: Default::default() }
}

fn feedback(kind: &str, parameter: &str) -> RtcpFeedback {
    RtcpFeedback { kind: kind.into(), parameter: parameter.into() }
}

fn parameters(
    mid: &str,
    codecs: Vec<RtpCodecParameters>,
    encodings: Vec<RtpEncodingParameters>,
) -> RtpParameters {
    use rtc_sfu::rtp::uri;
    RtpParameters {
        mid: Some(mid.into()),
        codecs,
        header_extensions: vec![
            extension(uri::MID, 1),
            extension(uri::RID, 2),
            extension(uri::REPAIRED_RID, 3),
            extension(uri::ABS_SEND_TIME, 4),
            extension(uri::TRANSPORT_CC, 5),
            extension(uri::AUDIO_LEVEL, 6),
        ],
        encodings,
        ..RtpParameters::default()
    }
}

fn vp8_codecs() -> Vec<RtpCodecParameters> {
    let mut rtx = serde_json::Map::new();
    rtx.insert("apt".into(), VP8.into());
    vec![
        RtpCodecParameters {
            mime_type: "video/VP8".into(),
            payload_type: VP8,
            clock_rate: 90_000,
            channels: None,
            parameters: Default::default(),
            rtcp_feedback: vec![feedback("nack", ""), feedback("nack", "pli"), feedback("transport-cc", "")],
        },
        RtpCodecParameters {
            mime_type: "video/rtx".into(),
            payload_type: VP8_RTX,
            clock_rate: 90_000,
            channels: None,
            parameters: rtx,
            rtcp_feedback: Vec::new(),
        },
    ]
}

/// A voice of one stream.
pub fn audio_parameters(mid: &str, ssrc: u32) -> RtpParameters {
    let codec = RtpCodecParameters {
        mime_type: "audio/opus".into(),
        payload_type: OPUS,
        clock_rate: 48_000,
        channels: Some(2),
        parameters: Default::default(),
        rtcp_feedback: Vec::new(),
    };
    parameters(mid, vec![codec], vec![RtpEncodingParameters { ssrc: Some(ssrc), ..Default::default() }])
}

/// A video of one stream; retransmissions come on the SSRC after.
pub fn video_parameters(mid: &str, ssrc: u32) -> RtpParameters {
    let encoding = RtpEncodingParameters {
        ssrc: Some(ssrc),
        rtx: Some(RtxParameters { ssrc: ssrc + 1 }),
        ..Default::default()
    };
    parameters(mid, vp8_codecs(), vec![encoding])
}

/// A video in several sizes, told apart by SSRC; retransmissions come on the SSRC after each.
pub fn simulcast_parameters(mid: &str, ssrcs: &[u32]) -> RtpParameters {
    let encoding = |ssrc: &u32| RtpEncodingParameters {
        ssrc: Some(*ssrc),
        rtx: Some(RtxParameters { ssrc: ssrc + 1 }),
        ..Default::default()
    };
    parameters(mid, vp8_codecs(), ssrcs.iter().map(encoding).collect())
}

/// A video in several sizes, told apart by RID: its SSRCs are not announced.
pub fn rid_parameters(mid: &str, rids: &[&str]) -> RtpParameters {
    let encoding =
        |rid: &&str| RtpEncodingParameters { rid: Some((*rid).into()), ..RtpEncodingParameters::default() };
    parameters(mid, vp8_codecs(), rids.iter().map(encoding).collect())
}
