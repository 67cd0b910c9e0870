//! Which packets of a publisher's stream to ask for again, and when (RFC 4585, section 6.2.1).

use crate::Time;
use std::{collections::VecDeque, time::Duration};

/// More missing packets than these are not worth asking for: a key frame repairs it all at once.
const MISSING_MAX: usize = 1_000;
/// A packet is given up after so many requests.
const REQUESTS_MAX: u8 = 10;
/// A packet that so many later ones overtook is asked for at once …
const REORDER_PACKETS: u64 = 3;
/// … and any other after this long.
const REORDER_WAIT: Duration = Duration::from_millis(10);
/// Between two requests for a packet at least; retransmission itself takes the sender some time.
const RETRY_MIN: Duration = Duration::from_millis(20);
/// Where no round trip is known.
const RETRY_DEFAULT: Duration = Duration::from_millis(40);
/// Between two requests for a packet at most.
const RETRY_MAX: Duration = Duration::from_millis(500);

/// What a packet changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NackUpdate {
    /// Packets before it are missing that were not known to be.
    pub gap: bool,
    /// It was missing and had been asked for.
    pub recovered: bool,
    /// It is older than the newest and was not missing: seen before, or given up.
    pub stale: bool,
}

/// The missing packets of one stream.
#[derive(Clone, Debug, Default)]
pub struct NackGenerator {
    newest: Option<u64>,
    /// In order of their numbers.
    missing: VecDeque<Missing>,
    /// The lowest number that was never asked for.
    unasked: Option<u64>,
    /// When one of them is due.
    next: Option<Time>,
    key_frame: bool,
    requested: u64,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    seq: u64,
    due: Time,
    requests: u8,
}

impl NackGenerator {
    /// A stream that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet by its extended sequence number, whether it came for the first time or again.
    #[inline]
    pub fn on_packet(&mut self, now: Time, seq: u64) -> NackUpdate {
        match self.newest {
            Some(newest) if seq == newest.wrapping_add(1) => {
                self.newest = Some(seq);
                self.hasten(now, seq);
                NackUpdate::default()
            }
            Some(newest) if seq <= newest => self.take_in_late(seq),
            Some(newest) => self.note_gap(now, newest, seq),
            None => {
                self.newest = Some(seq);
                NackUpdate::default()
            }
        }
    }

    /// Forgets what is missing before a key frame whose first packet is `seq`: nothing needs it any more.
    pub fn on_key_frame(&mut self, seq: u64) {
        let older = self.missing.partition_point(|missing| missing.seq < seq);
        self.missing.drain(..older);
        self.settle();
    }

    /// When [`Self::take_due`] has something to ask for; [`Time::NEVER`] where nothing is missing.
    pub fn poll_timeout(&self) -> Time {
        if self.key_frame { Time::ZERO } else { self.next.unwrap_or(Time::NEVER) }
    }

    /// Appends the sequence numbers to ask for now. `rtt` is the round trip to the publisher, zero where it
    /// is not known. True: too much is missing, ask for a key frame.
    pub fn take_due(&mut self, now: Time, rtt: Duration, out: &mut Vec<u16>) -> bool {
        let key_frame = std::mem::take(&mut self.key_frame);
        if self.next.is_none_or(|next| next > now) {
            return key_frame;
        }
        let retry = if rtt.is_zero() { RETRY_DEFAULT } else { (rtt + rtt / 8).clamp(RETRY_MIN, RETRY_MAX) };
        let newest = self.newest.unwrap_or(0);
        self.missing.retain(|missing| missing.requests < REQUESTS_MAX || missing.due > now);
        let already = out.len();
        for missing in &mut self.missing {
            let overtaken = missing.requests == 0 && newest.saturating_sub(missing.seq) >= REORDER_PACKETS;
            if missing.due <= now || overtaken {
                out.push(missing.seq as u16);
                missing.requests += 1;
                missing.due = now + retry;
            }
        }
        self.requested += (out.len() - already) as u64;
        self.settle();
        key_frame
    }

    /// Packets asked for, counted at each request.
    pub fn requested(&self) -> u64 {
        self.requested
    }

    /// Packets that are missing now.
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// Makes the request due when enough packets overtook the oldest missing one.
    #[inline]
    fn hasten(&mut self, now: Time, seq: u64) {
        if self.unasked.is_some_and(|unasked| seq - unasked >= REORDER_PACKETS) {
            self.next = Some(self.next.map_or(now, |next| next.min(now)));
            self.unasked = None;
        }
    }

    fn take_in_late(&mut self, seq: u64) -> NackUpdate {
        match self.missing.binary_search_by_key(&seq, |missing| missing.seq) {
            Err(_) => NackUpdate { stale: true, ..NackUpdate::default() },
            Ok(index) => {
                let requests = self.missing.remove(index).map_or(0, |missing| missing.requests);
                if self.missing.is_empty() {
                    self.settle();
                }
                NackUpdate { recovered: requests > 0, ..NackUpdate::default() }
            }
        }
    }

    fn note_gap(&mut self, now: Time, newest: u64, seq: u64) -> NackUpdate {
        self.newest = Some(seq);
        let gap = seq - newest - 1;
        if gap > (MISSING_MAX - self.missing.len().min(MISSING_MAX)) as u64 {
            self.missing.clear();
            self.settle();
            self.key_frame = true;
            return NackUpdate { gap: true, ..NackUpdate::default() };
        }
        let due = now + REORDER_WAIT;
        self.missing.extend((newest + 1..seq).map(|seq| Missing { seq, due, requests: 0 }));
        self.next = Some(self.next.map_or(due, |next| next.min(due)));
        self.unasked = Some(self.unasked.unwrap_or(newest + 1));
        self.hasten(now, seq);
        NackUpdate { gap: true, ..NackUpdate::default() }
    }

    fn settle(&mut self) {
        self.next = self.missing.iter().map(|missing| missing.due).min();
        self.unasked = self.missing.iter().find(|missing| missing.requests == 0).map(|missing| missing.seq);
    }
}

#[cfg(test)]
mod tests;
