//! The parameters of the ORTC model, in the shapes that `mediasoup-client` speaks.
//!
//! They are the one domain type that is written as JSON: the model *is* its JSON form, and surfaces pass it
//! on unread (docs/decisions, decision 5). Field names are the model's own (W3C ORTC, section 9).

use crate::MediaKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an endpoint or a router can send or receive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpCapabilities {
    /// Codecs, in the order of preference; every RTX codec follows the one it serves.
    #[serde(default)]
    pub codecs: Vec<RtpCodecCapability>,
    /// Header extensions, one entry a kind.
    #[serde(default)]
    pub header_extensions: Vec<RtpHeaderExtension>,
}

/// One codec of a [`RtpCapabilities`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpCodecCapability {
    /// Audio or video.
    pub kind: MediaKind,
    /// `audio/opus`, `video/VP8`, `video/rtx` …; compared without regard to case.
    pub mime_type: String,
    /// The payload type (0–127) that the endpoint would use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_payload_type: Option<u8>,
    /// Hz.
    pub clock_rate: u32,
    /// Audio channels; absent for video and means 1 for audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u8>,
    /// Format parameters (`fmtp`), values as numbers or texts.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// Feedback that the endpoint understands.
    #[serde(default)]
    pub rtcp_feedback: Vec<RtcpFeedback>,
}

/// A kind of RTCP feedback (RFC 4585).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtcpFeedback {
    /// `nack`, `ccm`, `goog-remb`, `transport-cc`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `pli`, `fir` or empty.
    #[serde(default)]
    pub parameter: String,
}

/// A header extension that an endpoint can use (RFC 8285).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpHeaderExtension {
    /// Audio or video.
    pub kind: MediaKind,
    /// The extension's name.
    pub uri: String,
    /// Its number, 1–14 (up to 255 with two-byte headers).
    pub preferred_id: u8,
    /// Whether it would be encrypted (RFC 6904); never by us.
    #[serde(default)]
    pub preferred_encrypt: bool,
    /// `sendrecv`, `sendonly`, `recvonly`, `inactive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
}

/// How one producer or consumer sends RTP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpParameters {
    /// The media section's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mid: Option<String>,
    /// Codecs, the media codec first and then its RTX.
    #[serde(default)]
    pub codecs: Vec<RtpCodecParameters>,
    /// Header extensions in use.
    #[serde(default)]
    pub header_extensions: Vec<RtpHeaderExtensionParameters>,
    /// The streams.
    #[serde(default)]
    pub encodings: Vec<RtpEncodingParameters>,
    /// RTCP.
    #[serde(default)]
    pub rtcp: RtcpParameters,
    /// `<stream id> <track id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msid: Option<String>,
}

/// A codec in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpCodecParameters {
    /// As in [`RtpCodecCapability::mime_type`].
    pub mime_type: String,
    /// 0–127.
    pub payload_type: u8,
    /// Hz.
    pub clock_rate: u32,
    /// Audio channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u8>,
    /// Format parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// Feedback in use.
    #[serde(default)]
    pub rtcp_feedback: Vec<RtcpFeedback>,
}

/// A header extension in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpHeaderExtensionParameters {
    /// The extension's name.
    pub uri: String,
    /// Its number.
    pub id: u8,
    /// Whether it is encrypted; never by us.
    #[serde(default)]
    pub encrypt: bool,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

/// One stream of a producer or consumer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtpEncodingParameters {
    /// The stream's SSRC, where it is signalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssrc: Option<u32>,
    /// The stream's RID (RFC 8852), where it is told by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
    /// The codec, where it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec_payload_type: Option<u8>,
    /// Retransmissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtx: Option<RtxParameters>,
    /// Discontinuous transmission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtx: Option<bool>,
    /// Layers in the stream, such as `L1T3`, `L3T3_KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scalability_mode: Option<String>,
    /// By how much the picture is scaled down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_resolution_down_by: Option<f64>,
    /// bit/s at most.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub max_bitrate: Option<u64>,
}

/// Pages compute bit rates, so that fractions arrive: they are cut off.
fn whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.map(|number| number as u64))
}

/// The retransmission stream of an encoding (RFC 4588).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtxParameters {
    /// Its SSRC.
    pub ssrc: u32,
}

/// RTCP of a producer or consumer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RtcpParameters {
    /// The canonical name (RFC 3550, section 6.5.1); equal for tracks to be played in sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cname: Option<String>,
    /// Reduced-size RTCP (RFC 5506).
    #[serde(default = "yes")]
    pub reduced_size: bool,
}

impl Default for RtcpParameters {
    fn default() -> Self {
        Self { cname: None, reduced_size: true }
    }
}

fn yes() -> bool {
    true
}

/// How a producer's streams relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProducerType {
    /// One stream.
    Simple,
    /// Several streams of the same picture.
    Simulcast,
    /// One stream with spatial or temporal layers.
    Svc,
}

/// ICE credentials of one side (RFC 8839).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceParameters {
    /// 4–256 ice-chars.
    pub username_fragment: String,
    /// 22–256 ice-chars.
    pub password: String,
    /// Whether the side is ICE-lite.
    #[serde(default)]
    pub ice_lite: bool,
}

/// One address of ours (RFC 8445); always a host candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceCandidate {
    /// Equal for candidates of the same base.
    pub foundation: String,
    /// RFC 8445, section 5.1.2.
    pub priority: u32,
    /// The address; the older name of `address`.
    pub ip: String,
    /// The address.
    pub address: String,
    /// `udp` or `tcp`.
    pub protocol: String,
    /// The port.
    pub port: u16,
    /// `host`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `passive` with `tcp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_type: Option<String>,
}

/// DTLS of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DtlsParameters {
    /// Who starts the handshake.
    #[serde(default)]
    pub role: DtlsRole,
    /// Fingerprints of the certificate (RFC 8122).
    pub fingerprints: Vec<DtlsFingerprint>,
}

/// The side that a DTLS endpoint takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DtlsRole {
    /// Either; as the answerer chooses.
    #[default]
    Auto,
    /// Starts the handshake (`active`).
    Client,
    /// Waits for it (`passive`).
    Server,
}

/// A certificate's fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DtlsFingerprint {
    /// `sha-256` and the like.
    pub algorithm: String,
    /// Hexadecimal bytes, joined by colons.
    pub value: String,
}

/// The SCTP association of a transport, in the names of current and of older clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SctpParameters {
    /// 5000.
    pub port: u16,
    /// Outgoing streams.
    #[serde(rename = "OS")]
    pub os: u16,
    /// Incoming streams.
    #[serde(rename = "MIS")]
    pub mis: u16,
    /// Bytes a message at most, both ways.
    pub max_message_size: u32,
    /// Bytes a message at most that the other side may send.
    pub max_send_message_size: u32,
    /// Bytes a message at most that it will get.
    pub max_receive_message_size: u32,
}

/// How a data channel sends (RFC 8831).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SctpStreamParameters {
    /// 0–65534.
    pub stream_id: u16,
    /// In order; defaults to yes.
    #[serde(default = "yes")]
    pub ordered: bool,
    /// Milliseconds for which a message is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_packet_life_time: Option<u16>,
    /// How often a message is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retransmits: Option<u16>,
}
