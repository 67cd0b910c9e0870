//! `a=` lines. A reason is given where one cannot be read; unknown ones are passed over.

use super::{
    SdpError,
    model::{Direction, Extension, Media, Rid, Session, Setup, SsrcGroup, TransportAttributes},
    parse::Refusal,
};
use crate::ortc::limits;
use rtc_types::ortc::{DtlsFingerprint, IceCandidate, RtcpFeedback};
use serde_json::{Map, Value};

/// Fingerprints, RIDs, SSRC groups of one section.
const FEW: usize = 32;
/// SSRCs, candidates, header extensions of one section.
const SOME: usize = 64;

type Read = Result<(), Refusal>;

pub(super) fn session_attribute(session: &mut Session, name: &str, value: &str) -> Read {
    match name {
        "ice-lite" => session.ice_lite = true,
        "extmap-allow-mixed" => session.extmap_allow_mixed = true,
        "group" => group(session, value)?,
        _ => match Direction::from_name(name) {
            Some(direction) => session.direction = direction,
            None => transport_attribute(&mut session.transport, name, value)?,
        },
    }
    Ok(())
}

/// The first bundle counts: we have one transport a connection.
fn group(session: &mut Session, value: &str) -> Read {
    let mut words = value.split_ascii_whitespace();
    if words.next() == Some("BUNDLE") && session.bundle.is_empty() {
        session.bundle = words.map(str::to_owned).collect();
        if session.bundle.len() > super::SECTIONS_MAX {
            return Err(Refusal::Session(SdpError::TooMany("bundled sections")));
        }
    }
    Ok(())
}

fn transport_attribute(transport: &mut TransportAttributes, name: &str, value: &str) -> Read {
    match name {
        "ice-ufrag" => transport.ufrag = Some(ice_chars(value, 4)?),
        "ice-pwd" => transport.pwd = Some(ice_chars(value, 22)?),
        "fingerprint" => {
            few("fingerprints", transport.fingerprints.len(), FEW)?;
            transport.fingerprints.push(fingerprint(value)?);
        }
        "setup" => {
            transport.setup = Some(match value {
                "actpass" => Setup::ActPass,
                "active" => Setup::Active,
                "passive" => Setup::Passive,
                _ => return Err(Refusal::Line("the setup is not actpass, active or passive")),
            });
        }
        _ => {}
    }
    Ok(())
}

/// RFC 8839, section 5.4.
fn ice_chars(value: &str, min: usize) -> Result<String, Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    match (min..=256).contains(&value.len()) && value.bytes().all(allowed) {
        true => Ok(value.to_owned()),
        false => Err(Refusal::Line("the ICE credentials are too short, too long or of other characters")),
    }
}

/// `<algorithm> <hexadecimal bytes, joined by colons>` (RFC 8122), of at most 64 bytes.
fn fingerprint(value: &str) -> Result<DtlsFingerprint, Refusal> {
    let is_byte = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (algorithm, value) = value.split_once(' ').ok_or("the fingerprint is empty")?;
    let bytes = value.split(':').take(65).filter(|byte| is_byte(byte)).count();
    if !(16..=64).contains(&bytes) || value.len() != bytes * 3 - 1 || algorithm.len() > 16 {
        return Err(Refusal::Line("the fingerprint is not 16 to 64 hexadecimal bytes"));
    }
    Ok(DtlsFingerprint { algorithm: algorithm.to_ascii_lowercase(), value: value.to_ascii_uppercase() })
}

pub(super) fn media_attribute(media: &mut Media, name: &str, value: &str) -> Read {
    match name {
        "mid" => media.mid = name_of(value, limits::MID_BYTES_MAX).ok_or("the mid is no name")?,
        "rtpmap" => rtpmap(media, value)?,
        "fmtp" => fmtp(media, value)?,
        "rtcp-fb" => rtcp_fb(media, value)?,
        "extmap" => extmap(media, value)?,
        "rid" => rid(media, value)?,
        "simulcast" => simulcast(media, value)?,
        "ssrc" => ssrc(media, value)?,
        "ssrc-group" => ssrc_group(media, value)?,
        "msid" => media.msid = Some(short(value)?),
        "rtcp-mux" => media.rtcp_mux = true,
        "rtcp-rsize" => media.rtcp_rsize = true,
        "bundle-only" => media.rejected = false,
        "extmap-allow-mixed" => media.extmap_allow_mixed = true,
        "end-of-candidates" => media.end_of_candidates = true,
        "candidate" => {
            let known = candidate(value).filter(|_| media.candidates.len() < SOME);
            media.candidates.extend(known);
        }
        "sctp-port" => {
            media.sctp_port = Some(value.trim().parse().map_err(|_| "the SCTP port is no number")?);
        }
        "max-message-size" => {
            let size = value.trim().parse().map_err(|_| "the message size is no number")?;
            media.max_message_size = Some(size);
        }
        _ => match Direction::from_name(name) {
            Some(direction) => media.direction = direction,
            None => transport_attribute(&mut media.transport, name, value)?,
        },
    }
    Ok(())
}

