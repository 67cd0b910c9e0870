//! Limits that the SCTP library does not keep: it takes any stream id, counts the bytes of what waits to be put
//! together but not the fragments, keeps all FORWARD-TSN chunks while a stream's reset waits, believes a state
//! cookie that the peer made up, and answers at any length.
//!
//! The guard reads the chunk headers of each packet before the library does. Its counts may be too high (a
//! packet that comes twice is counted twice), so that where a count is over its limit the library is asked
//! whether anything waits at all.

use super::{MESSAGE_BYTES_MAX, STREAMS_MAX};
use crate::Time;
use std::time::Duration;

/// Bytes that wait to be put together or delivered in order; a few of the largest messages.
pub(super) const WINDOW_BYTES: usize = 4 * MESSAGE_BYTES_MAX;
/// Fragments that wait. Each costs some 150 bytes besides its payload.
const WAITING_CHUNKS_MAX: usize = 32_768;
/// Less than any sender puts into the fragments of a large message.
const FRAGMENT_BYTES: usize = 900;
/// Bytes of FORWARD-TSN chunks while a reset waits.
const FORWARD_BYTES_MAX: usize = 64 * 1024;
/// How long fragments may come that complete no message, when more waits than the largest message has.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Longer chunks of a handshake or heartbeat would have answers that fit no packet.
const ECHOED_BYTES_MAX: usize = 1100;
/// RFC 6525, section 3.1.
const RECONFIG_PARAMETERS_MAX: usize = 2;

const COMMON_HEADER_BYTES: usize = 12;
const CHUNK_HEADER_BYTES: usize = 4;

/// Chunk types (RFC 9260, section 3.2; RFC 3758; RFC 6525; RFC 8260).
mod chunk {
    pub(super) const DATA: u8 = 0;
    pub(super) const INIT: u8 = 1;
    pub(super) const INIT_ACK: u8 = 2;
    pub(super) const HEARTBEAT: u8 = 4;
    pub(super) const I_DATA: u8 = 64;
    pub(super) const RE_CONFIG: u8 = 130;
    pub(super) const FORWARD_TSN: u8 = 192;
    pub(super) const I_FORWARD_TSN: u8 = 194;
}

/// The limit that a peer went beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A stream id over [`STREAMS_MAX`].
    Stream,
    /// A message over [`MESSAGE_BYTES_MAX`], or one that never ends.
    MessageSize,
    /// A chunk of an extension that we do not announce.
    Extension,
    /// So many small fragments, or chunks that change nothing, that keeping them costs more than their bytes.
    Overhead,
}

/// Whether the library keeps anything of what was counted.
pub(super) struct Waiting {
    /// Fragments or messages that cannot be delivered yet.
    pub(super) chunks: bool,
    /// A reset that cannot be done yet.
    pub(super) reset: bool,
}

#[derive(Debug, Default)]
pub(super) struct Guard {
    chunks: usize,
    bytes: usize,
    forward_bytes: usize,
    /// Since when fragments come and no message is complete.
    stalled_since: Option<Time>,
}

impl Guard {
    /// Counts what a packet brings, before the library has it; whether the library is to have it.
    pub(super) fn inspect(&mut self, now: Time, packet: &[u8]) -> Result<bool, Violation> {
        let chunks = packet.get(COMMON_HEADER_BYTES..).unwrap_or_default();
        for (kind, chunk) in Items(chunks) {
            match kind {
                chunk::DATA => self.data(now, chunk)?,
                chunk::FORWARD_TSN => self.forward_tsn(chunk)?,
                chunk::I_DATA | chunk::I_FORWARD_TSN => return Err(Violation::Extension),
                chunk::INIT | chunk::INIT_ACK | chunk::HEARTBEAT if chunk.len() > ECHOED_BYTES_MAX => {
                    return Ok(false);
                }
                chunk::RE_CONFIG => {
                    let parameters = chunk.get(CHUNK_HEADER_BYTES..).unwrap_or_default();
                    if Items(parameters).count() > RECONFIG_PARAMETERS_MAX {
                        return Ok(false);
                    }
                }
                _ => {}
            }
        }
        Ok(true)
    }

    fn forward_tsn(&mut self, chunk: &[u8]) -> Result<(), Violation> {
        self.forward_bytes += chunk.len();
        let streams = chunk.get(8..).unwrap_or_default().as_chunks::<4>().0;
        let is_over = streams.iter().any(|[high, low, ..]| u16::from_be_bytes([*high, *low]) >= STREAMS_MAX);
        if is_over { Err(Violation::Stream) } else { Ok(()) }
    }

    fn data(&mut self, now: Time, chunk: &[u8]) -> Result<(), Violation> {
        let Some((head, payload)) = chunk.split_first_chunk::<16>() else { return Ok(()) };
        if u16::from_be_bytes([head[8], head[9]]) >= STREAMS_MAX {
            return Err(Violation::Stream);
        }
        self.chunks += 1;
        self.bytes += payload.len();
        self.stalled_since.get_or_insert(now);
        Ok(())
    }

    /// A message was delivered.
    pub(super) fn delivered(&mut self, bytes: usize) -> Result<(), Violation> {
        self.chunks = self.chunks.saturating_sub(1 + bytes / FRAGMENT_BYTES);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.stalled_since = None;
        if bytes > MESSAGE_BYTES_MAX { Err(Violation::MessageSize) } else { Ok(()) }
    }

    /// Judges the counts, after the library had the packet and its messages were taken.
    pub(super) fn check(&mut self, now: Time, waiting: impl FnOnce() -> Waiting) -> Result<(), Violation> {
        let stalled = self.stalled_since.is_some_and(|since| now.since(since) >= STALL_TIMEOUT);
        let is_stalled = stalled && self.bytes > MESSAGE_BYTES_MAX;
        let is_over = self.chunks > WAITING_CHUNKS_MAX || self.forward_bytes > FORWARD_BYTES_MAX;
        // Asking early, too, catches a moment in which nothing waits.
        if !(is_stalled || is_over || self.chunks > WAITING_CHUNKS_MAX / 2) {
            return Ok(());
        }
        let waiting = waiting();
        if !waiting.chunks {
            (self.chunks, self.bytes, self.stalled_since) = (0, 0, None);
        }
        if !waiting.reset {
            self.forward_bytes = 0;
        }
        if self.chunks > WAITING_CHUNKS_MAX || self.forward_bytes > FORWARD_BYTES_MAX {
            return Err(Violation::Overhead);
        }
        if is_stalled && waiting.chunks { Err(Violation::MessageSize) } else { Ok(()) }
    }
}

/// The chunks of a packet or the parameters of a chunk, with their headers; of the type the first byte. Ends where one is malformed: the library drops such packets.
struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [kind, _, high, low] = *self.0.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let item = self.0.get(..length).filter(|_| length >= CHUNK_HEADER_BYTES)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, item))
    }
}
