//! The answer to a client's offer: we receive what it sends, and send in sections that it would receive on.

use super::{
    model::{Direction, Media, MediaType, Session, Setup},
    write::{Origin, Role, TransportDescription, Writer, formats, word},
};
use rtc_types::ortc::RtpParameters;

/// What we make of one section of the offer.
#[derive(Clone, Copy, Debug, Default)]
pub struct MediaAnswer<'a> {
    /// The parameters that the producer was made with ([`super::producer_parameters`]); `None` rejects the
    /// section. Not read for data channels, which are taken if the transport carries them.
    pub accepted: Option<&'a RtpParameters>,
    /// The track that we send in it; the section's direction lets us. [`Self::accepted`] is not read then.
    pub sent: Option<SentTrack<'a>>,
}

/// A track that is sent in a section of the client's offer.
#[derive(Clone, Copy, Debug)]
pub struct SentTrack<'a> {
    /// In the offer's numbers ([`crate::ortc::Numbers::translate`]).
    pub parameters: &'a RtpParameters,
    /// As the page is to see the stream (RFC 8830).
    pub stream: &'a str,
    /// As the page is to see the track.
    pub track: &'a str,
}

/// Writes the answer to an offer. Sections are answered in the offer's order and in its numbers; those that have no
/// [`MediaAnswer`], do not bundle, or lack RTCP multiplexing are rejected. A section that the client does not send
/// on (now) is answered inactive.
pub fn answer(
    offer: &Session,
    answers: &[MediaAnswer<'_>],
    transport: &TransportDescription,
    origin: Origin,
) -> String {
    let setup = if offer.setup() == Setup::Passive { "active" } else { "passive" };
    let accepted = |(index, media): (usize, &Media)| {
        let answer = answers.get(index).copied().unwrap_or_default();
        is_taken(offer, media, &answer, transport).then_some(answer)
    };
    let taken: Vec<Option<MediaAnswer<'_>>> = offer.media.iter().enumerate().map(accepted).collect();
    let pairs = || offer.media.iter().zip(&taken);
    let in_use: Vec<&str> =
        pairs().filter(|(_, taken)| taken.is_some()).map(|(media, _)| media.mid.as_str()).collect();
    let bundle = if offer.bundle.is_empty() { &[] } else { in_use.as_slice() };
    let mut writer = Writer::new(origin, bundle, false);
    for (media, taken) in pairs() {
        let role = Role { setup, first: in_use.first() == Some(&media.mid.as_str()) };
        match taken {
            None => reject(&mut writer, media),
            Some(MediaAnswer { sent: Some(sent), .. }) => send(&mut writer, media, sent, transport, role),
            Some(MediaAnswer { accepted: Some(parameters), .. }) if media.kind != MediaType::Application => {
                receive(&mut writer, media, parameters, transport, role);
            }
            Some(_) => {
                writer.data(&media.mid, transport, role);
            }
        }
    }
    writer.finish()
}

fn is_taken(
    offer: &Session,
    media: &Media,
    answer: &MediaAnswer<'_>,
    transport: &TransportDescription,
) -> bool {
    let secure_rtp = media.protocol.contains("RTP/SAVP") && media.rtcp_mux;
    let usable = match media.kind {
        MediaType::Audio | MediaType::Video => {
            let sends = answer.sent.is_some() && media.direction.receives();
            secure_rtp && (sends || answer.sent.is_none() && answer.accepted.is_some())
        }
        MediaType::Application => media.protocol == "UDP/DTLS/SCTP" && transport.sctp.is_some(),
        MediaType::Other => false,
    };
    usable && !media.rejected && offer.is_bundled(media)
}

fn reject(writer: &mut Writer, media: &Media) {
    let kind = match media.kind {
        MediaType::Audio => "audio",
        MediaType::Video => "video",
        MediaType::Application => "application",
        // The name itself was not kept; an `m=` line has to have one.
        MediaType::Other => "message",
    };
    let formats = if media.formats.is_empty() { "0".to_owned() } else { media.formats.join(" ") };
    writer.rejected(kind, &media.protocol, &formats, &media.mid);
}

fn send(
    writer: &mut Writer,
    media: &Media,
    sent: &SentTrack<'_>,
    transport: &TransportDescription,
    role: Role,
) {
    let kind = if media.kind == MediaType::Audio { "audio" } else { "video" };
    let head = format!("{kind} 9 {} {}", media.protocol, formats(&sent.parameters.codecs));
    writer.section(&head, &media.mid, transport, role);
    if media.extmap_allow_mixed {
        writer.line(format_args!("a=extmap-allow-mixed"));
    }
    writer.track(sent.parameters, &word(sent.stream), &word(sent.track));
    writer.codecs(&sent.parameters.codecs);
}

fn receive(
    writer: &mut Writer,
    media: &Media,
    parameters: &RtpParameters,
    transport: &TransportDescription,
    role: Role,
) {
    let kind = if media.kind == MediaType::Audio { "audio" } else { "video" };
    let head = format!("{kind} 9 {} {}", media.protocol, formats(&parameters.codecs));
    writer.section(&head, &media.mid, transport, role);
    let sends = media.direction.sends();
    writer.direction(if sends { Direction::RecvOnly } else { Direction::Inactive });
    writer.rtcp(media.rtcp_rsize);
    if media.extmap_allow_mixed {
        writer.line(format_args!("a=extmap-allow-mixed"));
    }
    for extension in &parameters.header_extensions {
        let offered = media.extensions.iter().find(|offered| offered.id == extension.id);
        let direction = match offered.map(|offered| offered.direction) {
            Some(Direction::SendOnly) => Direction::RecvOnly,
            _ => Direction::SendRecv,
        };
        writer.extension(extension.id, direction, &extension.uri);
    }
    writer.codecs(&parameters.codecs);
    let rids: Vec<&str> =
        parameters.encodings.iter().filter_map(|encoding| encoding.rid.as_deref()).collect();
    for rid in &rids {
        writer.line(format_args!("a=rid:{rid} recv"));
    }
    if !rids.is_empty() {
        writer.line(format_args!("a=simulcast:recv {}", rids.join(";")));
    }
}
