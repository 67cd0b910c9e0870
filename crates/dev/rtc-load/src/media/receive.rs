//! Counts what arrives: by SSRC and sequence number, from the header that SRTP leaves in the clear.

use super::client::rtp::Header;

/// Packets further behind than this are not told apart from repeated ones.
const WINDOW: u64 = 128;

/// A track that a receiver waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// As signaling told it.
    pub ssrc: u32,
    /// Of the transport-wide sequence number; 0: not negotiated.
    pub twcc_id: u8,
}

/// What has arrived of one SSRC.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    ssrc: u32,
    /// The first and the highest sequence number, extended by the number of wraps.
    first: u64,
    highest: u64,
    /// Bit n: `highest - n` has arrived.
    seen: u128,
    received: u64,
    repeated: u64,
    bytes: u64,
}

/// Sums over streams, since their start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that arrived once.
    pub packets: u64,
    /// UDP payload bytes of all that arrived.
    pub bytes: u64,
    /// Packets that lie between the first and the highest number.
    pub expected: u64,
    /// Packets that arrived again.
    pub repeated: u64,
    /// Streams of which nothing has arrived.
    pub silent: u64,
    /// Packets of an SSRC that nobody was told of: retransmissions and probes.
    pub others: u64,
}

impl Counts {
    /// Adds those of others.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.expected += other.expected;
        self.repeated += other.repeated;
        self.silent += other.silent;
        self.others += other.others;
    }

    /// What came after `earlier` was taken.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            packets: self.packets - earlier.packets,
            bytes: self.bytes - earlier.bytes,
            expected: self.expected.saturating_sub(earlier.expected),
            repeated: self.repeated - earlier.repeated,
            silent: self.silent,
            others: self.others - earlier.others,
        }
    }

    /// Packets that were skipped by the numbers. What is late by less than a window is made up for later.
    pub fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.packets)
    }
}

impl Stream {
    /// Nothing has arrived yet.
    pub fn new(expected: Expected) -> Self {
        Self { ssrc: expected.ssrc, first: 0, highest: 0, seen: 0, received: 0, repeated: 0, bytes: 0 }
    }

    /// Its SSRC.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The highest sequence number with its wraps, as a report tells it.
    pub fn highest(&self) -> u32 {
        self.highest.saturating_sub(0x1_0000) as u32
    }

    /// Takes a packet of `bytes` bytes in.
    pub fn count(&mut self, header: &Header, bytes: usize) {
        self.bytes += bytes as u64;
        if self.received == 0 {
            // One wrap ahead, so that a packet from before the first is not below zero.
            self.first = 0x1_0000 + u64::from(header.sequence);
            (self.highest, self.seen, self.received) = (self.first, 1, 1);
            return;
        }
        let ahead = header.sequence.wrapping_sub(self.highest as u16) as i16;
        let number = self.highest.saturating_add_signed(ahead.into());
        if number > self.highest {
            let step = number - self.highest;
            self.seen = if step < WINDOW { self.seen << step | 1 } else { 1 };
            self.highest = number;
            self.received += 1;
            return;
        }
        let bit = 1_u128.checked_shl((self.highest - number) as u32).unwrap_or(0);
        if number < self.first || bit == 0 || self.seen & bit != 0 {
            self.repeated += 1;
        } else {
            self.seen |= bit;
            self.received += 1;
        }
    }

    /// Its sums.
    pub fn counts(&self) -> Counts {
        Counts {
            packets: self.received,
            bytes: self.bytes,
            expected: if self.received == 0 { 0 } else { self.highest - self.first + 1 },
            repeated: self.repeated,
            silent: u64::from(self.received == 0),
            others: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(sequences: impl IntoIterator<Item = u16>) -> Counts {
        let mut stream = Stream::new(Expected { ssrc: 1, twcc_id: 0 });
        for sequence in sequences {
            stream.count(&Header { sequence, ssrc: 1, payload_type: 96 }, 10);
        }
        stream.counts()
    }

    #[test]
    fn packets_are_counted_across_the_wrap_of_the_number() {
        let counts = counted((65_530..=u16::MAX).chain(0..10));
        assert_eq!((counts.packets, counts.expected, counts.lost(), counts.bytes), (16, 16, 0, 160));
    }

    #[test]
    fn gaps_are_lost_until_they_are_filled() {
        assert_eq!(counted([1, 2, 5]).lost(), 2);
        let filled = counted([1, 2, 5, 4, 3]);
        assert_eq!((filled.packets, filled.lost(), filled.repeated), (5, 0, 0));
    }

    #[test]
    fn a_packet_that_comes_twice_makes_up_for_no_other() {
        let counts = counted([1, 2, 2, 5, 5, 1]);
        assert_eq!((counts.packets, counts.expected, counts.lost(), counts.repeated), (3, 5, 2, 3));
    }

    #[test]
    fn a_silent_stream_is_told() {
        assert_eq!(counted([]), Counts { silent: 1, ..Counts::default() });
    }

    #[test]
    fn a_window_counts_what_came_in_it() {
        let (early, late) = (counted(0..10), counted(0..50));
        assert_eq!((late.since(&early).packets, late.since(&early).lost()), (40, 0));
    }
}
