//! What receivers ask senders for (RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb).

use crate::rtp::{Malformed, u24_at, u32_at};

/// Who asks, and of which stream.
fn senders(body: &[u8]) -> Result<(u32, u32), Malformed> {
    u32_at(body, 0).zip(u32_at(body, 4)).ok_or(Malformed::Length)
}

/// Packets to be sent again (RFC 4585, section 6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nack<'a> {
    /// Who asks.
    pub sender: u32,
    /// The stream.
    pub media: u32,
    entries: &'a [[u8; 4]],
}

impl<'a> Nack<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let (sender, media) = senders(body)?;
        Ok(Nack { sender, media, entries: body.get(8..).unwrap_or_default().as_chunks().0 })
    }

    /// Pairs of a sequence number and a mask of the 16 behind it.
    pub fn entries(&self) -> impl Iterator<Item = (u16, u16)> + use<'a> {
        self.entries.iter().map(|[a, b, c, d]| (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])))
    }

    /// The sequence numbers asked for, at most 17 for each four bytes; a peer may repeat them.
    pub fn sequences(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.entries().flat_map(|(first, mask)| {
            let behind = (0..16).filter(move |bit| mask >> bit & 1 == 1);
            std::iter::once(first).chain(behind.map(move |bit| first.wrapping_add(bit + 1)))
        })
    }
}

/// A key frame is asked for (RFC 4585, section 6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pli {
    /// Who asks.
    pub sender: u32,
    /// The stream.
    pub media: u32,
}

impl Pli {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let (sender, media) = senders(body)?;
        Ok(Pli { sender, media })
    }
}

/// A key frame is asked for, by number (RFC 5104, section 4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fir<'a> {
    /// Who asks.
    pub sender: u32,
    entries: &'a [[u8; 8]],
}

impl<'a> Fir<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let (sender, _) = senders(body)?;
        Ok(Fir { sender, entries: body.get(8..).unwrap_or_default().as_chunks().0 })
    }

    /// Each stream that is asked, with the number of the question; a repeated number is a repeated question.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u8)> + use<'a> {
        self.entries.iter().map(|[a, b, c, d, number, ..]| (u32::from_be_bytes([*a, *b, *c, *d]), *number))
    }
}

/// The bitrate that a receiver believes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remb<'a> {
    /// Who reports.
    pub sender: u32,
    /// Bits per second, of all the streams named together.
    pub bitrate: u64,
    streams: &'a [[u8; 4]],
}

impl<'a> Remb<'a> {
    /// Whether an application's feedback is this one.
    pub(super) fn is_named(body: &[u8]) -> bool {
        body.get(8..12) == Some(b"REMB")
    }

    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let (sender, _) = senders(body)?;
        let count = usize::from(*body.get(12).ok_or(Malformed::Length)?);
        let rate = u24_at(body, 13).ok_or(Malformed::Length)?;
        let (exponent, mantissa) = (rate >> 18, u64::from(rate & 0x3_ffff));
        let bitrate = if exponent > mantissa.leading_zeros() { u64::MAX } else { mantissa << exponent };
        let (streams, _) = body.get(16..).unwrap_or_default().as_chunks();
        Ok(Remb { sender, bitrate, streams: streams.get(..count).ok_or(Malformed::Length)? })
    }

    /// The streams that share the bitrate.
    pub fn streams(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.streams.iter().map(|stream| u32::from_be_bytes(*stream))
    }
}
