//! Our offers to a client that subscribes.
//!
//! Sections are never taken out and never change their place (RFC 9429, section 5.2.2). A track that ends leaves
//! its section inactive; when the client has answered that, the section serves another track of the same kind. A
//! section that the client rejected is dead, but its place serves a new one of any kind under a new mid.

use super::{
    SECTIONS_MAX, SdpError,
    model::{Direction, Media, Session},
    write::{Origin, Role, TransportDescription, Writer, formats, word},
};
use crate::ortc::router_capabilities;
use rtc_types::{
    MediaKind,
    ortc::{RtpCodecParameters, RtpParameters},
};

/// The sections of one subscribe connection.
#[derive(Clone, Debug)]
pub struct Offerer {
    sections: Vec<Section>,
    next_mid: u64,
    /// Sections that the last offer had: those that an answer speaks of.
    offered: usize,
}

#[derive(Clone, Debug)]
struct Section {
    mid: String,
    kind: Kind,
    state: State,
    /// Whether the last offer had it in its present state.
    offered: bool,
    /// The codecs that were last used in it: an inactive section has to name some.
    codecs: Vec<RtpCodecParameters>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rtp(MediaKind),
    Data,
}

#[derive(Clone, Debug)]
enum State {
    /// Given out, but nothing is sent in it yet.
    Reserved,
    /// A track, or the data channels.
    Active(Option<Box<Track>>),
    /// Its track ended, which the client does not know yet.
    Closing,
    /// To be used again.
    Free,
    /// Rejected by the client.
    Dead,
}

#[derive(Clone, Debug)]
struct Track {
    parameters: RtpParameters,
    stream: String,
    track: String,
}

/// What a client made of a section that was offered to it with a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub mid: String,
    /// The client cannot take it: its consumer is to be closed, and [`Offerer::remove`] is not needed.
    pub rejected: bool,
    /// The client wants it now; `false` with a section that it keeps but set inactive.
    pub receives: bool,
}

impl Offerer {
    /// `data`: whether a section of data channels comes first.
    pub fn new(data: bool) -> Self {
        let mut offerer = Self { sections: Vec::new(), next_mid: 0, offered: 0 };
        if data {
            let mid = offerer.new_mid();
            let state = State::Active(None);
            let section = Section { mid, kind: Kind::Data, state, offered: false, codecs: Vec::new() };
            offerer.sections.push(section);
        }
        offerer
    }

    /// Gives out the mid for a track that is about to be consumed: a section that is free, else a new one.
    ///
    /// # Errors
    /// [`SdpError::TooMany`] where [`SECTIONS_MAX`] are in use.
    pub fn reserve(&mut self, kind: MediaKind) -> Result<String, SdpError> {
        let free =
            |section: &&mut Section| section.kind == Kind::Rtp(kind) && matches!(section.state, State::Free);
        if let Some(section) = self.sections.iter_mut().find(free) {
            (section.state, section.offered) = (State::Reserved, false);
            return Ok(section.mid.clone());
        }
        let mid = self.new_mid();
        let kind = Kind::Rtp(kind);
        let section =
            Section { mid: mid.clone(), kind, state: State::Reserved, offered: false, codecs: Vec::new() };
        let dead = |section: &Section| matches!(section.state, State::Dead);
        let place = self.sections.iter().position(dead).unwrap_or(self.sections.len());
        match self.sections.get_mut(place) {
            Some(place) => *place = section,
            None if place < SECTIONS_MAX => self.sections.push(section),
            None => return Err(SdpError::TooMany("media sections")),
        }
        Ok(mid)
    }

    /// Puts a track into a reserved section: `parameters` as the consumer has them, `stream` and `track` as the
    /// page is to see them (RFC 8830). Returns whether the section is known.
    pub fn set(&mut self, mid: &str, parameters: &RtpParameters, stream: &str, track: &str) -> bool {
        let Some(section) = self.section(mid) else { return false };
        let parameters = RtpParameters { mid: Some(mid.to_owned()), ..parameters.clone() };
        section.codecs.clone_from(&parameters.codecs);
        let (stream, track) = (word(stream), word(track));
        section.state = State::Active(Some(Box::new(Track { parameters, stream, track })));
        section.offered = false;
        true
    }

    /// Reserves a section and puts a track into it, for parameters whose mid does not matter yet.
    ///
    /// # Errors
    /// As [`Self::reserve`].
    pub fn add(
        &mut self,
        kind: MediaKind,
        parameters: &RtpParameters,
        stream: &str,
        track: &str,
    ) -> Result<String, SdpError> {
        let mid = self.reserve(kind)?;
        self.set(&mid, parameters, stream, track);
        Ok(mid)
    }

    /// Ends the track of a section, or gives a reserved one back. Returns whether the section is known and was in
    /// use.
    pub fn remove(&mut self, mid: &str) -> bool {
        let Some(section) = self.section(mid) else { return false };
        let in_use = matches!(section.state, State::Reserved | State::Active(Some(_)));
        if in_use {
            (section.state, section.offered) = (State::Closing, false);
        }
        in_use
    }

