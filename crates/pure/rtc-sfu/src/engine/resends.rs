//! How much of a subscriber's way retransmissions may take: on a way that is full they would only displace what
//! they repair.

use crate::Time;
use std::time::Duration;

/// The part of the estimate that they may take, and bit/s at least.
const SHARE: f64 = 0.5;
const BITRATE_MIN: f64 = 100_000.0;
/// What may go at once, as time at that rate.
const BURST: Duration = Duration::from_millis(500);

/// The budget of one transport.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resends {
    /// Bytes that may go now; below 0 by a packet at most.
    level: f64,
    at: Time,
}

impl Resends {
    /// Nothing was sent again yet.
    pub(crate) fn new(now: Time) -> Self {
        Self { level: f64::MAX, at: now }
    }

    /// Earns what has passed, at a path of `estimate` bit/s. Says whether a packet may go; it is charged by
    /// [`Self::charge`].
    pub(crate) fn may_go(&mut self, now: Time, estimate: u64) -> bool {
        let rate = (estimate as f64 * SHARE).max(BITRATE_MIN) / 8.0;
        let earned = rate * now.since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.level = (self.level + earned).min(rate * BURST.as_secs_f64());
        self.level > 0.0
    }

    /// Whether there is room for what may not be needed any more.
    pub(crate) fn is_ample(&self, estimate: u64) -> bool {
        let rate = (estimate as f64 * SHARE).max(BITRATE_MIN) / 8.0;
        self.level > rate * BURST.as_secs_f64() / 2.0
    }

    /// A packet went.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.level -= bytes as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_and_then_half_of_what_the_way_bears() {
        let mut resends = Resends::new(Time::ZERO);
        let mut sent = 0;
        for millisecond in 0..10_000 {
            while resends.may_go(Time::from_millis(millisecond), 1_600_000) {
                resends.charge(1_000);
                sent += 1_000;
            }
        }
        // 100 kB a second, and half a second's worth at first.
        assert!((1_040_000..=1_060_000).contains(&sent), "{sent}");
    }
}
