//! Whether delay grows: the slope of a line through the delays of the last groups.

use super::inter_arrival::Deltas;

/// Groups that the line goes through.
const WINDOW: usize = 20;
/// Weight of what is known against the newest delay.
const SMOOTHING: f64 = 0.9;
/// Samples that the slope is scaled with at most: few of them give less confidence.
const CONFIDENCE_MAX: f64 = 60.0;
/// Brings the slope to the scale of the detector's threshold, in ms.
const GAIN: f64 = 4.0;

/// The delay's trend.
#[derive(Clone, Debug, Default)]
pub(super) struct Trend {
    /// Arrival (ms since the first) and smoothed delay (ms).
    samples: [(f64, f64); WINDOW],
    count: u32,
    first_arrival: i64,
    delay: f64,
    smoothed: f64,
}

impl Trend {
    /// Takes a difference between groups; gives the trend on the detector's scale once the window is full.
    pub(super) fn update(&mut self, deltas: Deltas) -> Option<f64> {
        if self.count == 0 {
            self.first_arrival = deltas.at;
        }
        self.delay += (deltas.arrived - deltas.sent) as f64 / 1_000.0;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.delay;
        let at = deltas.at.saturating_sub(self.first_arrival) as f64 / 1_000.0;
        self.samples[self.count as usize % WINDOW] = (at, self.smoothed);
        self.count = self.count.saturating_add(1);
        if (self.count as usize) < WINDOW {
            return None;
        }
        Some(self.slope()? * f64::from(self.count).min(CONFIDENCE_MAX) * GAIN)
    }

    /// ms of delay a ms of time, by least squares; the order of the samples does not matter.
    fn slope(&self) -> Option<f64> {
        // One pass, from an origin near the samples so that the squares stay small.
        let count = WINDOW as f64;
        let origin = self.samples[0];
        let (mut sum_at, mut sum_delay, mut both, mut square) = (0.0, 0.0, 0.0, 0.0);
        for sample in &self.samples {
            let (at, delay) = (sample.0 - origin.0, sample.1 - origin.1);
            sum_at += at;
            sum_delay += delay;
            both += at * delay;
            square += at * at;
        }
        both -= sum_at * sum_delay / count;
        square -= sum_at * sum_at / count;
        (square > 0.0).then(|| both / square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(groups: i64, added: impl Fn(i64) -> i64) -> Option<f64> {
        let mut trend = Trend::default();
        let (mut at, mut last) = (0, None);
        for group in 0..groups {
            let arrived = 20_000 + added(group);
            at += arrived;
            last = trend.update(Deltas { sent: 20_000, arrived, at });
        }
        last
    }

    #[test]
    fn a_steady_way_has_no_trend() {
        assert_eq!(run(19, |_| 0), None);
        assert_eq!(run(100, |_| 0), Some(0.0));
        assert!(
            run(101, |group| if group % 2 == 0 { 2_000 } else { -2_000 })
                .is_some_and(|trend| trend.abs() < 6.0)
        );
    }

    #[test]
    fn a_queue_that_builds_has_a_trend_of_its_growth() {
        let trend = run(200, |_| 1_000).expect("full");
        assert!((trend - 60.0 * 4.0 / 21.0).abs() < 1.0, "{trend}");
        assert!(run(200, |_| -1_000).is_some_and(|trend| trend < -10.0));
    }
}
