//! Whether the way is overused: the trend against a threshold that adapts to how much the way varies by
//! itself, so that flows of other kinds do not starve this one (draft-ietf-rmcat-gcc-02, section 5.4).

use crate::Time;

/// The threshold's bounds and first value, in ms.
const THRESHOLD: std::ops::RangeInclusive<f64> = 6.0..=600.0;
const THRESHOLD_FIRST: f64 = 12.5;
/// How fast it goes up and down.
const UP: f64 = 0.0087;
const DOWN: f64 = 0.039;
/// Trends that exceed it by more are spikes, and do not move it.
const SPIKE: f64 = 15.0;
/// A trend has to be above it for so long to count, in ms.
const OVER_MS: f64 = 10.0;

/// What the delay says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Usage {
    /// Delay is steady.
    #[default]
    Normal,
    /// A queue builds.
    Over,
    /// A queue drains.
    Under,
}

/// The detector.
#[derive(Clone, Debug)]
pub(super) struct Detector {
    threshold: f64,
    adapted: Time,
    over_ms: f64,
    over_count: u32,
    trend: f64,
    usage: Usage,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            threshold: THRESHOLD_FIRST,
            adapted: Time::ZERO,
            over_ms: 0.0,
            over_count: 0,
            trend: 0.0,
            usage: Usage::Normal,
        }
    }
}

impl Detector {
    /// What was found last.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes a trend; `group_ms` is how long the group that gave it took to send.
    pub(super) fn update(&mut self, now: Time, trend: f64, group_ms: f64) {
        if trend > self.threshold {
            self.over_ms += if self.over_count == 0 { group_ms / 2.0 } else { group_ms };
            self.over_count += 1;
            // A trend that already falls is a queue about to drain.
            if self.over_ms > OVER_MS && self.over_count > 1 && trend >= self.trend {
                self.over_ms = 0.0;
                self.over_count = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.over_ms = 0.0;
            self.over_count = 0;
            self.usage = if trend < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.trend = trend;
        self.adapt(now, trend.abs());
    }

    fn adapt(&mut self, now: Time, trend: f64) {
        let elapsed = (now.since(self.adapted).as_secs_f64() * 1_000.0).min(100.0);
        self.adapted = now;
        if trend > self.threshold + SPIKE {
            return;
        }
        let speed = if trend < self.threshold { DOWN } else { UP };
        let moved = self.threshold + speed * (trend - self.threshold) * elapsed;
        self.threshold = moved.clamp(*THRESHOLD.start(), *THRESHOLD.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(detector: &mut Detector, from_ms: u64, groups: u64, trend: impl Fn(u64) -> f64) {
        for group in 0..groups {
            detector.update(Time::from_millis(from_ms + group * 20), trend(group), 20.0);
        }
    }

    #[test]
    fn a_lasting_trend_is_overuse_and_a_spike_is_not() {
        let mut detector = Detector::default();
        feed(&mut detector, 0, 50, |_| 1.0);
        feed(&mut detector, 1_000, 1, |_| 40.0);
        assert_eq!(detector.usage(), Usage::Normal);
        feed(&mut detector, 1_020, 3, |group| 40.0 + group as f64);
        assert_eq!(detector.usage(), Usage::Over);
        feed(&mut detector, 1_100, 3, |_| -30.0);
        assert_eq!(detector.usage(), Usage::Under);
        feed(&mut detector, 1_200, 3, |_| 0.0);
        assert_eq!(detector.usage(), Usage::Normal);
    }

    #[test]
    fn the_threshold_rises_where_the_way_varies_by_itself() {
        let mut detector = Detector::default();
        feed(&mut detector, 0, 500, |group| if group % 2 == 0 { 20.0 } else { -20.0 });
        assert!(detector.threshold > 15.0);
        feed(&mut detector, 10_000, 500, |_| 0.5);
        assert!(detector.threshold < 6.1);
    }
}
