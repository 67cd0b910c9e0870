//! Percentiles of one measurement, medians and spread of several rounds.

use serde::Serialize;

/// Latencies of one measurement, in nanoseconds.
#[derive(Default)]
pub struct Latencies {
    /// Whole samples, not buckets: a few million at four bytes each, and percentiles are exact.
    samples: Vec<u32>,
}

impl Latencies {
    /// Adds a sample; one beyond 4.29 s counts as 4.29 s.
    pub fn record(&mut self, nanoseconds: u64) {
        self.samples.push(u32::try_from(nanoseconds).unwrap_or(u32::MAX));
    }

    /// Adds the samples of another measurement.
    pub fn merge(&mut self, other: Self) {
        self.samples.extend(other.samples);
    }

    /// The smallest sample, in milliseconds, that `percent` % of all samples do not exceed (nearest rank);
    /// `None` without samples.
    pub fn percentile_ms(&mut self, percent: f64) -> Option<f64> {
        let rank = (percent / 100.0 * self.samples.len() as f64).ceil() as usize;
        let index = rank.max(1) - 1;
        if index >= self.samples.len() {
            return None;
        }
        let (_, sample, _) = self.samples.select_nth_unstable(index);
        Some(f64::from(*sample) / 1e6)
    }
}

/// What several rounds of one figure came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The middle round, or the mean of the two middle ones.
    pub median: f64,
    /// The smallest round.
    pub min: f64,
    /// The largest round.
    pub max: f64,
    /// All rounds in the order they ran.
    pub rounds: Vec<f64>,
}

impl Summary {
    /// Summarises the rounds; `None` when there are none.
    pub fn of(rounds: &[f64]) -> Option<Self> {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        Some(Self { median, min, max, rounds: rounds.to_vec() })
    }

    /// Half the distance between the extremes, in percent of the median.
    pub fn spread_percent(&self) -> f64 {
        if self.median == 0.0 { 0.0 } else { (self.max - self.min) / 2.0 / self.median.abs() * 100.0 }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let mut latencies = Latencies::default();
        for ms in (1..=100).rev() {
            latencies.record(ms * 1_000_000);
        }
        assert_eq!(latencies.percentile_ms(50.0), Some(50.0));
        assert_eq!(latencies.percentile_ms(99.0), Some(99.0));
        assert_eq!(latencies.percentile_ms(100.0), Some(100.0));
        assert_eq!(latencies.percentile_ms(0.0), Some(1.0));
    }

    #[test]
    fn no_samples_have_no_percentile() {
        assert_eq!(Latencies::default().percentile_ms(99.0), None);
    }

    #[test]
    fn a_sample_too_long_for_its_four_bytes_saturates() {
        let mut latencies = Latencies::default();
        latencies.record(u64::MAX);
        assert_eq!(latencies.percentile_ms(50.0), Some(f64::from(u32::MAX) / 1e6));
    }

    #[test]
    fn the_median_of_rounds_does_not_depend_on_their_order() {
        let odd = Summary::of(&[3.0, 1.0, 2.0]).unwrap();
        assert_eq!((odd.median, odd.min, odd.max), (2.0, 1.0, 3.0));
        assert_eq!(odd.rounds, [3.0, 1.0, 2.0]);
        assert_eq!(Summary::of(&[4.0, 1.0, 2.0, 3.0]).unwrap().median, 2.5);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn spread_is_half_the_range_in_percent_of_the_median() {
        assert_eq!(Summary::of(&[90.0, 100.0, 110.0]).unwrap().spread_percent(), 10.0);
        assert_eq!(Summary::of(&[0.0]).unwrap().spread_percent(), 0.0);
    }
}
