//! Reports, names and farewells (RFC 3550, section 6) and extended reports (RFC 3611).

use crate::rtp::{Malformed, i24_at, u16_at, u32_at, u64_at};

/// The middle 32 bits of a 64-bit NTP timestamp, as reports quote it: units of 1/65,536 s.
pub const fn middle_of_ntp(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// What a sender says of its own stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// The stream.
    pub ssrc: u32,
    /// When this was sent by the sender's wall clock: seconds since 1900 in 32.32 fixed point.
    pub ntp: u64,
    /// The same moment by the stream's RTP clock.
    pub rtp_timestamp: u32,
    /// Packets sent, wrapping.
    pub packets: u32,
    /// Bytes of payload sent, wrapping.
    pub octets: u32,
}

/// What a receiver says of one stream (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Loss since the last report, in units of 1/256.
    pub fraction_lost: u8,
    /// Packets lost from the start, 24 bits with sign: duplicates count against it.
    pub cumulative_lost: i32,
    /// The highest sequence number received, its wraps in the upper 16 bits.
    pub highest_sequence: u32,
    /// Jitter in units of the stream's clock.
    pub jitter: u32,
    /// [`middle_of_ntp`] of the last sender report that arrived; 0 where none did.
    pub last_sr: u32,
    /// Time since that report arrived, in units of 1/65,536 s.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    fn read(bytes: &[u8; 24]) -> Option<ReportBlock> {
        Some(ReportBlock {
            ssrc: u32_at(bytes, 0)?,
            fraction_lost: bytes[4],
            cumulative_lost: i24_at(bytes, 5)?,
            highest_sequence: u32_at(bytes, 8)?,
            jitter: u32_at(bytes, 12)?,
            last_sr: u32_at(bytes, 16)?,
            delay_since_last_sr: u32_at(bytes, 20)?,
        })
    }
}

/// What a sender sent so far, and what it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport<'a> {
    /// The sender's own stream.
    pub info: SenderInfo,
    blocks: &'a [[u8; 24]],
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(body: &'a [u8], count: usize) -> Result<Self, Malformed> {
        let info = || {
            Some(SenderInfo {
                ssrc: u32_at(body, 0)?,
                ntp: u64_at(body, 4)?,
                rtp_timestamp: u32_at(body, 12)?,
                packets: u32_at(body, 16)?,
                octets: u32_at(body, 20)?,
            })
        };
        Ok(SenderReport { info: info().ok_or(Malformed::Length)?, blocks: blocks(body, 24, count)? })
    }

    /// What it says of streams that it receives.
    pub fn blocks(&self) -> impl Iterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().filter_map(ReportBlock::read)
    }
}

/// What a receiver receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub sender: u32,
    blocks: &'a [[u8; 24]],
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(body: &'a [u8], count: usize) -> Result<Self, Malformed> {
        let sender = u32_at(body, 0).ok_or(Malformed::Length)?;
        Ok(ReceiverReport { sender, blocks: blocks(body, 4, count)? })
    }

    /// What it says of each stream.
    pub fn blocks(&self) -> impl Iterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().filter_map(ReportBlock::read)
    }
}

fn blocks(body: &[u8], from: usize, count: usize) -> Result<&[[u8; 24]], Malformed> {
    let (blocks, _) = body.get(from..).unwrap_or_default().as_chunks();
    blocks.get(..count).ok_or(Malformed::Length)
}

/// Names of sources (RFC 3550, section 6.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sdes<'a> {
    body: &'a [u8],
    chunks: usize,
}

/// One name of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesItem<'a> {
    /// The source.
    pub ssrc: u32,
    /// What is named; 1 is the CNAME, which streams of one peer share.
    pub kind: u8,
    /// The name, in general UTF-8.
    pub value: &'a [u8],
}

impl<'a> Sdes<'a> {
    pub(super) fn parse(body: &'a [u8], chunks: usize) -> Self {
        Sdes { body, chunks }
    }

    /// Every name of every source, up to the first that is broken.
    pub fn items(&self) -> impl Iterator<Item = SdesItem<'a>> + use<'a> {
        let (body, mut chunks) = (self.body, self.chunks);
        let (mut at, mut ssrc) = (0, None);
        std::iter::from_fn(move || {
            loop {
                let Some(source) = ssrc else {
                    chunks = chunks.checked_sub(1)?;
                    ssrc = Some(u32_at(body, at)?);
                    at += 4;
                    continue;
                };
                let kind = *body.get(at)?;
                if kind == 0 {
                    // The chunk's end: at least one zero, up to a multiple of four bytes.
                    at = (at + 1).next_multiple_of(4);
                    ssrc = None;
                    continue;
                }
                let len = usize::from(*body.get(at + 1)?);
                let value = body.get(at + 2..at + 2 + len)?;
                at += 2 + len;
                return Some(SdesItem { ssrc: source, kind, value });
            }
        })
    }
}

/// Sources that end (RFC 3550, section 6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bye<'a> {
    sources: &'a [[u8; 4]],
}

impl<'a> Bye<'a> {
    pub(super) fn parse(body: &'a [u8], count: usize) -> Result<Self, Malformed> {
        let (sources, _) = body.as_chunks();
        Ok(Bye { sources: sources.get(..count).ok_or(Malformed::Length)? })
    }

    /// Each that ends.
    pub fn sources(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.sources.iter().map(|source| u32::from_be_bytes(*source))
    }
}

/// Extended reports (RFC 3611).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedReport<'a> {
    /// Who reports.
    pub sender: u32,
    body: &'a [u8],
}

/// One block of an [`ExtendedReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XrBlock<'a> {
    /// A receiver asks for its round-trip time (section 4.4): its wall clock, as in [`SenderInfo::ntp`].
    Rrtr {
        /// When this was sent.
        ntp: u64,
    },
    /// The answers to such questions (section 4.5).
    Dlrr(DlrrList<'a>),
    /// A block of no use to us.
    Unknown {
        /// Its type.
        kind: u8,
    },
}

/// The answers of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DlrrList<'a>(&'a [[u8; 12]]);

/// One receiver's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dlrr {
    /// The receiver that asked.
    pub ssrc: u32,
    /// [`middle_of_ntp`] of its question.
    pub last_rr: u32,
    /// Time since the question arrived, in units of 1/65,536 s.
    pub delay: u32,
}

impl<'a> DlrrList<'a> {
    /// Each answer.
    pub fn iter(&self) -> impl Iterator<Item = Dlrr> + use<'a> {
        let read = |bytes: &[u8; 12]| {
            Some(Dlrr { ssrc: u32_at(bytes, 0)?, last_rr: u32_at(bytes, 4)?, delay: u32_at(bytes, 8)? })
        };
        self.0.iter().filter_map(read)
    }
}

impl<'a> ExtendedReport<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let sender = u32_at(body, 0).ok_or(Malformed::Length)?;
        Ok(ExtendedReport { sender, body: body.get(4..).unwrap_or_default() })
    }

    /// Its blocks, up to the first that is broken.
    pub fn blocks(&self) -> impl Iterator<Item = XrBlock<'a>> + use<'a> {
        let mut rest = self.body;
        std::iter::from_fn(move || {
            let kind = *rest.first()?;
            let len = 4 * usize::from(u16_at(rest, 2)?);
            let content = rest.get(4..4 + len)?;
            rest = rest.get(4 + len..)?;
            Some(match kind {
                4 => XrBlock::Rrtr { ntp: u64_at(content, 0)? },
                5 => XrBlock::Dlrr(DlrrList(content.as_chunks().0)),
                kind => XrBlock::Unknown { kind },
            })
        })
    }
}