    /// Whether there is something that the client has not been offered.
    pub fn needs_offer(&self) -> bool {
        self.sections.iter().any(|section| !section.offered && !matches!(section.state, State::Reserved))
    }

    /// Writes the offer. One answer is awaited before the next is written.
    pub fn write(&mut self, transport: &TransportDescription, origin: Origin) -> String {
        let in_use: Vec<String> = self
            .sections
            .iter()
            .filter(|section| section.is_in_use(transport))
            .map(|section| section.mid.clone())
            .collect();
        let bundle: Vec<&str> = in_use.iter().map(String::as_str).collect();
        let mut writer = Writer::new(origin, &bundle, true);
        for section in &mut self.sections {
            let role = Role { setup: "actpass", first: in_use.first() == Some(&section.mid) };
            section.write(&mut writer, transport, role);
            section.offered = !matches!(section.state, State::Reserved);
        }
        self.offered = self.sections.len();
        writer.finish()
    }

    /// Takes the answer to the offer last written, and tells of each track in it what the client made of it.
    ///
    /// # Errors
    /// [`SdpError::OtherSections`] where its sections are not those of the offer, in their order; nothing changes.
    pub fn handle_answer(&mut self, answer: &Session) -> Result<Vec<Accepted>, SdpError> {
        let own = self.sections.get_mut(..self.offered).unwrap_or_default();
        let same = |(section, media): (&Section, &Media)| {
            media.mid == section.mid || (media.rejected && media.mid.is_empty())
        };
        if answer.media.len() != own.len() || !own.iter().zip(&answer.media).all(same) {
            return Err(SdpError::OtherSections);
        }
        let mut accepted = Vec::new();
        // What changed since the offer was written is not what the client answered.
        for (section, media) in own.iter_mut().zip(&answer.media).filter(|(section, _)| section.offered) {
            let rejected = media.rejected;
            if let State::Active(Some(_)) = &section.state {
                let receives = !rejected && media.direction.receives();
                accepted.push(Accepted { mid: section.mid.clone(), rejected, receives });
            }
            match &section.state {
                _ if rejected => section.state = State::Dead,
                State::Closing => section.state = State::Free,
                _ => {}
            }
        }
        Ok(accepted)
    }

    fn section(&mut self, mid: &str) -> Option<&mut Section> {
        self.sections.iter_mut().find(|section| section.mid == mid && matches!(section.kind, Kind::Rtp(_)))
    }

    fn new_mid(&mut self) -> String {
        self.next_mid += 1;
        (self.next_mid - 1).to_string()
    }
}

impl Section {
    fn is_in_use(&self, transport: &TransportDescription) -> bool {
        !matches!(self.state, State::Dead) && (self.kind != Kind::Data || transport.sctp.is_some())
    }

    fn write(&self, writer: &mut Writer, transport: &TransportDescription, role: Role) {
        let kind = match self.kind {
            Kind::Rtp(MediaKind::Audio) => "audio",
            Kind::Rtp(MediaKind::Video) => "video",
            Kind::Data => "application",
        };
        match &self.state {
            _ if !self.is_in_use(transport) => {
                let (protocol, format) = match self.kind {
                    Kind::Data => ("UDP/DTLS/SCTP", "webrtc-datachannel"),
                    Kind::Rtp(_) => ("UDP/TLS/RTP/SAVPF", "0"),
                };
                writer.rejected(kind, protocol, format, &self.mid);
            }
            _ if self.kind == Kind::Data => {
                writer.data(&self.mid, transport, role);
            }
            state => {
                let fallback = [router_codec(self.kind)];
                let codecs = if self.codecs.is_empty() { &fallback[..] } else { &self.codecs };
                let head = format!("{kind} 9 UDP/TLS/RTP/SAVPF {}", formats(codecs));
                writer.section(&head, &self.mid, transport, role);
                match state {
                    State::Active(Some(track)) => {
                        writer.track(&track.parameters, &track.stream, &track.track);
                    }
                    _ => {
                        writer.direction(Direction::Inactive);
                        writer.rtcp(true);
                    }
                }
                writer.codecs(codecs);
            }
        }
    }
}

/// The router's first codec of a kind: what an unused section names.
fn router_codec(kind: Kind) -> RtpCodecParameters {
    let own = router_capabilities().codecs.iter().find(|own| Kind::Rtp(own.kind) == kind);
    let own = own.or_else(|| router_capabilities().codecs.first());
    RtpCodecParameters {
        mime_type: own.map(|own| own.mime_type.clone()).unwrap_or_default(),
        payload_type: own.and_then(|own| own.preferred_payload_type).unwrap_or_default(),
        clock_rate: own.map_or(0, |own| own.clock_rate),
        channels: own.and_then(|own| own.channels),
        parameters: serde_json::Map::new(),
        rtcp_feedback: Vec::new(),
    }
}
