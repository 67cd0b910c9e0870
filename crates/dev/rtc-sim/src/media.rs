//! What clients send: packets that look like pictures to a forwarder, and the parameters that announce them.

use rtc_sfu::Time;
use rtc_types::ortc::{
    RtcpFeedback, RtpCodecParameters, RtpEncodingParameters, RtpHeaderExtensionParameters, RtpParameters,
    RtxParameters,
};
use std::time::Duration;

/// Clients use the router's payload types.
pub const VP8: u8 = 101;
/// Its retransmissions.
pub const VP8_RTX: u8 = 102;
/// A voice.
pub const OPUS: u8 = 100;

/// One picture, in packets.
#[derive(Clone, Debug)]
pub struct Frame {
    /// RTP time.
    pub timestamp: u32,
    /// Payloads, descriptor included.
    pub packets: Vec<Vec<u8>>,
    /// Whether it stands for itself.
    pub key: bool,
}

/// Makes VP8-looking pictures at a steady rate.
#[derive(Clone, Debug)]
pub struct VideoSource {
    /// Bytes of a packet's payload.
    pub packet_bytes: usize,
    /// Packets a picture.
    pub packets_a_frame: usize,
    /// Between pictures.
    pub every: Duration,
    next_at: Time,
    picture: u16,
    start: u32,
    key_wanted: bool,
}

impl VideoSource {
    /// Pictures from `start` on; the first is a key frame. RTP times begin at `timestamp`.
    pub fn new(start: Time, timestamp: u32, packets_a_frame: usize) -> Self {
        Self {
            packet_bytes: 1000,
            packets_a_frame,
            every: Duration::from_micros(33_333),
            next_at: start,
            picture: 0,
            start: timestamp,
            key_wanted: true,
        }
    }

    /// The next picture is a key frame.
    pub fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }

    /// When the next picture is due.
    pub fn next_at(&self) -> Time {
        self.next_at
    }

    /// The next picture, if it is due.
    pub fn poll(&mut self, now: Time) -> Option<Frame> {
        if now < self.next_at {
            return None;
        }
        let key = std::mem::take(&mut self.key_wanted);
        let timestamp = self.start.wrapping_add((self.next_at.as_micros() * 9 / 100) as u32);
        self.next_at += self.every;
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        let packets = (0..self.packets_a_frame).map(|index| self.packet(key, index)).collect();
        Some(Frame { timestamp, packets, key })
    }

    /// RFC 7741: extended descriptor with a 15-bit picture id.
    fn packet(&self, key: bool, index: usize) -> Vec<u8> {
        let begins = u8::from(index == 0) << 4;
        let mut payload = vec![0x80 | begins, 0x80, 0x80 | (self.picture >> 8) as u8, self.picture as u8];
        if index == 0 {
            payload.push(u8::from(!key));
            if key {
                payload.extend([0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
            }
        }
        payload.resize(self.packet_bytes, 0xab);
        payload
    }
}

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
