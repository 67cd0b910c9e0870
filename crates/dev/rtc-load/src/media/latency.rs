//! How long a packet takes from its publisher's send to the arrival at a subscriber's socket.
//!
//! The publisher stamps the machine's wall clock into the payload. The kernel notes the arrival by the same clock
//! when it queues the packet, so the receiver's own polling does not count. Both ends are on one machine.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::stats::Latencies;

/// Marks a stamped payload.
const MARK: [u8; 4] = *b"@ns:";
/// Bytes of a stamp.
pub const STAMP_BYTES: usize = 12;
/// One-byte-form and two-byte-form header extensions (RFC 8285).
const EXTENSION_BIT: u8 = 0x10;

/// The wall clock in nanoseconds since the Unix epoch.
pub fn wall_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64)
}

/// Writes the stamp at the start of `to`.
pub fn stamp(to: &mut [u8], now_ns: u64) {
    to[..4].copy_from_slice(&MARK);
    to[4..STAMP_BYTES].copy_from_slice(&now_ns.to_be_bytes());
}

/// Finds the stamp in a decrypted RTP packet. It lies near the start of the payload: behind the VP8 descriptor and
/// header, or at once in audio; a server may have changed the descriptor's length.
pub fn read_stamp(packet: &[u8]) -> Option<u64> {
    const LOOKED_AT: usize = 48;
    let payload = packet.get(payload_offset(packet)?..)?;
    let near = &payload[..payload.len().min(LOOKED_AT)];
    let at = near.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    Some(u64::from_be_bytes(payload.get(at..at + 8)?.try_into().ok()?))
}

/// Where the payload of an RTP packet begins.
pub fn payload_offset(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    let fixed = 12 + 4 * usize::from(first & 0x0F);
    if first & EXTENSION_BIT == 0 {
        return Some(fixed);
    }
    let words = packet.get(fixed + 2..fixed + 4)?;
    Some(fixed + 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]])))
}

/// The samples of a window.
#[derive(Default)]
pub struct Samples {
    /// From send to arrival.
    pub latencies: Latencies,
    /// Packets whose tag was right.
    pub verified: u64,
    /// Packets whose tag was wrong, or that had no stamp of ours: none may be.
    pub wrong: u64,
}

impl Samples {
    /// Adds those of another receiver.
    pub fn merge(&mut self, other: Self) {
        self.latencies.merge(other.latencies);
        self.verified += other.verified;
        self.wrong += other.wrong;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_behind_header_extensions_and_a_codec_header() {
        let mut packet = vec![0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 1, 0x31, 1, 2, 0];
        packet.extend([0; 16]);
        let at = packet.len();
        packet.resize(at + STAMP_BYTES, 0);
        stamp(&mut packet[at..], 0x0102_0304_0506_0708);
        packet.extend([7; 100]);
        assert_eq!(read_stamp(&packet), Some(0x0102_0304_0506_0708));
        assert_eq!(read_stamp(&packet[..at + 8]), None);
        assert_eq!(read_stamp(&packet[..3]), None);
    }
}
