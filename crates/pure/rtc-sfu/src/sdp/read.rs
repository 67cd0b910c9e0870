//! From sections to the ORTC model.

use super::{
    SdpError,
    model::{Direction, Media, Session},
};
use crate::{
    ortc::{Numbers, codec_matches, router_capabilities, rtx_serves},
    rtp::uri,
};
use rtc_types::{
    MediaKind,
    ortc::{
        RtcpParameters, RtpCapabilities, RtpCodecCapability, RtpCodecParameters, RtpEncodingParameters,
        RtpHeaderExtension, RtpHeaderExtensionParameters, RtpParameters, RtxParameters,
    },
};
use serde_json::Map;

/// How a section of a publish offer sends its track, for [`crate::ortc::validate_producer`] and
/// [`super::answer`]: in the offer's numbers, with the first codec of the offer that the router has (and its
/// RTX), so that the sender has no other to change to. RED comes with Opus where the offer prefers it.
///
/// Streams are named by RID where the offer names them so, else by SSRC, else by the mid alone.
///
/// # Errors
/// [`SdpError::NoCodec`] where the router has none of the codecs, [`SdpError::Missing`] for a section of data.
pub fn producer_parameters(media: &Media) -> Result<RtpParameters, SdpError> {
    let kind = media.kind.rtp().ok_or(SdpError::Missing("track in a section of data"))?;
    let extensions: Vec<_> = common_extensions(media, kind).collect();
    let transport_cc = extensions.iter().any(|extension| extension.uri == uri::TRANSPORT_CC);
    let mut codecs = chosen_codecs(media);
    if codecs.is_empty() {
        return Err(SdpError::NoCodec);
    }
    for codec in &mut codecs {
        keep_known_feedback(codec, transport_cc);
    }
    let rtx = codecs.iter().any(|codec| codec.mime_type.eq_ignore_ascii_case("video/rtx"));
    Ok(RtpParameters {
        mid: Some(media.mid.clone()),
        codecs,
        header_extensions: extensions,
        encodings: encodings(media, rtx),
        rtcp: RtcpParameters { cname: media.cname.clone(), reduced_size: media.rtcp_rsize },
        msid: media.msid.clone(),
    })
}

/// The router's twin of a section's codec.
fn router_codec(codec: &RtpCodecParameters) -> Option<&'static RtpCodecCapability> {
    let is_rtx = codec.mime_type.eq_ignore_ascii_case("video/rtx");
    router_capabilities().codecs.iter().find(|own| !is_rtx && codec_matches(codec, *own))
}

fn chosen_codecs(media: &Media) -> Vec<RtpCodecParameters> {
    let mut known = media.codecs.iter().filter(|codec| router_codec(codec).is_some());
    let Some(first) = known.next() else { return Vec::new() };
    let second = if first.mime_type.eq_ignore_ascii_case("audio/red") {
        match known.find(|codec| codec.mime_type.eq_ignore_ascii_case("audio/opus")) {
            // Redundant audio of nothing that we know.
            None => return known_without_red(media),
            opus => opus,
        }
    } else {
        media.codecs.iter().find(|codec| rtx_serves(codec, first.payload_type))
    };
    [first].into_iter().chain(second).cloned().collect()
}

fn known_without_red(media: &Media) -> Vec<RtpCodecParameters> {
    let mut known = media.codecs.iter().filter(|codec| router_codec(codec).is_some());
    known.find(|codec| !codec.mime_type.eq_ignore_ascii_case("audio/red")).cloned().into_iter().collect()
}

/// Feedback that both have; of the two ways to control congestion, the better.
fn keep_known_feedback(codec: &mut RtpCodecParameters, transport_cc: bool) {
    let own = router_codec(codec).map(|own| own.rtcp_feedback.as_slice()).unwrap_or_default();
    codec.rtcp_feedback.retain(|feedback| {
        own.contains(feedback)
            && match feedback.kind.as_str() {
                "transport-cc" => transport_cc,
                "goog-remb" => !transport_cc,
                _ => true,
            }
    });
}

/// The extensions that the offer would send and the router takes, under the offer's numbers.
fn common_extensions(
    media: &Media,
    kind: MediaKind,
) -> impl Iterator<Item = RtpHeaderExtensionParameters> + '_ {
    let takes = move |uri: &str| {
        let mut own = router_capabilities().header_extensions.iter();
        own.any(|own| own.kind == kind && own.uri == uri && own.direction.as_deref() != Some("sendonly"))
    };
    let mut seen = (Vec::new(), Vec::new());
    let sent = media.extensions.iter().filter(move |theirs| {
        let usable = theirs.direction.sends() && takes(&theirs.uri);
        let fresh = !seen.0.contains(&theirs.id) && !seen.1.contains(&theirs.uri.as_str());
        if usable && fresh {
            seen.0.push(theirs.id);
            seen.1.push(theirs.uri.as_str());
        }
        usable && fresh
    });
    sent.map(|theirs| RtpHeaderExtensionParameters {
        uri: theirs.uri.clone(),
        id: theirs.id,
        encrypt: false,
        parameters: Map::new(),
    })
}

