//! Spreads video out, so that a key frame does not fill a queue on the way.

use crate::Time;
use std::time::Duration;

/// Times the estimate: a frame leaves well before the next one comes.
const FACTOR: f64 = 2.5;
/// The same where there is more to send than a way bears that has shown its limit: what is too much is to wait
/// here, where it can be dropped, and not on the way, where voices wait behind it.
const FACTOR_CROWDED: f64 = 1.1;
/// bit/s at least.
const BITRATE_MIN: f64 = 300_000.0;
/// What may leave at once, as time at the pacer's rate.
const BURST: Duration = Duration::from_millis(40);
/// What goes without asking holds video back for no longer.
const HELD_MAX: Duration = Duration::from_millis(3);

/// The budget of one transport. It holds no packets: it says whether one may go now, and if not, when.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    /// 1/16 ns that a byte takes.
    byte_cost: u64,
    /// When all that was let go has left at the pacer's rate, in 1/16 ns.
    drained: u64,
    crowded: bool,
}

const UNITS_PER_MICRO: u64 = 16_000;
const BURST_UNITS: u64 = BURST.as_micros() as u64 * UNITS_PER_MICRO;
const HELD_UNITS: u64 = HELD_MAX.as_micros() as u64 * UNITS_PER_MICRO;

impl Pacer {
    /// A pacer for an estimate in bit/s.
    pub fn new(estimate: u64) -> Self {
        let mut pacer = Self { byte_cost: 0, drained: 0, crowded: false };
        pacer.set_estimate(estimate);
        pacer
    }

    /// Follows the estimate, in bit/s.
    pub fn set_estimate(&mut self, estimate: u64) {
        let factor = if self.crowded { FACTOR_CROWDED } else { FACTOR };
        let rate = (estimate as f64 * factor).max(BITRATE_MIN);
        self.byte_cost = ((8.0 * 1e6 * UNITS_PER_MICRO as f64 / rate) as u64).max(1);
    }

    /// Whether there is more to send than the way bears; holds from the next [`Self::set_estimate`] on.
    pub fn set_crowded(&mut self, crowded: bool) {
        self.crowded = crowded;
    }

    /// Asks to send `bytes` of video. Zero: it may go, and is charged. Otherwise: ask again after so long.
    #[inline]
    pub fn allow(&mut self, now: Time, bytes: usize) -> Duration {
        let now = units(now);
        let ahead = self.drained.saturating_sub(now);
        if ahead > BURST_UNITS {
            return Duration::from_micros((ahead - BURST_UNITS).div_ceil(UNITS_PER_MICRO));
        }
        self.drained = self.drained.max(now).saturating_add(self.byte_cost.saturating_mul(bytes as u64));
        Duration::ZERO
    }

    /// Charges what goes without asking: audio, retransmitted audio, probes.
    #[inline]
    pub fn charge(&mut self, now: Time, bytes: usize) {
        // Bounded, or a flood of it would hold video back for long.
        let limit = units(now).saturating_add(BURST_UNITS + HELD_UNITS);
        let charged =
            self.drained.max(units(now)).saturating_add(self.byte_cost.saturating_mul(bytes as u64));
        self.drained = charged.min(limit.max(self.drained));
    }

    /// Bytes that may go now; the last packet may exceed them.
    pub fn budget(&self, now: Time) -> usize {
        let ahead = self.drained.saturating_sub(units(now));
        (BURST_UNITS.saturating_sub(ahead) / self.byte_cost) as usize
    }
}

#[inline]
fn units(now: Time) -> u64 {
    now.as_micros().saturating_mul(UNITS_PER_MICRO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_leaves_at_two_and_a_half_times_the_estimate() {
        let mut pacer = Pacer::new(1_000_000);
        let mut now = Time::from_millis(10_000);
        let began = now;
        for _ in 0..50 {
            loop {
                let wait = pacer.allow(now, 1_250);
                if wait.is_zero() {
                    break;
                }
                now += wait;
            }
        }
        let took = now.since(began).as_millis();
        // 62,500 bytes at 2.5 Mbit/s are 200 ms, less the burst at the start.
        assert!((150..=165).contains(&took), "{took} ms");
    }

    #[test]
    fn a_pause_saves_up_no_more_than_a_burst() {
        let mut pacer = Pacer::new(1_000_000);
        let now = Time::from_millis(100_000);
        let mut sent = 0;
        while pacer.allow(now, 500).is_zero() {
            sent += 500;
        }
        assert!(sent <= 13_000, "{sent}");
        assert_eq!(pacer.budget(now), 0);
        assert!(pacer.budget(now + Duration::from_millis(20)) > 1_000);
    }

    #[test]
    fn audio_is_charged_and_holds_video_back_for_a_few_milliseconds() {
        let mut pacer = Pacer::new(100_000);
        let now = Time::from_millis(1);
        for _ in 0..1_000 {
            pacer.charge(now, 200);
        }
        assert!(pacer.allow(now, 1_000) <= Duration::from_millis(3));
        pacer.charge(Time::NEVER, usize::MAX);
        pacer.allow(Time::NEVER, usize::MAX);
    }
}
