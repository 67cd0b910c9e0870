//! The form in which a packet is kept for all subscribers of a router.
//!
//! Subscribers share payload types and header-extension numbers (the router's), so the header is built once:
//! what differs from one to the next (sequence, timestamp, SSRC, media id, send time, transport-wide number)
//! has a fixed place that is written over when the packet is copied out.

use crate::rtp::{Header, extensions, uri};
use rtc_types::ortc::RtpHeaderExtensionParameters;

/// Bytes of a packet at most: what a path carries, and some room.
pub(crate) const PACKET_BYTES_MAX: usize = 2000;
/// Bytes of a media id that has a place in packets; longer ones are told by signaling alone.
pub(crate) const MID_BYTES: usize = 4;
const SENT_AT_BYTES: usize = 3;
const WIDE_BYTES: usize = 2;

/// The router's numbers of the extensions that are passed on or written.
mod router_id {
    pub(super) const MID: u8 = 1;
    pub(super) const ABS_SEND_TIME: u8 = 4;
    pub(super) const TRANSPORT_CC: u8 = 5;
    pub(super) const AUDIO_LEVEL: u8 = 6;
    pub(super) const DEPENDENCY_DESCRIPTOR: u8 = 7;
    pub(super) const VIDEO_ORIENTATION: u8 = 8;
    pub(super) const ABS_CAPTURE_TIME: u8 = 10;
    pub(super) const PLAYOUT_DELAY: u8 = 11;
}

/// Where the parts that differ lie, in bytes from the packet's start; 0: there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) mid: u8,
    pub(crate) sent_at: u8,
    pub(crate) wide: u8,
}

/// A publisher's extension numbers; 0: not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExtensionIds {
    pub(crate) mid: u8,
    pub(crate) rid: u8,
    pub(crate) repaired_rid: u8,
    pub(crate) transport_cc: u8,
    pub(crate) audio_level: u8,
    pub(crate) video_orientation: u8,
    pub(crate) abs_capture_time: u8,
    pub(crate) playout_delay: u8,
    pub(crate) dependency_descriptor: u8,
}

impl ExtensionIds {
    /// Reads them from a producer's parameters.
    pub(crate) fn of(parameters: &[RtpHeaderExtensionParameters]) -> Self {
        let id = |uri: &str| parameters.iter().find(|ext| ext.uri == uri).map_or(0, |ext| ext.id);
        Self {
            mid: id(uri::MID),
            rid: id(uri::RID),
            repaired_rid: id(uri::REPAIRED_RID),
            transport_cc: id(uri::TRANSPORT_CC),
            audio_level: id(uri::AUDIO_LEVEL),
            video_orientation: id(uri::VIDEO_ORIENTATION),
            abs_capture_time: id(uri::ABS_CAPTURE_TIME),
            playout_delay: id(uri::PLAYOUT_DELAY),
            dependency_descriptor: id(uri::DEPENDENCY_DESCRIPTOR),
        }
    }

    /// Takes over what `other` has and this has not.
    pub(crate) fn merge(&mut self, other: &Self) {
        let take = |mine: &mut u8, theirs: u8| {
            if *mine == 0 {
                *mine = theirs;
            }
        };
        take(&mut self.mid, other.mid);
        take(&mut self.rid, other.rid);
        take(&mut self.repaired_rid, other.repaired_rid);
        take(&mut self.transport_cc, other.transport_cc);
        take(&mut self.audio_level, other.audio_level);
    }

    fn router_id(&self, id: u8) -> Option<u8> {
        match id {
            0 => None,
            id if id == self.audio_level => Some(router_id::AUDIO_LEVEL),
            id if id == self.video_orientation => Some(router_id::VIDEO_ORIENTATION),
            id if id == self.abs_capture_time => Some(router_id::ABS_CAPTURE_TIME),
            id if id == self.playout_delay => Some(router_id::PLAYOUT_DELAY),
            id if id == self.dependency_descriptor => Some(router_id::DEPENDENCY_DESCRIPTOR),
            _ => None,
        }
    }
}

/// A packet in router form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shaped {
    pub(crate) len: usize,
    pub(crate) header_len: usize,
    pub(crate) slots: Slots,
}

/// Writes the router form of a decrypted packet into `out`. `None` where it is too long, or its extensions
/// leave no room.
pub(crate) fn shape(
    out: &mut [u8; PACKET_BYTES_MAX],
    packet: &[u8],
    header: &Header,
    payload: &[u8],
    ids: &ExtensionIds,
    payload_type: u8,
    video: bool,
) -> Option<Shaped> {
    out[0] = 0x90;
    out[1] = u8::from(header.marker) << 7 | payload_type;
    out[2..4].copy_from_slice(&header.sequence.to_be_bytes());
    out[4..8].copy_from_slice(&header.timestamp.to_be_bytes());
    out[8..12].copy_from_slice(&header.ssrc.to_be_bytes());
    let passed = || {
        let block = header.extension.map(|block| extensions(packet, block));
        block.into_iter().flatten().filter_map(|(id, value)| Some((ids.router_id(id)?, value)))
    };
    let wide_form = passed().any(|(_, value)| value.len() > 16 || value.is_empty());
    let mut block = BlockWriter { out, at: 16, wide_form };
    let mut slots = Slots { mid: block.element(router_id::MID, MID_BYTES)?, ..Slots::default() };
    if video {
        slots.sent_at = block.element(router_id::ABS_SEND_TIME, SENT_AT_BYTES)?;
        slots.wide = block.element(router_id::TRANSPORT_CC, WIDE_BYTES)?;
    }
    for (id, value) in passed() {
        let at = usize::from(block.element(id, value.len())?);
        block.out[at..at + value.len()].copy_from_slice(value);
    }
    let header_len = block.finish();
    let len = header_len + payload.len();
    out.get_mut(header_len..len)?.copy_from_slice(payload);
    Some(Shaped { len, header_len, slots })
}

