//! A receiver's own numbers.
//!
//! Receivers that negotiate ORTC, or answer our offers, take the router's payload types and header-extension ids.
//! One that makes the offers itself names its own, and packets for it have to bear those.

use super::matching::apt;
use crate::rtp::uri;
use rtc_types::ortc::{RtpCodecParameters, RtpParameters};

/// Header-extension ids of the one-byte form, and those of the router.
const IDS: usize = 16;

/// From the router's payload types and header-extension ids to a receiver's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The router's payload type and the receiver's.
    payload_types: Vec<(u8, u8)>,
    /// By the router's id; 0: the receiver does not take it.
    extensions: [u8; IDS],
}

impl Numbers {
    /// `payload_types`: the router's and the receiver's. `extensions`: likewise; ids that the one-byte form cannot
    /// carry are left out, and so is what is not named.
    pub fn new(
        payload_types: impl IntoIterator<Item = (u8, u8)>,
        extensions: impl IntoIterator<Item = (u8, u8)>,
    ) -> Self {
        let mut numbers = Self { payload_types: payload_types.into_iter().collect(), ..Self::default() };
        for (router, theirs) in extensions {
            if let Some(place) = numbers.extensions.get_mut(usize::from(router)).filter(|_| theirs < 15) {
                *place = theirs;
            }
        }
        numbers
    }

    fn payload_type(&self, router: u8) -> Option<u8> {
        self.payload_types.iter().find(|(own, _)| *own == router).map(|(_, theirs)| *theirs)
    }

    fn extension(&self, router: u8) -> u8 {
        self.extensions.get(usize::from(router)).copied().unwrap_or_default()
    }

    /// Parameters in the router's numbers, in the receiver's. Codecs and extensions that it has no number for go.
    pub fn translate(&self, parameters: &RtpParameters) -> RtpParameters {
        let mut translated = parameters.clone();
        translated.codecs.retain_mut(|codec| {
            let Some(theirs) = self.payload_type(codec.payload_type) else { return false };
            codec.payload_type = theirs;
            self.translate_format(codec)
        });
        translated.header_extensions.retain_mut(|extension| {
            extension.id = self.extension(extension.id);
            extension.id != 0
        });
        translated
    }

    /// What a format says of other payload types: the codec that RTX repairs, and those that RED holds.
    fn translate_format(&self, codec: &mut RtpCodecParameters) -> bool {
        if let Some(repaired) = apt(&codec.parameters) {
            let Some(theirs) = self.payload_type(repaired) else { return false };
            codec.parameters.insert("apt".to_owned(), theirs.into());
        }
        if super::matching::is_red(&codec.mime_type) {
            let translate = |key: &String| {
                let held = key.split('/').map(|pt| self.payload_type(pt.parse().ok()?));
                let held: Option<Vec<String>> = held.map(|pt| pt.map(|pt| pt.to_string())).collect();
                held.map(|held| (held.join("/"), "".into()))
            };
            codec.parameters = codec.parameters.keys().filter_map(translate).collect();
        }
        true
    }

    /// Writes the receiver's numbers into a packet that bears the router's; `header_len` counts its extensions.
    /// An element that the receiver has no number for becomes padding.
    #[inline]
    pub(crate) fn write(&self, packet: &mut [u8], header_len: usize) {
        let Some(header) = packet.get_mut(..header_len).filter(|header| header.len() >= 16) else { return };
        if let Some(theirs) = self.payload_type(header[1] & 0x7f) {
            header[1] = header[1] & 0x80 | theirs;
        }
        let one_byte = header[12] == 0xbe;
        let mut at = 16;
        while let Some(first) = header.get(at).copied() {
            let (id, value, len) = match (one_byte, first) {
                (_, 0) => {
                    at += 1;
                    continue;
                }
                (true, first) => (first >> 4, at + 1, usize::from(first & 0x0f) + 1),
                (false, id) => (id, at + 2, header.get(at + 1).copied().map(usize::from).unwrap_or_default()),
            };
            let theirs = self.extension(id);
            let end = (value + len).min(header.len());
            match (theirs, one_byte) {
                (0, _) => header[at..end].fill(0),
                (theirs, true) => header[at] = theirs << 4 | first & 0x0f,
                (theirs, false) => header[at] = theirs,
            }
            at = end.max(at + 1);
        }
    }

    /// Whether the receiver takes the media id in packets.
    pub fn takes_mid(&self) -> bool {
        let own = super::router_capabilities().header_extensions.iter().find(|own| own.uri == uri::MID);
        own.is_some_and(|own| self.extension(own.preferred_id) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Numbers {
        Numbers::new([(101, 96), (102, 97)], [(1, 9), (5, 4), (8, 20)])
    }

    #[test]
    fn a_packet_bears_the_receivers_numbers_and_nothing_that_it_does_not_know() {
        let mut packet = vec![0x90, 0x80 | 101, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0xbe, 0xde, 0, 3];
        packet.extend([0x13, b'1', 0, 0, 0, 0x51, 1, 2, 0x42, 7, 7, 7]);
        packet.extend(b"payload");
        numbers().write(&mut packet, 28);
        assert_eq!(packet[1], 0x80 | 96);
        assert_eq!(packet[16..28], [0x93, b'1', 0, 0, 0, 0x41, 1, 2, 0, 0, 0, 0]);
        assert_eq!(&packet[28..], b"payload");
    }

    #[test]
    fn the_two_byte_form_is_translated_too() {
        let mut packet = vec![0x90, 102, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0x10, 0, 0, 2];
        packet.extend([1, 1, b'3', 7, 2, 9, 9, 0]);
        numbers().write(&mut packet, 24);
        assert_eq!(packet[1], 97);
        assert_eq!(packet[16..24], [9, 1, b'3', 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_block_that_ends_early_harms_nobody() {
        for cut in 0..28 {
            let mut packet = vec![0x90, 101, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0xbe, 0xde, 0, 3];
            packet.extend([0x1f, b'1', 0, 0, 0, 0x5f, 1, 2, 0x42, 7, 7, 7]);
            packet.truncate(cut);
            numbers().write(&mut packet, cut);
        }
    }
}
