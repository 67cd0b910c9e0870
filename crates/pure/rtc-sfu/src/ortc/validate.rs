//! Whether parameters and capabilities make sense at all. Texts end up in other peers' SDP, so that none may
//! hold a line break or another control character.

use super::{
    OrtcError, limits,
    matching::{apt, is_kind, is_rtx},
};
use rtc_types::{
    MediaKind,
    ortc::{RtcpFeedback, RtpCapabilities, RtpCodecParameters, RtpEncodingParameters, RtpParameters},
};
use serde_json::{Map, Value};
use std::collections::HashSet;

type Check = Result<(), OrtcError>;

/// Checks what a receiver says that it can take.
///
/// # Errors
/// [`OrtcError::Invalid`] with the field that is missing, too long or out of range.
pub fn validate_capabilities(capabilities: &RtpCapabilities) -> Check {
    count("codecs", capabilities.codecs.len(), limits::CAPABILITY_CODECS_MAX)?;
    count("headerExtensions", capabilities.header_extensions.len(), limits::CAPABILITY_EXTENSIONS_MAX)?;
    for codec in &capabilities.codecs {
        mime("codec.mimeType", &codec.mime_type, codec.kind)?;
        clock_rate(codec.clock_rate)?;
        if codec.preferred_payload_type.is_some_and(|pt| pt > 127) {
            return Err(OrtcError::invalid("codec.preferredPayloadType is above 127"));
        }
        format_parameters("codec.parameters", &codec.parameters)?;
        feedback(&codec.rtcp_feedback)?;
    }
    for extension in &capabilities.header_extensions {
        extension_uri(&extension.uri)?;
        extension_id(extension.preferred_id)?;
        if let Some(direction) = &extension.direction {
            text("headerExtension.direction", direction, limits::NAME_BYTES_MAX)?;
        }
    }
    Ok(())
}

/// Checks how a sender says that it sends a track.
pub(super) fn validate_parameters(kind: MediaKind, parameters: &RtpParameters) -> Check {
    if let Some(mid) = &parameters.mid {
        token("mid", mid, limits::MID_BYTES_MAX)?;
    }
    codecs(kind, &parameters.codecs)?;
    extensions(parameters)?;
    encodings(parameters)?;
    if let Some(cname) = &parameters.rtcp.cname {
        text("rtcp.cname", cname, limits::TEXT_BYTES_MAX)?;
    }
    if let Some(msid) = &parameters.msid {
        text("msid", msid, limits::TEXT_BYTES_MAX)?;
    }
    Ok(())
}

fn codecs(kind: MediaKind, codecs: &[RtpCodecParameters]) -> Check {
    count("codecs", codecs.len(), limits::CODECS_MAX)?;
    if codecs.first().is_none_or(|codec| is_rtx(&codec.mime_type)) {
        return Err(OrtcError::invalid("codecs does not begin with a media codec"));
    }
    let mut seen = 0_u128;
    for codec in codecs {
        mime("codec.mimeType", &codec.mime_type, kind)?;
        clock_rate(codec.clock_rate)?;
        let pt = codec.payload_type;
        // From 64 to 95 a payload type with its marker looks like RTCP (RFC 5761, section 4).
        if pt > 127 || (64..=95).contains(&pt) {
            return Err(OrtcError::invalid(format!("codec.payloadType {pt} is out of range")));
        }
        if seen & (1 << pt) != 0 {
            return Err(OrtcError::invalid(format!("codec.payloadType {pt} is used twice")));
        }
        seen |= 1 << pt;
        format_parameters("codec.parameters", &codec.parameters)?;
        if is_rtx(&codec.mime_type) && apt(&codec.parameters).is_none() {
            return Err(OrtcError::invalid(format!("the RTX codec {pt} has no apt parameter")));
        }
        feedback(&codec.rtcp_feedback)?;
    }
    Ok(())
}

fn extensions(parameters: &RtpParameters) -> Check {
    let extensions = &parameters.header_extensions;
    count("headerExtensions", extensions.len(), limits::EXTENSIONS_MAX)?;
    let (mut ids, mut uris) = (HashSet::new(), HashSet::new());
    for extension in extensions {
        extension_uri(&extension.uri)?;
        extension_id(extension.id)?;
        format_parameters("headerExtension.parameters", &extension.parameters)?;
        if extension.encrypt {
            return Err(OrtcError::unsupported("encrypted header extensions are not supported"));
        }
        if !ids.insert(extension.id) || !uris.insert(extension.uri.as_str()) {
            return Err(OrtcError::invalid(format!("headerExtension {} is there twice", extension.id)));
        }
    }
    Ok(())
}

