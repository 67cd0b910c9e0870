//! The packets of one received stream, kept once for all subscribers: to be forwarded, and sent again.
//!
//! Bytes lie in one ring buffer, addressed by a running position; a packet is there for as long as the
//! write position has not come round to it. Both rings begin small and double while they turn over faster
//! than a second, so that a voice costs kilobytes and a high-definition camera what it needs.

use super::packet::Slots;
use crate::{Time, codec::Payload};
use std::time::Duration;

/// How long a packet should stay available.
const KEEP: Duration = Duration::from_millis(1000);
/// Packets kept at most, a stream.
const PACKETS_MAX: usize = 2048;

/// One packet, in the form that all subscribers of a router share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    /// As the publisher numbered it, extended.
    pub(crate) sequence: u64,
    /// As the publisher stamped it.
    pub(crate) timestamp: u32,
    pub(crate) arrived: Time,
    at: u64,
    /// Bytes in all.
    pub(crate) len: u16,
    /// Bytes of the RTP header with its extensions.
    pub(crate) header_len: u16,
    pub(crate) marker: bool,
    pub(crate) slots: Slots,
    pub(crate) payload: Payload,
}

impl Stored {
    /// Whether there is nothing behind its header.
    pub(crate) fn is_empty(&self) -> bool {
        self.len <= self.header_len
    }
}

/// What [`PacketStore::insert`] is given besides the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) header_len: u16,
    pub(crate) marker: bool,
    pub(crate) slots: Slots,
    pub(crate) payload: Payload,
}

#[derive(Debug)]
pub(crate) struct PacketStore {
    packets: Box<[Option<Stored>]>,
    bytes: Box<[u8]>,
    bytes_max: usize,
    /// Where the next packet goes; only grows.
    write_at: u64,
    turned_at: Time,
    highest: Option<u64>,
}

impl PacketStore {
    /// A store that begins with `packets` (a power of two) and `bytes`, and holds `bytes_max` at most.
    pub(crate) fn new(packets: usize, bytes: usize, bytes_max: usize) -> Self {
        Self {
            packets: vec![None; packets.next_power_of_two()].into(),
            bytes: vec![0; bytes].into(),
            bytes_max,
            write_at: 0,
            turned_at: Time::ZERO,
            highest: None,
        }
    }

    /// For a voice.
    pub(crate) fn for_audio() -> Self {
        Self::new(32, 8 << 10, 64 << 10)
    }

    /// For a picture.
    pub(crate) fn for_video() -> Self {
        Self::new(128, 128 << 10, 4 << 20)
    }

    /// The highest sequence number kept.
    pub(crate) fn highest(&self) -> Option<u64> {
        self.highest
    }

    fn slot(&self, sequence: u64) -> usize {
        sequence as usize & (self.packets.len() - 1)
    }

    /// The packet of that number, if it is still there.
    pub(crate) fn get(&self, sequence: u64) -> Option<&Stored> {
        let stored = self.packets[self.slot(sequence)].as_ref()?;
        (stored.sequence == sequence && self.write_at - stored.at <= self.bytes.len() as u64)
            .then_some(stored)
    }

    /// Its bytes.
    pub(crate) fn bytes(&self, stored: &Stored) -> &[u8] {
        let start = (stored.at % self.bytes.len() as u64) as usize;
        self.bytes.get(start..start + stored.len as usize).unwrap_or_default()
    }

    /// Keeps a packet; `false` where it was there already or is older than all that is kept.
    pub(crate) fn insert(&mut self, now: Time, entry: Entry, bytes: &[u8]) -> bool {
        if self.get(entry.sequence).is_some() || bytes.len() > self.bytes.len() / 4 {
            return false;
        }
        if let Some(highest) = self.highest
            && entry.sequence + self.packets.len() as u64 <= highest
        {
            return false;
        }
        self.make_room(now, entry.sequence, bytes.len());
        let mut start = (self.write_at % self.bytes.len() as u64) as usize;
        if start + bytes.len() > self.bytes.len() {
            self.write_at += (self.bytes.len() - start) as u64;
            start = 0;
        }
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        let stored = Stored {
            sequence: entry.sequence,
            timestamp: entry.timestamp,
            arrived: now,
            at: self.write_at,
            len: bytes.len() as u16,
            header_len: entry.header_len,
            marker: entry.marker,
            slots: entry.slots,
            payload: entry.payload,
        };
        self.write_at += bytes.len() as u64;
        let slot = self.slot(entry.sequence);
        self.packets[slot] = Some(stored);
        self.highest = Some(self.highest.map_or(entry.sequence, |highest| highest.max(entry.sequence)));
        true
    }