fn encodings(media: &Media, rtx: bool) -> Vec<RtpEncodingParameters> {
    let sent = |id: &String| media.rids.iter().any(|rid| rid.send && rid.id == *id);
    let rids: Vec<&String> = media.simulcast_send.iter().filter(|id| sent(id)).collect();
    if !rids.is_empty() {
        let of = |rid: &String| RtpEncodingParameters { rid: Some(rid.clone()), ..Default::default() };
        return rids.into_iter().map(of).collect();
    }
    let repairs = |ssrc: u32| {
        let pairs = media.ssrc_groups.iter().filter(|group| group.semantics == "FID");
        let mut pairs = pairs.filter_map(|group| group.ssrcs.first().zip(group.ssrcs.get(1)));
        pairs.find(|(first, _)| **first == ssrc).map(|(_, repair)| RtxParameters { ssrc: *repair })
    };
    let of = |ssrc: u32| RtpEncodingParameters {
        ssrc: Some(ssrc),
        rtx: repairs(ssrc).filter(|_| rtx),
        ..Default::default()
    };
    match media.ssrc_groups.iter().find(|group| group.semantics == "SIM") {
        Some(group) if !group.ssrcs.is_empty() => group.ssrcs.iter().map(|ssrc| of(*ssrc)).collect(),
        _ => vec![media.ssrcs.first().map_or_else(RtpEncodingParameters::default, |ssrc| of(*ssrc))],
    }
}

/// What the side that wrote a session can receive, in the router's numbers: for
/// [`crate::ortc::consumer_parameters`]. Kinds of which the session has no section are not in it.
pub fn capabilities(session: &Session) -> RtpCapabilities {
    let mut codecs: Vec<RtpCodecCapability> = Vec::new();
    for own in &router_capabilities().codecs {
        let sections = session.media.iter().filter(|media| media.kind.rtp() == Some(own.kind));
        let found = sections.flat_map(|media| media.codecs.iter().map(move |codec| (media, codec)));
        let is_rtx = own.mime_type == "video/rtx";
        let mut found = found.filter(|(_, codec)| !is_rtx && codec_matches(*codec, own));
        if let Some((media, codec)) = found.next() {
            let feedback = codec.rtcp_feedback.iter().filter(|feedback| own.rtcp_feedback.contains(feedback));
            codecs.push(RtpCodecCapability { rtcp_feedback: feedback.cloned().collect(), ..own.clone() });
            let repaired = media.codecs.iter().any(|rtx| rtx_serves(rtx, codec.payload_type));
            let mut rtx = router_capabilities()
                .codecs
                .iter()
                .filter(|rtx| own.preferred_payload_type.is_some_and(|pt| rtx_capability_serves(rtx, pt)));
            codecs.extend(rtx.next().filter(|_| repaired).cloned());
        }
    }
    let takes = |own: &&RtpHeaderExtension| {
        let sections = session.media.iter().filter(|media| media.kind.rtp() == Some(own.kind));
        let mut theirs = sections.flat_map(|media| &media.extensions);
        theirs.any(|theirs| theirs.uri == own.uri && theirs.direction != Direction::SendOnly)
    };
    let extensions = router_capabilities().header_extensions.iter().filter(takes);
    RtpCapabilities { codecs, header_extensions: extensions.cloned().collect() }
}

/// How a section of the client's offer can receive a track: what of the router's it takes, for
/// [`crate::Engine::consume_numbered`], and under which numbers of its own.
pub fn receiver(media: &Media) -> (RtpCapabilities, Numbers) {
    let session = Session { media: vec![media.clone()], ..Session::default() };
    let capabilities = capabilities(&session);
    let mut payload_types = Vec::new();
    for own in capabilities.codecs.iter().filter(|own| own.mime_type != "video/rtx") {
        let theirs = media.codecs.iter().find(|theirs| codec_matches(*theirs, own));
        let Some((own, theirs)) = own.preferred_payload_type.zip(theirs) else { continue };
        payload_types.push((own, theirs.payload_type));
        let own_rtx = capabilities.codecs.iter().find(|rtx| rtx_capability_serves(rtx, own));
        let their_rtx = media.codecs.iter().find(|rtx| rtx_serves(rtx, theirs.payload_type));
        let own_rtx = own_rtx.and_then(|rtx| rtx.preferred_payload_type);
        payload_types.extend(own_rtx.zip(their_rtx.map(|rtx| rtx.payload_type)));
    }
    let extensions = capabilities.header_extensions.iter().filter_map(|own| {
        let theirs =
            media.extensions.iter().find(|theirs| theirs.uri == own.uri && theirs.direction.receives());
        Some((own.preferred_id, theirs?.id))
    });
    let numbers = Numbers::new(payload_types, extensions);
    (capabilities, numbers)
}

fn rtx_capability_serves(rtx: &RtpCodecCapability, payload_type: u8) -> bool {
    rtx.mime_type == "video/rtx" && crate::ortc::apt(&rtx.parameters) == Some(payload_type)
}
