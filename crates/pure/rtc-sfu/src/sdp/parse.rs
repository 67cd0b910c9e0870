//! From text to a [`Session`]: lines, limits, and what must be distinct.

use super::{
    LINES_MAX, SDP_BYTES_MAX, SECTIONS_MAX, SdpError,
    attribute::{add_feedback, media_attribute, session_attribute},
    model::{Direction, Media, MediaType, Session, TransportAttributes},
};
use rtc_types::{MediaKind, ortc::RtpCodecParameters};
use serde_json::Map;
use std::collections::HashSet;

/// Payload types of one section.
const FORMATS_MAX: usize = 128;

/// Reads an offer or an answer. Attributes that are not known are passed over.
///
/// # Errors
/// See [`SdpError`]: limits, lines that are none, payload types above 127, mids, RIDs or payload types that are
/// there twice, fingerprints that are none.
pub fn parse(text: &str) -> Result<Session, SdpError> {
    if text.len() > SDP_BYTES_MAX {
        return Err(SdpError::TooLong);
    }
    let mut session = Session::default();
    let mut begun = false;
    for (index, line) in text.lines().enumerate() {
        if index >= LINES_MAX {
            return Err(SdpError::TooMany("lines"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        read_line(&mut session, line, &mut begun).map_err(|reason| match reason {
            Refusal::Line(reason) => SdpError::Line { line: index + 1, reason },
            Refusal::Session(error) => error,
        })?;
    }
    if !begun {
        return Err(SdpError::Missing("v= line"));
    }
    finish(&mut session)?;
    Ok(session)
}

/// Why a line is not taken: its own fault, or the session's.
pub(super) enum Refusal {
    Line(&'static str),
    Session(SdpError),
}

impl From<&'static str> for Refusal {
    fn from(reason: &'static str) -> Self {
        Self::Line(reason)
    }
}

fn read_line(session: &mut Session, line: &str, begun: &mut bool) -> Result<(), Refusal> {
    if line.chars().any(char::is_control) {
        return Err(Refusal::Line("it has control characters"));
    }
    let (key, value) = line.split_once('=').ok_or("it is not <letter>=<value>")?;
    if key.len() != 1 {
        return Err(Refusal::Line("it is not <letter>=<value>"));
    }
    match (key, *begun) {
        ("v", _) => {
            if value != "0" {
                return Err(Refusal::Line("the version is not 0"));
            }
            *begun = true;
        }
        (_, false) => return Err(Refusal::Line("the session does not begin with v=0")),
        ("m", _) => {
            if session.media.len() >= SECTIONS_MAX {
                return Err(Refusal::Session(SdpError::TooMany("media sections")));
            }
            let media = media_line(value, session.direction)?;
            session.media.push(media);
        }
        ("a", _) => {
            let (name, value) = value.split_once(':').unwrap_or((value, ""));
            match session.media.last_mut() {
                Some(media) => media_attribute(media, name, value)?,
                None => session_attribute(session, name, value)?,
            }
        }
        _ => {}
    }
    Ok(())
}

/// `<kind> <port> <protocol> <format> …`
fn media_line(value: &str, direction: Direction) -> Result<Media, Refusal> {
    let mut words = value.split_ascii_whitespace();
    let (kind, port, protocol) = match (words.next(), words.next(), words.next()) {
        (Some(kind), Some(port), Some(protocol)) => (kind, port, protocol),
        _ => return Err(Refusal::Line("the m= line is too short")),
    };
    let port = port.split_once('/').map_or(port, |(port, _)| port);
    let port: u16 = port.parse().map_err(|_| Refusal::Line("the port is no number"))?;
    let kind = match kind {
        "audio" => MediaType::Audio,
        "video" => MediaType::Video,
        "application" => MediaType::Application,
        _ => MediaType::Other,
    };
    let formats: Vec<String> = words.take(FORMATS_MAX + 1).map(str::to_owned).collect();
    if formats.len() > FORMATS_MAX {
        return Err(Refusal::Session(SdpError::TooMany("payload types")));
    }
    let codecs = match kind.rtp() {
        Some(kind) => codecs(&formats, kind)?,
        None => Vec::new(),
    };
    Ok(Media { kind, codecs, formats, ..empty_media(port, protocol, direction) })
}

fn empty_media(port: u16, protocol: &str, direction: Direction) -> Media {
    Media {
        mid: String::new(),
        kind: MediaType::Other,
        protocol: protocol.to_owned(),
        formats: Vec::new(),
        rejected: port == 0,
        direction,
        codecs: Vec::new(),
        extensions: Vec::new(),
        extmap_allow_mixed: false,
        rids: Vec::new(),
        simulcast_send: Vec::new(),
        simulcast_recv: Vec::new(),
        ssrcs: Vec::new(),
        ssrc_groups: Vec::new(),
        cname: None,
        msid: None,
        rtcp_mux: false,
        rtcp_rsize: false,
        candidates: Vec::new(),
        end_of_candidates: false,
        sctp_port: None,
        max_message_size: None,
        transport: TransportAttributes::default(),
        feedback_of_all: Vec::new(),
    }
}

/// The codecs of the `m=` line: names follow in `a=rtpmap`, but for the numbers that have one of old (RFC 3551).
fn codecs(formats: &[String], kind: MediaKind) -> Result<Vec<RtpCodecParameters>, Refusal> {
    let mut seen = 0_u128;
    let mut codecs = Vec::with_capacity(formats.len());
    for format in formats {
        let pt: u8 = format.parse().ok().filter(|pt| *pt <= 127).ok_or("a payload type is not 0 to 127")?;
        if seen & (1 << pt) != 0 {
            return Err(Refusal::Session(SdpError::Twice("payload type")));
        }
        seen |= 1 << pt;
        let (mime, clock_rate) = match pt {
            _ if kind != MediaKind::Audio => ("", 0),
            0 => ("audio/PCMU", 8_000),
            8 => ("audio/PCMA", 8_000),
            9 => ("audio/G722", 8_000),
            _ => ("", 0),
        };
        codecs.push(RtpCodecParameters {
            mime_type: mime.to_owned(),
            payload_type: pt,
            clock_rate,
            channels: (clock_rate > 0).then_some(1),
            parameters: Map::new(),
            rtcp_feedback: Vec::new(),
        });
    }
    Ok(codecs)
}

/// What only the whole can tell.
fn finish(session: &mut Session) -> Result<(), SdpError> {
    let mut mids = HashSet::new();
    for media in &mut session.media {
        // Numbers without a name mean nothing.
        media.codecs.retain(|codec| !codec.mime_type.is_empty());
        let feedback_of_all = std::mem::take(&mut media.feedback_of_all);
        for codec in &mut media.codecs {
            feedback_of_all.iter().for_each(|feedback| add_feedback(&mut codec.rtcp_feedback, feedback));
        }
        media.extmap_allow_mixed |= session.extmap_allow_mixed;
        match media.mid.as_str() {
            "" if media.rejected => {}
            "" => return Err(SdpError::Missing("mid in every section")),
            mid if mids.insert(mid) => {}
            _ => return Err(SdpError::Twice("mid")),
        }
    }
    Ok(())
}
