//! How a track is sent to one receiver: the consumable parameters, cut to what the receiver takes.

use super::{
    OrtcError,
    matching::{apt, codec_matches, is_kind, is_red, is_rtx},
    parse_scalability_mode,
    validate::validate_capabilities,
};
use crate::rtp::uri;
use rtc_types::ortc::{
    RtpCapabilities, RtpCodecParameters, RtpEncodingParameters, RtpHeaderExtensionParameters, RtpParameters,
    RtxParameters,
};

/// Whether a receiver takes one of the track's codecs.
///
/// # Errors
/// [`OrtcError::Invalid`] where the capabilities make no sense.
pub fn can_consume(consumable: &RtpParameters, capabilities: &RtpCapabilities) -> Result<bool, OrtcError> {
    validate_capabilities(capabilities)?;
    let mut taken = consumable.codecs.iter().filter(|codec| takes(capabilities, codec));
    Ok(taken.next().is_some_and(|codec| !is_rtx(&codec.mime_type)))
}

fn takes(capabilities: &RtpCapabilities, codec: &RtpCodecParameters) -> bool {
    capabilities.codecs.iter().any(|theirs| codec_matches(theirs, codec))
}

/// How the track is sent to a receiver: the codecs that it has, with its feedback, the extensions that it has
/// under the same ids, and one stream. `ssrc` and `rtx_ssrc` are drawn by the caller; the second is used where
/// both sides have RTX, which video has and audio has not. `mid` is unique within the receiver's transport.
///
/// # Errors
/// [`OrtcError::Invalid`] where the capabilities make no sense, [`OrtcError::Unsupported`] where the receiver
/// takes none of the codecs.
pub fn consumer_parameters(
    consumable: &RtpParameters,
    capabilities: &RtpCapabilities,
    ssrc: u32,
    rtx_ssrc: u32,
    mid: &str,
) -> Result<RtpParameters, OrtcError> {
    validate_capabilities(capabilities)?;
    let video = consumable.codecs.first().is_some_and(|codec| is_kind(&codec.mime_type, "video"));
    let mut codecs = common_codecs(consumable, capabilities, video);
    let rtx = codecs.iter().any(|codec| is_rtx(&codec.mime_type));
    let has = |theirs: &RtpHeaderExtensionParameters| {
        let mut own = capabilities.header_extensions.iter();
        own.any(|own| own.preferred_id == theirs.id && own.uri == theirs.uri)
    };
    let extensions: Vec<_> =
        consumable.header_extensions.iter().filter(|theirs| has(theirs)).cloned().collect();
    if codecs.first().is_none_or(|codec| is_rtx(&codec.mime_type)) {
        return Err(OrtcError::unsupported("the capabilities include none of the track's codecs"));
    }
    keep_one_congestion_control(&mut codecs, &extensions);
    let encoding = RtpEncodingParameters {
        ssrc: Some(ssrc),
        rtx: rtx.then_some(RtxParameters { ssrc: rtx_ssrc }),
        ..one_encoding(consumable)
    };
    Ok(RtpParameters {
        mid: Some(mid.to_owned()),
        codecs,
        header_extensions: extensions,
        encodings: vec![encoding],
        rtcp: consumable.rtcp.clone(),
        msid: consumable.msid.clone(),
    })
}

/// The codecs that the receiver has, with its feedback. Without RTX, plain NACK goes too; RTX stays only with the
/// codec that it repairs, and RED only with Opus.
fn common_codecs(
    consumable: &RtpParameters,
    capabilities: &RtpCapabilities,
    rtx: bool,
) -> Vec<RtpCodecParameters> {
    let mut codecs: Vec<RtpCodecParameters> = Vec::with_capacity(consumable.codecs.len());
    for codec in consumable.codecs.iter().filter(|codec| rtx || !is_rtx(&codec.mime_type)) {
        let theirs = capabilities.codecs.iter().find(|theirs| codec_matches(*theirs, codec));
        let Some(theirs) = theirs else { continue };
        let keeps = |kind: &str, parameter: &str| rtx || kind != "nack" || !parameter.is_empty();
        let feedback = theirs.rtcp_feedback.iter();
        let feedback = feedback.filter(|feedback| keeps(&feedback.kind, &feedback.parameter));
        codecs.push(RtpCodecParameters { rtcp_feedback: feedback.cloned().collect(), ..codec.clone() });
    }
    let media: Vec<u8> =
        (codecs.iter().filter(|codec| !is_rtx(&codec.mime_type))).map(|codec| codec.payload_type).collect();
    let opus = codecs.iter().any(|codec| codec.mime_type.eq_ignore_ascii_case("audio/opus"));
    codecs.retain(|codec| match codec.mime_type.as_str() {
        mime if is_rtx(mime) => apt(&codec.parameters).is_some_and(|apt| media.contains(&apt)),
        mime => opus || !is_red(mime),
    });
    codecs
}

/// Transport-wide feedback where the counter is sent, else REMB where the send time is, else neither.
fn keep_one_congestion_control(
    codecs: &mut [RtpCodecParameters],
    extensions: &[RtpHeaderExtensionParameters],
) {
    let sent = |uri: &str| extensions.iter().any(|extension| extension.uri == uri);
    let kept = if sent(uri::TRANSPORT_CC) {
        "transport-cc"
    } else if sent(uri::ABS_SEND_TIME) {
        "goog-remb"
    } else {
        ""
    };
    for codec in codecs {
        codec.rtcp_feedback.retain(|feedback| {
            !matches!(feedback.kind.as_str(), "transport-cc" | "goog-remb") || feedback.kind == kept
        });
    }
}

/// Simulcast streams appear to the receiver as the spatial layers of one; of bit rates the highest counts.
fn one_encoding(consumable: &RtpParameters) -> RtpEncodingParameters {
    let encodings = &consumable.encodings;
    let mut modes = encodings.iter().filter_map(|encoding| encoding.scalability_mode.as_ref());
    let mut mode = modes.find(|mode| !mode.is_empty()).cloned();
    if encodings.len() > 1 {
        let temporal = parse_scalability_mode(mode.as_deref().unwrap_or_default()).temporal;
        mode = Some(format!("L{}T{temporal}", encodings.len()));
    }
    let max_bitrate = encodings.iter().filter_map(|encoding| encoding.max_bitrate).max();
    RtpEncodingParameters {
        scalability_mode: mode,
        max_bitrate: max_bitrate.filter(|bitrate| *bitrate > 0),
        ..RtpEncodingParameters::default()
    }
}