fn encodings(parameters: &RtpParameters) -> Check {
    let encodings = &parameters.encodings;
    count("encodings", encodings.len(), limits::ENCODINGS_MAX)?;
    let named = |encoding: &RtpEncodingParameters| encoding.ssrc.is_some() || encoding.rid.is_some();
    match encodings.as_slice() {
        [] => return Err(OrtcError::invalid("encodings is empty")),
        [only] if named(only) || parameters.mid.is_some() => {}
        many if many.iter().all(named) => {}
        _ => return Err(OrtcError::invalid("an encoding has neither ssrc nor rid")),
    }
    let (mut ssrcs, mut rids) = (HashSet::new(), HashSet::new());
    for encoding in encodings {
        for ssrc in encoding.ssrc.into_iter().chain(encoding.rtx.map(|rtx| rtx.ssrc)) {
            if ssrc == 0 || !ssrcs.insert(ssrc) {
                return Err(OrtcError::invalid(format!("SSRC {ssrc} is zero or used twice")));
            }
        }
        if let Some(rid) = &encoding.rid {
            token("encoding.rid", rid, limits::RID_BYTES_MAX)?;
            if !rids.insert(rid) {
                return Err(OrtcError::invalid("encoding.rid is used twice"));
            }
        }
        if let Some(mode) = &encoding.scalability_mode {
            text("encoding.scalabilityMode", mode, limits::SCALABILITY_MODE_BYTES_MAX)?;
        }
        if encoding.scale_resolution_down_by.is_some_and(|scale| !scale.is_finite() || scale < 0.0) {
            return Err(OrtcError::invalid("encoding.scaleResolutionDownBy is out of range"));
        }
        let listed = |pt| parameters.codecs.iter().any(|codec| codec.payload_type == pt);
        if encoding.codec_payload_type.is_some_and(|pt| !listed(pt)) {
            return Err(OrtcError::invalid("encoding.codecPayloadType is none of the codecs"));
        }
    }
    Ok(())
}

fn mime(field: &str, mime: &str, kind: MediaKind) -> Check {
    text(field, mime, limits::NAME_BYTES_MAX)?;
    let kind = match kind {
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
    };
    let name = mime.split_once('/').map_or("", |(_, name)| name);
    let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    match is_kind(mime, kind) && is_token {
        true => Ok(()),
        false => Err(OrtcError::invalid(format!("{field} is not of kind {kind}"))),
    }
}

fn clock_rate(clock_rate: u32) -> Check {
    match clock_rate {
        1..=1_000_000 => Ok(()),
        _ => Err(OrtcError::invalid("codec.clockRate is out of range")),
    }
}

fn feedback(feedback: &[RtcpFeedback]) -> Check {
    count("codec.rtcpFeedback", feedback.len(), limits::FEEDBACK_MAX)?;
    for feedback in feedback {
        text("rtcpFeedback.type", &feedback.kind, limits::NAME_BYTES_MAX)?;
        text("rtcpFeedback.parameter", &feedback.parameter, limits::NAME_BYTES_MAX)?;
        if feedback.kind.is_empty() {
            return Err(OrtcError::invalid("rtcpFeedback.type is empty"));
        }
    }
    Ok(())
}

fn format_parameters(field: &str, parameters: &Map<String, Value>) -> Check {
    count(field, parameters.len(), limits::FORMAT_PARAMETERS_MAX)?;
    for (key, value) in parameters {
        text(field, key, limits::TEXT_BYTES_MAX)?;
        match value {
            Value::Number(_) => {}
            Value::String(value) => text(field, value, limits::TEXT_BYTES_MAX)?,
            _ => {
                return Err(OrtcError::invalid(format!(
                    "{field} has a value that is neither number nor text"
                )));
            }
        }
    }
    Ok(())
}

fn extension_uri(uri: &str) -> Check {
    text("headerExtension.uri", uri, limits::TEXT_BYTES_MAX)?;
    match !uri.is_empty() && uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(()),
        false => Err(OrtcError::invalid("headerExtension.uri is no URI")),
    }
}

/// 0 is padding and 15 is reserved (RFC 8285, section 4.2).
fn extension_id(id: u8) -> Check {
    match id {
        0 | 15 => Err(OrtcError::invalid(format!("headerExtension.id {id} is reserved"))),
        _ => Ok(()),
    }
}

fn count(field: &str, count: usize, max: usize) -> Check {
    match count <= max {
        true => Ok(()),
        false => Err(OrtcError::invalid(format!("{field} has more than {max} entries"))),
    }
}

fn text(field: &str, value: &str, bytes_max: usize) -> Check {
    match value.len() <= bytes_max && !value.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(OrtcError::invalid(format!("{field} is too long or has control characters"))),
    }
}

fn token(field: &str, value: &str, bytes_max: usize) -> Check {
    let is_token = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
    match is_token && value.len() <= bytes_max {
        true => Ok(()),
        false => Err(OrtcError::invalid(format!("{field} is not 1–{bytes_max} visible ASCII characters"))),
    }
}
