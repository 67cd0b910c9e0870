//! Which packets of a transport arrived, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use crate::rtp::{Malformed, i24_at, u16_at, u32_at};

/// Microseconds of one unit of [`TransportCc::reference_time`].
pub(super) const REFERENCE_MICROS: i64 = 64_000;
/// Microseconds of one unit of a delta.
pub(super) const DELTA_MICROS: i64 = 250;
/// After as many microseconds the reference time wraps: a jump of about this size between packets is a wrap.
pub const REFERENCE_WRAP_MICROS: i64 = REFERENCE_MICROS << 24;
/// Bytes before the chunks.
const CHUNKS_AT: usize = 16;

/// A receiver's account of a run of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportCc<'a> {
    /// Who reports.
    pub sender: u32,
    /// One of the sender's streams; the report is about all.
    pub media: u32,
    /// The transport-wide number of the first packet.
    pub base: u16,
    /// How many packets the account covers, lost ones too. Up to 65,535, whatever the datagram's length.
    pub status_count: u16,
    /// The receiver's clock that deltas start from, in units of 64 ms; 24 bits with sign, wrapping.
    pub reference_time: i32,
    /// Counts these reports, wrapping.
    pub feedback_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> TransportCc<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let read = || {
            let mut view = TransportCc {
                sender: u32_at(body, 0)?,
                media: u32_at(body, 4)?,
                base: u16_at(body, 8)?,
                status_count: u16_at(body, 10)?,
                reference_time: i24_at(body, 12)?,
                feedback_count: *body.get(15)?,
                chunks: body.get(CHUNKS_AT..)?,
                deltas: &[],
            };
            let (chunk_bytes, delta_bytes) = view.measure()?;
            let (chunks, rest) = view.chunks.split_at_checked(chunk_bytes)?;
            (view.chunks, view.deltas) = (chunks, rest.get(..delta_bytes)?);
            Some(view)
        };
        read().ok_or(Malformed::Length)
    }

    /// Bytes of the chunks that describe every packet, and of the deltas that they announce.
    fn measure(&self) -> Option<(usize, usize)> {
        let (mut at, mut left, mut deltas) = (0, self.status_count, 0);
        while left > 0 {
            let chunk = Chunk::read(self.chunks, at)?;
            let covered = chunk.len().min(left);
            deltas += chunk.delta_bytes(covered);
            left -= covered;
            at += 2;
        }
        Some((at, deltas))
    }

    /// [`TransportCc::reference_time`] in microseconds.
    pub fn reference_micros(&self) -> i64 {
        i64::from(self.reference_time) * REFERENCE_MICROS
    }

    /// The packets that arrived, in order of their numbers: number and microseconds by the receiver's clock. Those
    /// between, up to `base + status_count`, did not arrive. The work is bounded by the datagram's bytes: use this
    /// on what peers send.
    pub fn received(&self) -> impl Iterator<Item = (u16, i64)> + use<'a> {
        let mut statuses = self.walk();
        std::iter::from_fn(move || {
            loop {
                statuses.skip_lost();
                let (sequence, arrival) = statuses.next()?;
                if let Some(arrival) = arrival {
                    return Some((sequence, arrival));
                }
            }
        })
    }

    /// Every packet covered: number and, where it arrived, microseconds by the receiver's clock. Up to 65,535
    /// however short the datagram is.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, Option<i64>)> + use<'a> {
        self.walk()
    }

    fn walk(&self) -> Statuses<'a> {
        Statuses {
            chunks: self.chunks,
            deltas: self.deltas,
            chunk: Chunk::Run { symbol: 0, len: 0 },
            at: 0,
            sequence: self.base,
            left: self.status_count,
            clock: self.reference_micros(),
        }
    }
}

/// What two bytes say of the next packets.
#[derive(Clone, Copy, Debug)]
enum Chunk {
    /// All have this symbol.
    Run { symbol: u8, len: u16 },
    /// 14 of one bit each.
    Bits(u16),
    /// 7 of two bits each.
    Pairs(u16),
}

impl Chunk {
    fn read(bytes: &[u8], at: usize) -> Option<Chunk> {
        let word = u16_at(bytes, at)?;
        Some(match word >> 14 {
            0 | 1 => Chunk::Run { symbol: (word >> 13 & 3) as u8, len: word & 0x1fff },
            2 => Chunk::Bits(word & 0x3fff),
            _ => Chunk::Pairs(word & 0x3fff),
        })
        // A run of none describes nothing, and a row of them would be work for nothing.
        .filter(|chunk| chunk.len() > 0)
    }

    fn len(self) -> u16 {
        match self {
            Chunk::Run { len, .. } => len,
            Chunk::Bits(_) => 14,
            Chunk::Pairs(_) => 7,
        }
    }

    /// 0: lost. 1: a delta of one byte. 2: a delta of two bytes. 3 is reserved.
    fn symbol(self, at: u16) -> u8 {
        match self {
            Chunk::Run { symbol, .. } => symbol,
            Chunk::Bits(bits) => (bits >> 13_u16.saturating_sub(at) & 1) as u8,
            Chunk::Pairs(bits) => (bits >> 12_u16.saturating_sub(2 * at) & 3) as u8,
        }
    }

    /// Bytes of the deltas of the first `covered` packets.
    fn delta_bytes(self, covered: u16) -> usize {
        match self {
            Chunk::Run { symbol, .. } => usize::from(covered) * delta_len(symbol),
            _ => (0..covered).map(|at| delta_len(self.symbol(at))).sum(),
        }
    }
}

fn delta_len(symbol: u8) -> usize {
    match symbol {
        1 => 1,
        2 => 2,
        _ => 0,
    }
}

#[derive(Clone, Debug)]
struct Statuses<'a> {
    chunks: &'a [u8],
    deltas: &'a [u8],
    chunk: Chunk,
    /// Place in the chunk.
    at: u16,
    sequence: u16,
    left: u16,
    clock: i64,
}

impl Statuses<'_> {
    /// Makes `chunk` one that still says something.
    fn fill(&mut self) -> Option<()> {
        if self.at >= self.chunk.len() {
            self.chunk = Chunk::read(self.chunks, 0)?;
            self.chunks = self.chunks.get(2..)?;
            self.at = 0;
        }
        Some(())
    }

    /// Steps over what remains of runs of lost packets.
    fn skip_lost(&mut self) {
        while self.left > 0 && self.fill().is_some() {
            let Chunk::Run { symbol: 0 | 3, len } = self.chunk else { return };
            let skipped = (len - self.at).min(self.left);
            self.at += skipped;
            self.left -= skipped;
            self.sequence = self.sequence.wrapping_add(skipped);
        }
    }
}

impl Iterator for Statuses<'_> {
    type Item = (u16, Option<i64>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.fill()?;
        let delta = match delta_len(self.chunk.symbol(self.at)) {
            0 => None,
            len => {
                let (bytes, rest) = self.deltas.split_at_checked(len)?;
                self.deltas = rest;
                Some(match *bytes {
                    [small] => i64::from(small),
                    [a, b, ..] => i64::from(i16::from_be_bytes([a, b])),
                    [] => 0,
                })
            }
        };
        self.clock += delta.unwrap_or(0) * DELTA_MICROS;
        self.at += 1;
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        Some((sequence, delta.map(|_| self.clock)))
    }
}
