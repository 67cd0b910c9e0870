//! When two sides mean the same codec.

use super::h264;
use rtc_types::ortc::{RtpCodecCapability, RtpCodecParameters};
use serde_json::{Map, Value};

/// A codec's name and format, whether of capabilities or of parameters.
#[derive(Clone, Copy)]
pub(crate) struct Match<'a> {
    mime: &'a str,
    clock_rate: u32,
    channels: u8,
    format: &'a Map<String, Value>,
}

impl<'a> From<&'a RtpCodecCapability> for Match<'a> {
    fn from(codec: &'a RtpCodecCapability) -> Self {
        let RtpCodecCapability { mime_type, clock_rate, channels, parameters, .. } = codec;
        let channels = channels_of(mime_type, *channels);
        Self { mime: mime_type, clock_rate: *clock_rate, channels, format: parameters }
    }
}

impl<'a> From<&'a RtpCodecParameters> for Match<'a> {
    fn from(codec: &'a RtpCodecParameters) -> Self {
        let RtpCodecParameters { mime_type, clock_rate, channels, parameters, .. } = codec;
        let channels = channels_of(mime_type, *channels);
        Self { mime: mime_type, clock_rate: *clock_rate, channels, format: parameters }
    }
}

/// Audio has one channel where nothing is said; video has none, whatever is said.
fn channels_of(mime: &str, channels: Option<u8>) -> u8 {
    if is_kind(mime, "audio") { channels.unwrap_or(1) } else { 0 }
}

/// Whether what one side sends is what the other takes: name, clock rate, channels, and for H.264 and VP9
/// the profile. Profiles of AV1 are not compared: browsers write them or not as it comes.
pub(crate) fn codec_matches<'a, 'b>(one: impl Into<Match<'a>>, other: impl Into<Match<'b>>) -> bool {
    let (one, other) = (one.into(), other.into());
    let same = one.mime.eq_ignore_ascii_case(other.mime)
        && one.clock_rate == other.clock_rate
        && one.channels == other.channels;
    same && if one.mime.eq_ignore_ascii_case("video/H264") {
        h264::compatible(one.format, other.format)
    } else if one.mime.eq_ignore_ascii_case("video/VP9") {
        h264::number(one.format, "profile-id") == h264::number(other.format, "profile-id")
    } else {
        true
    }
}

/// Whether a MIME type is of a kind (`audio`, `video`).
pub(crate) fn is_kind(mime: &str, kind: &str) -> bool {
    mime.split_once('/').is_some_and(|(first, name)| first.eq_ignore_ascii_case(kind) && !name.is_empty())
}

/// Whether a MIME type is that of a retransmission stream (RFC 4588).
pub(crate) fn is_rtx(mime: &str) -> bool {
    mime.split_once('/').is_some_and(|(_, name)| name.eq_ignore_ascii_case("rtx"))
}

/// Whether a MIME type is that of redundant audio (RFC 2198).
pub(crate) fn is_red(mime: &str) -> bool {
    mime.eq_ignore_ascii_case("audio/red")
}

/// The payload type that an RTX codec repairs.
pub(crate) fn apt(format: &Map<String, Value>) -> Option<u8> {
    match format.get("apt")? {
        Value::Number(number) => u8::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a codec is the RTX of another, which is named by its payload type.
pub(crate) fn rtx_serves(rtx: &RtpCodecParameters, payload_type: u8) -> bool {
    is_rtx(&rtx.mime_type) && apt(&rtx.parameters) == Some(payload_type)
}