    /// Doubles what is about to overwrite something young.
    fn make_room(&mut self, now: Time, sequence: u64, bytes: usize) {
        let capacity = self.bytes.len() as u64;
        if self.write_at % capacity + bytes as u64 > capacity {
            let turn = now.since(self.turned_at);
            self.turned_at = now;
            if self.write_at >= capacity && turn < KEEP && self.bytes.len() * 2 <= self.bytes_max {
                let bytes = self.bytes.len() * 2;
                self.rebuild(self.packets.len(), bytes);
            }
        }
        let young = |old: &Option<Stored>| {
            old.is_some_and(|old| old.sequence < sequence && now.since(old.arrived) < KEEP)
        };
        if young(&self.packets[self.slot(sequence)]) && self.packets.len() < PACKETS_MAX {
            self.rebuild(self.packets.len() * 2, self.bytes.len());
        }
    }

    fn rebuild(&mut self, packets: usize, bytes: usize) {
        let mut kept: Vec<Stored> = self.packets.iter().flatten().copied().collect();
        kept.retain(|stored| self.get(stored.sequence).is_some());
        kept.sort_by_key(|stored| stored.at);
        let mut fresh: Box<[u8]> = vec![0; bytes].into();
        let mut ring: Box<[Option<Stored>]> = vec![None; packets].into();
        let mut at = 0;
        for mut stored in kept {
            let from = self.bytes(&stored);
            fresh[at..at + from.len()].copy_from_slice(from);
            stored.at = at as u64;
            at += from.len();
            ring[stored.sequence as usize & (packets - 1)] = Some(stored);
        }
        self.bytes = fresh;
        self.packets = ring;
        self.write_at = at as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64) -> Entry {
        Entry {
            sequence,
            timestamp: 0,
            header_len: 12,
            marker: false,
            slots: Slots::default(),
            payload: Payload::default(),
        }
    }

    #[test]
    fn a_packet_is_there_until_it_is_written_over() {
        let mut store = PacketStore::new(8, 4096, 4096);
        let now = Time::from_millis(5000);
        for sequence in 0..20 {
            assert!(store.insert(now + KEEP * sequence as u32, entry(sequence), &[sequence as u8; 700]));
        }
        for sequence in 16..20 {
            let stored = *store.get(sequence).expect("young");
            assert!(store.bytes(&stored).iter().all(|byte| *byte == sequence as u8));
        }
        assert!(store.get(10).is_none());
    }

    #[test]
    fn it_grows_while_it_turns_over_within_a_second() {
        let mut store = PacketStore::for_video();
        for sequence in 0..4000_u64 {
            let now = Time::from_millis(1000 + sequence);
            assert!(store.insert(now, entry(sequence), &[sequence as u8; 1200]));
        }
        for sequence in 3200..4000 {
            let stored = *store.get(sequence).expect("younger than a second");
            assert_eq!(store.bytes(&stored)[0], sequence as u8);
        }
        assert!(store.bytes.len() <= 4 << 20);
    }

    #[test]
    fn a_packet_that_comes_twice_is_kept_once() {
        let mut store = PacketStore::for_audio();
        assert!(store.insert(Time::ZERO, entry(7), &[1; 80]));
        assert!(!store.insert(Time::ZERO, entry(7), &[2; 80]));
        assert!(store.insert(Time::ZERO, entry(5), &[3; 80]), "a late one has its place");
    }
}