struct BlockWriter<'a> {
    out: &'a mut [u8; PACKET_BYTES_MAX],
    at: usize,
    wide_form: bool,
}

impl BlockWriter<'_> {
    /// Makes room for an element, zeroed, and says where its value goes.
    fn element(&mut self, id: u8, len: usize) -> Option<u8> {
        let start = self.at + if self.wide_form { 2 } else { 1 };
        let value = u8::try_from(start).ok()?;
        if start + len > 255 {
            return None;
        }
        if self.wide_form {
            self.out[self.at] = id;
            self.out[self.at + 1] = len as u8;
        } else {
            self.out[self.at] = id << 4 | (len as u8).wrapping_sub(1) & 0x0f;
        }
        self.out[start..start + len].fill(0);
        self.at = start + len;
        Some(value)
    }

    fn finish(self) -> usize {
        let end = self.at.next_multiple_of(4);
        self.out[self.at..end].fill(0);
        let profile: u16 = if self.wide_form { 0x1000 } else { 0xbede };
        self.out[12..14].copy_from_slice(&profile.to_be_bytes());
        self.out[14..16].copy_from_slice(&(((end - 16) / 4) as u16).to_be_bytes());
        end
    }
}

/// A subscriber's media id as it stands in packets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MidElement {
    /// The element as a whole, in the one-byte form; the rest is padding.
    bytes: [u8; 1 + MID_BYTES],
    len: u8,
}

impl MidElement {
    /// The element for `mid`; empty where it is too long.
    pub(crate) fn new(mid: &str) -> Self {
        let mut element = Self::default();
        if (1..=MID_BYTES).contains(&mid.len()) {
            element.len = mid.len() as u8;
            element.bytes[0] = router_id::MID << 4 | (mid.len() as u8 - 1);
            element.bytes[1..=mid.len()].copy_from_slice(mid.as_bytes());
        }
        element
    }

    /// Writes it over its place. Bytes that it leaves over are padding (RFC 8285, section 4.1.2).
    pub(crate) fn write(&self, packet: &mut [u8], slot: u8) {
        let at = usize::from(slot);
        if packet[12] == 0xbe {
            packet[at - 1..at + MID_BYTES].copy_from_slice(&self.bytes);
        } else if self.len == 0 {
            packet[at - 2..at + MID_BYTES].fill(0);
        } else {
            packet[at - 1] = self.len;
            packet[at..at + MID_BYTES].copy_from_slice(&self.bytes[1..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(extension: &[u8]) -> Vec<u8> {
        let mut packet =
            vec![0x90, 0x80 | 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0xbe, 0xde, 0, (extension.len() / 4) as u8];
        packet.extend_from_slice(extension);
        packet.extend_from_slice(b"payload");
        packet
    }

    fn elements(packet: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let header = Header::parse(packet).expect("well formed");
        let block = header.extension.expect("has one");
        extensions(packet, block).map(|(id, value)| (id, value.to_vec())).collect()
    }

    #[test]
    fn a_packet_has_the_routers_numbers_and_places_to_write_over() {
        let source = packet(&[0x30, 0x7f, 0x51, b'x', b'y', 0, 0, 0]);
        let header = Header::parse(&source).expect("well formed");
        let ids = ExtensionIds { audio_level: 3, mid: 5, ..ExtensionIds::default() };
        let mut out = [0; PACKET_BYTES_MAX];
        let shaped = shape(&mut out, &source, &header, b"payload", &ids, 100, true).expect("fits");
        let packet = &mut out[..shaped.len];
        assert_eq!(&packet[shaped.header_len..], b"payload");
        MidElement::new("12").write(packet, shaped.slots.mid);
        let at = usize::from(shaped.slots.wide);
        packet[at..at + 2].copy_from_slice(&[1, 2]);
        assert_eq!(
            elements(packet),
            [(1, b"12".to_vec()), (4, vec![0, 0, 0]), (5, vec![1, 2]), (6, vec![0x7f])]
        );
        let read = Header::parse(packet).expect("well formed");
        assert_eq!((read.payload_type, read.marker, read.len), (100, true, shaped.header_len));
    }

    #[test]
    fn a_long_descriptor_makes_the_two_byte_form() {
        let mut extension = vec![0x7f];
        extension.extend([9; 16]);
        extension.extend([0; 3]);
        let mut source = packet(&extension);
        let header = Header::parse(&source).expect("well formed");
        let ids = ExtensionIds { dependency_descriptor: 7, ..ExtensionIds::default() };
        let mut out = [0; PACKET_BYTES_MAX];
        let shaped = shape(&mut out, &source, &header, b"p", &ids, 100, false).expect("fits");
        assert_eq!(elements(&out[..shaped.len])[1], (7, vec![9; 16]));

        source = vec![0x90, 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0x10, 0, 0, 5, 7, 17];
        source.extend([8; 17]);
        source.extend([0; 1]);
        let header = Header::parse(&source).expect("well formed");
        let shaped = shape(&mut out, &source, &header, b"p", &ids, 100, false).expect("fits");
        MidElement::new("0").write(&mut out[..shaped.len], shaped.slots.mid);
        assert_eq!(elements(&out[..shaped.len]), [(1, b"0".to_vec()), (7, vec![8; 17])]);
    }

    #[test]
    fn a_payload_that_is_too_long_is_refused() {
        let source = packet(&[]);
        let header = Header::parse(&source).expect("well formed");
        let mut out = [0; PACKET_BYTES_MAX];
        assert!(shape(&mut out, &source, &header, &[0; 2000], &ExtensionIds::default(), 100, true).is_none());
    }
}