/// `<payload type> <name>/<clock rate>[/<channels>]`. Numbers that the `m=` line has not are passed over, here
/// and below: Firefox leaves such lines behind.
fn rtpmap(media: &mut Media, value: &str) -> Read {
    let kind = match media.kind.rtp() {
        Some(rtc_types::MediaKind::Audio) => "audio",
        Some(rtc_types::MediaKind::Video) => "video",
        None => return Ok(()),
    };
    let (pt, encoding) = payload_type(value)?;
    let mut parts = encoding.split('/');
    let name = parts.next().and_then(|name| name_of(name, limits::NAME_BYTES_MAX - 6));
    let name = name.ok_or("the codec has no name")?;
    let clock_rate = parts.next().and_then(|rate| rate.trim().parse().ok());
    let clock_rate = clock_rate.ok_or("the codec has no clock rate")?;
    let channels = parts.next().map(|channels| channels.trim().parse()).transpose();
    let channels = channels.map_err(|_| "the channels are no number")?;
    if let Some(codec) = media.codecs.iter_mut().find(|codec| Some(codec.payload_type) == pt) {
        codec.mime_type = format!("{kind}/{name}");
        codec.clock_rate = clock_rate;
        codec.channels = (kind == "audio").then(|| channels.unwrap_or(1));
    }
    Ok(())
}

/// `<payload type> <key>[=<value>];…`. What has no value (`0-15`, `111/111`) is a key.
fn fmtp(media: &mut Media, value: &str) -> Read {
    let (pt, format) = payload_type(value)?;
    let Some(codec) = media.codecs.iter_mut().find(|codec| Some(codec.payload_type) == pt) else {
        return Ok(());
    };
    let mut parameters = Map::new();
    for part in format.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        few("format parameters", parameters.len(), limits::FORMAT_PARAMETERS_MAX)?;
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (short(key.trim())?, short(value.trim())?);
        let number = value.parse::<i64>().ok().filter(|number| number.to_string() == value);
        // Six hexadecimal digits stay a text, whatever they are.
        let number = number.filter(|_| key != "profile-level-id");
        parameters.insert(key, number.map_or(Value::from(value), Value::from));
    }
    codec.parameters = parameters;
    Ok(())
}

/// `<payload type or *> <type> [<parameter>]`.
fn rtcp_fb(media: &mut Media, value: &str) -> Read {
    let (pt, feedback) = payload_type(value)?;
    let (kind, parameter) = feedback.split_once(' ').unwrap_or((feedback, ""));
    let max = limits::NAME_BYTES_MAX;
    if kind.is_empty() || kind.len() > max || parameter.len() > max {
        return Err(Refusal::Line("the feedback is empty or too long"));
    }
    let feedback = RtcpFeedback { kind: kind.to_owned(), parameter: parameter.trim().to_owned() };
    let list = match pt {
        None => Some(&mut media.feedback_of_all),
        pt => {
            let mut codecs = media.codecs.iter_mut();
            codecs.find(|codec| Some(codec.payload_type) == pt).map(|codec| &mut codec.rtcp_feedback)
        }
    };
    if let Some(list) = list {
        add_feedback(list, &feedback);
    }
    Ok(())
}

/// Adds what is not there yet, as long as there is room.
pub(super) fn add_feedback(list: &mut Vec<RtcpFeedback>, feedback: &RtcpFeedback) {
    if list.len() < limits::FEEDBACK_MAX && !list.contains(feedback) {
        list.push(feedback.clone());
    }
}

/// The payload type (`None` for `*`) and what follows it.
fn payload_type(value: &str) -> Result<(Option<u8>, &str), Refusal> {
    let (pt, rest) = value.split_once(' ').ok_or("nothing follows the payload type")?;
    if pt == "*" {
        return Ok((None, rest.trim()));
    }
    let pt = pt.parse().ok().filter(|pt| *pt <= 127).ok_or("a payload type is not 0 to 127")?;
    Ok((Some(pt), rest.trim()))
}

/// `<id>[/<direction>] <uri> [<attributes>]`.
fn extmap(media: &mut Media, value: &str) -> Read {
    let mut words = value.split_ascii_whitespace();
    let (id, uri) = words.next().zip(words.next()).ok_or("the header extension has no name")?;
    let (id, direction) = id.split_once('/').unwrap_or((id, "sendrecv"));
    let direction = Direction::from_name(direction).ok_or("the direction is none")?;
    let id: u16 = id.parse().map_err(|_| "the header extension has no number")?;
    few("header extensions", media.extensions.len(), SOME)?;
    match u8::try_from(id) {
        Ok(0 | 15) => return Err(Refusal::Line("the header extension's number is reserved")),
        Ok(id) => media.extensions.push(Extension { id, uri: short(uri)?, direction }),
        // From 4096 on, numbers are placeholders for the answerer to change (RFC 8285, section 6).
        Err(_) => {}
    }
    Ok(())
}

