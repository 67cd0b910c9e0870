//! How a track is received: a sender's parameters against the router's capabilities.

use super::{
    OrtcError,
    h264::agreed_profile_level_id,
    matching::{apt, codec_matches, is_red, is_rtx},
    parse_scalability_mode,
    payload::{CodecMap, MappedCodec},
    validate::validate_parameters,
};
use crate::rtp::uri;
use rtc_types::{
    MediaKind,
    ortc::{
        ProducerType, RtcpParameters, RtpCapabilities, RtpCodecCapability, RtpCodecParameters,
        RtpEncodingParameters, RtpHeaderExtensionParameters, RtpParameters,
    },
};
use serde_json::{Map, Value};

/// What a sender's numbers mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerMapping {
    /// Its payload types.
    pub payload_types: CodecMap,
    /// Its streams, in its order: the lowest first with simulcast.
    pub encodings: Vec<EncodingMapping>,
}

/// One stream of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodingMapping {
    /// Its SSRC, where it is signalled; else learned from the first packets with its RID (or MID).
    pub ssrc: Option<u32>,
    /// Its retransmissions' SSRC, where it is signalled.
    pub rtx_ssrc: Option<u32>,
    /// Its RID.
    pub rid: Option<String>,
    /// Its number in the consumable parameters, counted from 1. It never goes on the wire, where each
    /// consumer has an SSRC of its own.
    pub mapped_ssrc: u32,
}

/// Checks a sender's parameters and finds the router's number of each of its payload types.
///
/// # Errors
/// [`OrtcError::Invalid`] where a field makes no sense or breaks a limit, [`OrtcError::Unsupported`] where the
/// router lacks a codec (or the profile of it).
pub fn validate_producer(
    kind: MediaKind,
    parameters: &RtpParameters,
    capabilities: &RtpCapabilities,
) -> Result<ProducerMapping, OrtcError> {
    validate_parameters(kind, parameters)?;
    let mut mapped = Vec::with_capacity(parameters.codecs.len());
    for codec in &parameters.codecs {
        mapped.push(if is_rtx(&codec.mime_type) {
            map_rtx(codec, parameters, capabilities)?
        } else {
            map_media(codec, parameters, capabilities)?
        });
    }
    let encodings = parameters.encodings.iter().zip(1..).map(|(encoding, number)| EncodingMapping {
        ssrc: encoding.ssrc,
        rtx_ssrc: encoding.rtx.map(|rtx| rtx.ssrc),
        rid: encoding.rid.clone(),
        mapped_ssrc: number,
    });
    Ok(ProducerMapping { payload_types: CodecMap::new(mapped), encodings: encodings.collect() })
}

fn map_media(
    codec: &RtpCodecParameters,
    parameters: &RtpParameters,
    capabilities: &RtpCapabilities,
) -> Result<MappedCodec, OrtcError> {
    let unsupported =
        || OrtcError::unsupported(format!("the router has no {} ({})", codec.mime_type, codec.payload_type));
    let own = find(codec, capabilities).ok_or_else(unsupported)?;
    let is_opus = |codec: &RtpCodecParameters| codec.mime_type.eq_ignore_ascii_case("audio/opus");
    if is_red(&codec.mime_type) && !parameters.codecs.iter().any(is_opus) {
        return Err(OrtcError::invalid("audio/red is there without audio/opus"));
    }
    let router_payload_type = own.preferred_payload_type.ok_or_else(unsupported)?;
    let router_rtx = rtx_of(router_payload_type, capabilities);
    Ok(MappedCodec {
        payload_type: codec.payload_type,
        router_payload_type,
        router_rtx_payload_type: router_rtx.and_then(|rtx| rtx.preferred_payload_type),
        apt: None,
        router_apt: None,
        mime: own.mime_type.clone(),
        clock_rate: own.clock_rate,
    })
}

fn map_rtx(
    codec: &RtpCodecParameters,
    parameters: &RtpParameters,
    capabilities: &RtpCapabilities,
) -> Result<MappedCodec, OrtcError> {
    let pt = codec.payload_type;
    let apt = apt(&codec.parameters);
    let served = parameters.codecs.iter().find(|media| Some(media.payload_type) == apt);
    let served = served
        .filter(|media| !is_rtx(&media.mime_type))
        .ok_or_else(|| OrtcError::invalid(format!("no media codec is there for the RTX codec {pt}")))?;
    let router_apt = find(served, capabilities).and_then(|own| own.preferred_payload_type);
    let own = router_apt.and_then(|router_apt| rtx_of(router_apt, capabilities));
    let own = own.zip(own.and_then(|own| own.preferred_payload_type));
    let (own, router_payload_type) = own.ok_or_else(|| {
        OrtcError::unsupported(format!("the router has no RTX for {} ({pt})", served.mime_type))
    })?;
    Ok(MappedCodec {
        payload_type: pt,
        router_payload_type,
        router_rtx_payload_type: Some(router_payload_type),
        apt,
        router_apt,
        mime: own.mime_type.clone(),
        clock_rate: own.clock_rate,
    })
}

fn find<'a>(codec: &RtpCodecParameters, capabilities: &'a RtpCapabilities) -> Option<&'a RtpCodecCapability> {
    capabilities.codecs.iter().find(|own| codec_matches(codec, *own))
}

