//! When a publisher's packets arrived, for transport-wide feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use crate::Time;
use std::time::Duration;

/// Arrivals kept; older ones are not reported any more.
const WINDOW: u64 = 512;
/// Packets that one feedback speaks of at most: fits a datagram in the worst encoding.
const REPORTED_MAX: u64 = 400;
/// A feedback's times have to lie within the 8 s that its deltas can express.
const AGE_MAX: Duration = Duration::from_secs(4);
/// How long the first unreported packet waits …
const INTERVAL: Duration = Duration::from_millis(100);
/// … when this many wait with it …
const MANY: u32 = 25;
const INTERVAL_MANY: Duration = Duration::from_millis(50);
/// … and from how many on it does not.
const FULL: u32 = 120;
const NOT_ARRIVED: Time = Time::NEVER;

/// What one feedback packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feedback<'a> {
    /// The first sequence number that it speaks of.
    pub base: u16,
    /// Counts feedback packets; wraps.
    pub count: u8,
    /// Every sequence number from `base` on without a hole (at most 400; the last one arrived), and when it
    /// arrived, in microseconds of [`Time`].
    pub arrivals: &'a [(u16, Option<i64>)],
}

/// The arrivals of one publishing transport.
#[derive(Clone, Debug, Default)]
pub struct ArrivalRecorder {
    /// By sequence number modulo [`WINDOW`]; made with the first packet.
    ring: Box<[Time]>,
    newest: u64,
    /// The next feedback begins here.
    start: u64,
    /// Packets not reported yet.
    waiting: u32,
    waiting_since: Time,
    count: u8,
    report: Vec<(u16, Option<i64>)>,
}

impl ArrivalRecorder {
    /// A transport on which nothing came.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet's transport-wide sequence number.
    pub fn on_packet(&mut self, now: Time, wide_seq: u16) {
        if self.ring.is_empty() {
            self.ring = vec![NOT_ARRIVED; WINDOW as usize].into();
            // One cycle up, so that a packet before the first one has a number too.
            self.newest = (1 << 16) | u64::from(wide_seq);
            self.start = self.newest;
            self.store(now, self.newest);
            return;
        }
        let ahead = wide_seq.wrapping_sub(self.newest as u16) as i16;
        let seq = self.newest.saturating_add_signed(i64::from(ahead));
        if seq > self.newest {
            self.advance(seq);
            self.store(now, seq);
        } else if self.newest - seq < WINDOW && self.arrival(seq) == NOT_ARRIVED {
            // Reported as missing already: said again, now with its time.
            self.start = self.start.min(seq);
            self.store(now, seq);
        }
    }

    /// When a feedback is due; [`Time::NEVER`] where all is reported.
    pub fn poll_timeout(&self) -> Time {
        match self.waiting {
            0 => Time::NEVER,
            waiting if waiting < MANY => self.waiting_since + INTERVAL,
            waiting if waiting < FULL => self.waiting_since + INTERVAL_MANY,
            _ => self.waiting_since,
        }
    }

    /// The feedback that is due; call it again until there is none.
    pub fn take(&mut self, now: Time) -> Option<Feedback<'_>> {
        if now < self.poll_timeout() {
            return None;
        }
        let oldest = now - AGE_MAX;
        let mut start = self.start.max((self.newest + 1).saturating_sub(WINDOW));
        while start <= self.newest && self.arrival(start) < oldest {
            start += 1;
        }
        self.report.clear();
        let mut arrived = 0;
        for seq in start..=self.newest.min(start + REPORTED_MAX - 1) {
            let at = Some(self.arrival(seq)).filter(|at| *at != NOT_ARRIVED && *at >= oldest);
            self.report.push((seq as u16, at.map(|at| at.as_micros() as i64)));
            if at.is_some() {
                arrived = self.report.len();
            }
        }
        self.start = start + self.report.len() as u64;
        if self.start > self.newest {
            self.waiting = 0;
        }
        self.report.truncate(arrived);
        let &(base, _) = self.report.first()?;
        self.count = self.count.wrapping_add(1);
        Some(Feedback { base, count: self.count.wrapping_sub(1), arrivals: &self.report })
    }

    /// Makes room up to `seq`.
    fn advance(&mut self, seq: u64) {
        if seq - self.newest >= WINDOW {
            // A sender that began anew: what lies between was never sent.
            self.ring.fill(NOT_ARRIVED);
            self.start = seq;
            self.waiting = 0;
        } else {
            for skipped in self.newest + 1..seq {
                self.set(skipped, NOT_ARRIVED);
            }
        }
        self.newest = seq;
    }

    fn store(&mut self, now: Time, seq: u64) {
        self.set(seq, now);
        if self.waiting == 0 {
            self.waiting_since = now;
        }
        self.waiting += 1;
    }

    fn set(&mut self, seq: u64, at: Time) {
        if let Some(slot) = self.ring.get_mut((seq % WINDOW) as usize) {
            *slot = at;
        }
    }

    fn arrival(&self, seq: u64) -> Time {
        self.ring.get((seq % WINDOW) as usize).copied().unwrap_or(NOT_ARRIVED)
    }
}

#[cfg(test)]
mod tests;