/// `<id> send|recv [<restrictions>]`.
fn rid(media: &mut Media, value: &str) -> Read {
    let mut words = value.split_ascii_whitespace();
    let id = words.next().and_then(|id| name_of(id, limits::RID_BYTES_MAX)).ok_or("the rid is no name")?;
    let send = match words.next() {
        Some("send") => true,
        Some("recv") => false,
        _ => return Err(Refusal::Line("the rid is neither sent nor received")),
    };
    few("rids", media.rids.len(), FEW)?;
    if media.rids.iter().any(|rid| rid.id == id) {
        return Err(Refusal::Session(SdpError::Twice("rid")));
    }
    media.rids.push(Rid { id, send });
    Ok(())
}

/// `send <list> [recv <list>]`, lists being `a;b,~c`: semicolons part streams, commas alternatives, `~` is paused.
fn simulcast(media: &mut Media, value: &str) -> Read {
    let mut words = value.split_ascii_whitespace();
    while let (Some(direction), Some(list)) = (words.next(), words.next()) {
        let streams = list.split(';').take(FEW);
        let first = |stream: &str| {
            let first = stream.split(',').next().unwrap_or_default();
            name_of(first.trim_start_matches('~'), limits::RID_BYTES_MAX)
        };
        let streams: Option<Vec<String>> = streams.map(first).collect();
        let streams = streams.ok_or("the simulcast names no rids")?;
        let distinct: std::collections::HashSet<_> = streams.iter().collect();
        if distinct.len() != streams.len() {
            return Err(Refusal::Session(SdpError::Twice("rid")));
        }
        match direction {
            "send" => media.simulcast_send = streams,
            "recv" => media.simulcast_recv = streams,
            _ => return Err(Refusal::Line("the simulcast is neither sent nor received")),
        }
    }
    Ok(())
}

/// `<ssrc> <attribute>[:<value>]`.
fn ssrc(media: &mut Media, value: &str) -> Read {
    let (ssrc, attribute) = value.split_once(' ').unwrap_or((value, ""));
    let ssrc = ssrc.parse().map_err(|_| "the SSRC is no number")?;
    if !media.ssrcs.contains(&ssrc) {
        few("SSRCs", media.ssrcs.len(), SOME)?;
        media.ssrcs.push(ssrc);
    }
    match attribute.split_once(':') {
        Some(("cname", cname)) if media.cname.is_none() => media.cname = Some(short(cname)?),
        Some(("msid", msid)) if media.msid.is_none() => media.msid = Some(short(msid)?),
        _ => {}
    }
    Ok(())
}

fn ssrc_group(media: &mut Media, value: &str) -> Read {
    let mut words = value.split_ascii_whitespace();
    let semantics = words.next().ok_or("the SSRC group has no meaning")?;
    let ssrcs = words.take(FEW).map(str::parse).collect::<Result<Vec<u32>, _>>();
    let ssrcs = ssrcs.map_err(|_| "the SSRC is no number")?;
    if matches!(semantics, "FID" | "SIM") {
        few("SSRC groups", media.ssrc_groups.len(), FEW)?;
        media.ssrc_groups.push(SsrcGroup { semantics: semantics.to_owned(), ssrcs });
    }
    Ok(())
}

/// `<foundation> <component> <protocol> <priority> <address> <port> typ <type> [tcptype <type>]` (RFC 8839).
fn candidate(value: &str) -> Option<IceCandidate> {
    let mut words = value.split_ascii_whitespace();
    let (foundation, component, protocol) = (words.next()?, words.next()?, words.next()?);
    let (priority, address, port) = (words.next()?, words.next()?, words.next()?);
    let kind = (words.next()? == "typ").then(|| words.next())??;
    let mut tcp_type = None;
    while let (Some(key), Some(value)) = (words.next(), words.next()) {
        if key == "tcptype" {
            tcp_type = Some(value.to_owned());
        }
    }
    let text_is_short = value.len() <= 512;
    (component == "1" && text_is_short).then_some(())?;
    Some(IceCandidate {
        foundation: foundation.to_owned(),
        priority: priority.parse().ok()?,
        ip: address.to_owned(),
        address: address.to_owned(),
        protocol: protocol.to_ascii_lowercase(),
        port: port.parse().ok()?,
        kind: kind.to_owned(),
        tcp_type,
    })
}

fn few(what: &'static str, count: usize, max: usize) -> Read {
    match count < max {
        true => Ok(()),
        false => Err(Refusal::Session(SdpError::TooMany(what))),
    }
}

fn short(value: &str) -> Result<String, Refusal> {
    match value.len() <= limits::TEXT_BYTES_MAX {
        true => Ok(value.to_owned()),
        false => Err(Refusal::Line("a value is too long")),
    }
}

/// A word of visible ASCII characters that part nothing in the lines where it is used again.
fn name_of(value: &str, bytes_max: usize) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'/');
    let is_name = !value.is_empty() && value.len() <= bytes_max && value.bytes().all(allowed);
    is_name.then(|| value.to_owned())
}