fn rtx_of(payload_type: u8, capabilities: &RtpCapabilities) -> Option<&RtpCodecCapability> {
    let serves = |own: &&RtpCodecCapability| apt(&own.parameters) == Some(payload_type);
    capabilities.codecs.iter().filter(|own| is_rtx(&own.mime_type)).find(serves)
}

/// The track in the router's numbers: of this, consumers get their cut. Takes what [`validate_producer`] passed
/// and gave.
pub fn consumable_parameters(
    kind: MediaKind,
    parameters: &RtpParameters,
    capabilities: &RtpCapabilities,
    mapping: &ProducerMapping,
) -> RtpParameters {
    let mut codecs = Vec::with_capacity(parameters.codecs.len());
    for codec in parameters.codecs.iter().filter(|codec| !is_rtx(&codec.mime_type)) {
        let router = mapping.payload_types.get(codec.payload_type);
        let own = router.and_then(|router| {
            let number = Some(router.router_payload_type);
            capabilities.codecs.iter().find(|own| own.preferred_payload_type == number)
        });
        let Some(own) = own else { continue };
        codecs.extend(as_parameters(own, agreed_format(codec, own)));
        let rtx = own.preferred_payload_type.and_then(|pt| rtx_of(pt, capabilities));
        codecs.extend(rtx.and_then(|rtx| as_parameters(rtx, rtx.parameters.clone())));
    }
    RtpParameters {
        mid: None,
        codecs,
        header_extensions: consumable_extensions(kind, parameters, capabilities),
        encodings: consumable_encodings(parameters, mapping),
        rtcp: RtcpParameters { cname: parameters.rtcp.cname.clone(), reduced_size: true },
        msid: parameters.msid.clone(),
    }
}

/// The sender's format: it says how the stream is coded. RED names payload types in it, which are the router's.
fn agreed_format(codec: &RtpCodecParameters, own: &RtpCodecCapability) -> Map<String, Value> {
    if is_red(&own.mime_type) {
        return own.parameters.clone();
    }
    let mut format = codec.parameters.clone();
    if own.mime_type.eq_ignore_ascii_case("video/H264") {
        match agreed_profile_level_id(&codec.parameters, &own.parameters) {
            Some(agreed) => format.insert("profile-level-id".to_owned(), Value::from(agreed)),
            None => format.remove("profile-level-id"),
        };
    }
    format
}

fn as_parameters(own: &RtpCodecCapability, parameters: Map<String, Value>) -> Option<RtpCodecParameters> {
    Some(RtpCodecParameters {
        mime_type: own.mime_type.clone(),
        payload_type: own.preferred_payload_type?,
        clock_rate: own.clock_rate,
        channels: own.channels,
        parameters,
        rtcp_feedback: own.rtcp_feedback.clone(),
    })
}

/// What the router may send of this kind; the capture time only where the sender writes it, since it is passed
/// on and never made up.
fn consumable_extensions(
    kind: MediaKind,
    parameters: &RtpParameters,
    capabilities: &RtpCapabilities,
) -> Vec<RtpHeaderExtensionParameters> {
    let sent = |uri: &str| parameters.header_extensions.iter().any(|extension| extension.uri == uri);
    let own = capabilities.header_extensions.iter().filter(|own| {
        own.kind == kind
            && matches!(own.direction.as_deref(), None | Some("sendrecv" | "sendonly"))
            && (own.uri != uri::ABS_CAPTURE_TIME || sent(uri::ABS_CAPTURE_TIME))
    });
    let entry = |own: &rtc_types::ortc::RtpHeaderExtension| RtpHeaderExtensionParameters {
        uri: own.uri.clone(),
        id: own.preferred_id,
        encrypt: own.preferred_encrypt,
        parameters: Map::new(),
    };
    own.map(entry).collect()
}

fn consumable_encodings(parameters: &RtpParameters, mapping: &ProducerMapping) -> Vec<RtpEncodingParameters> {
    let pairs = parameters.encodings.iter().zip(&mapping.encodings);
    let entry = |(encoding, mapped): (&RtpEncodingParameters, &EncodingMapping)| RtpEncodingParameters {
        ssrc: Some(mapped.mapped_ssrc),
        rid: None,
        rtx: None,
        codec_payload_type: None,
        ..encoding.clone()
    };
    pairs.map(entry).collect()
}

/// How a track's streams relate, by its parameters (a sender's or the consumable ones).
pub fn producer_type(parameters: &RtpParameters) -> ProducerType {
    let [only] = parameters.encodings.as_slice() else {
        return if parameters.encodings.is_empty() { ProducerType::Simple } else { ProducerType::Simulcast };
    };
    let mode = parse_scalability_mode(only.scalability_mode.as_deref().unwrap_or_default());
    let layered = mode.spatial > 1 || mode.temporal > 1;
    let codec = parameters.codecs.first().map_or("", |codec| codec.mime_type.as_str());
    let can = ["video/VP9", "video/AV1"].iter().any(|mime| mime.eq_ignore_ascii_case(codec));
    if layered && can { ProducerType::Svc } else { ProducerType::Simple }
}
