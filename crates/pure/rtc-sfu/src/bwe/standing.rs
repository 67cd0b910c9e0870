//! A queue that stands: delay that no longer grows, so the trend does not see it, but never goes away. A
//! drop of the way's rate leaves one, and sending exactly what the way bears keeps it for ever. It is found
//! by the least delay within an interval, as a queue that only varies is empty now and then.

use crate::Time;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(500);
/// A queue that never was shorter than this within an interval stands, in microseconds.
const STANDING_MICROS: i64 = 80_000;
/// Clocks of sender and receiver drift apart; the least delay ever seen rises by so much an interval
/// (100 ppm).
const DRIFT_MICROS: i64 = 50;
/// A change beyond this is a clock that was set.
const JUMP_MICROS: i64 = 5_000_000;
/// After so many intervals of sending less without effect, what was taken for a queue is the way's delay.
const WITHOUT_EFFECT: u8 = 4;
const EFFECT: f64 = 0.8;

/// Finds standing queues.
#[derive(Clone, Debug, Default)]
pub(super) struct StandingQueue {
    /// The least transit ever seen (in microseconds, from any origin).
    base: Option<i64>,
    /// The least of this interval, and when that began.
    least: Option<i64>,
    began: Time,
    /// The queue when it was first found standing.
    first: i64,
    intervals: u8,
}

impl StandingQueue {
    /// Takes a packet's times in microseconds; the clocks need not agree.
    pub(super) fn on_packet(&mut self, sent: i64, arrival: i64) {
        let transit = arrival.saturating_sub(sent);
        self.least = Some(self.least.map_or(transit, |least| least.min(transit)));
    }

    /// Whether a queue was standing in the last interval.
    pub(super) fn is_standing(&self) -> bool {
        self.intervals > 0
    }

    /// Judges an interval that is over. True: send less.
    pub(super) fn update(&mut self, now: Time) -> bool {
        let Some(least) = self.least.filter(|_| now.since(self.began) >= INTERVAL) else {
            return false;
        };
        self.began = now;
        self.least = None;
        let base = self.base.unwrap_or(least).saturating_add(DRIFT_MICROS).min(least);
        let queue = least.saturating_sub(base);
        if queue > JUMP_MICROS {
            *self = Self { base: Some(least), began: now, ..Self::default() };
            return false;
        }
        self.base = Some(base);
        if queue < STANDING_MICROS {
            self.intervals = 0;
            return false;
        }
        if self.intervals == 0 || (queue as f64) < self.first as f64 * EFFECT {
            self.first = queue;
            self.intervals = 0;
        }
        self.intervals += 1;
        if self.intervals > WITHOUT_EFFECT {
            self.base = Some(least);
            self.intervals = 0;
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds intervals of packets whose delay in the queue (ms) is told; gives what each was judged.
    fn judge(standing: &mut StandingQueue, from: i64, queue: impl Fn(i64, i64) -> i64) -> Vec<bool> {
        (0..10)
            .map(|interval| {
                for packet in 0..50 {
                    let sent = (from + interval) * 500_000 + packet * 10_000;
                    standing.on_packet(sent, sent - 3_000_000 + queue(interval, packet) * 1_000);
                }
                standing.update(Time::from_millis((from + interval + 1) as u64 * 500))
            })
            .collect()
    }

    #[test]
    fn a_queue_that_empties_now_and_then_does_not_stand() {
        let mut standing = StandingQueue::default();
        let judged = judge(&mut standing, 0, |_, packet| if packet % 20 == 3 { 5 } else { 300 });
        assert!(judged.iter().all(|standing| !standing));
    }

    #[test]
    fn a_queue_that_stays_is_found_until_it_is_gone() {
        let mut standing = StandingQueue::default();
        judge(&mut standing, 0, |_, _| 2);
        let judged = judge(&mut standing, 10, |interval, _| (300 - interval * 50).max(0));
        assert_eq!(judged, [true, true, true, true, true, false, false, false, false, false]);
    }

    #[test]
    fn a_way_that_became_longer_is_taken_as_such_after_two_seconds() {
        let mut standing = StandingQueue::default();
        judge(&mut standing, 0, |_, _| 2);
        let judged = judge(&mut standing, 10, |_, _| 200);
        assert_eq!(judged.iter().filter(|standing| **standing).count(), 4);
        assert!(!judged[5..].contains(&true));
    }

    #[test]
    fn a_clock_that_was_set_is_no_queue() {
        let mut standing = StandingQueue::default();
        judge(&mut standing, 0, |_, _| 2);
        assert!(!judge(&mut standing, 10, |_, _| 60_000).contains(&true));
        standing.on_packet(i64::MIN, i64::MAX);
        standing.on_packet(i64::MAX, i64::MIN);
        assert!(!standing.update(Time::NEVER));
    }
}
