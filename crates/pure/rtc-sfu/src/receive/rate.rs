//! A rate over the last second, cheap enough to be kept for every stream.

use crate::Time;

/// Buckets in the window.
const BUCKETS: u64 = 8;
/// A bucket is 2^17 µs, about 131 ms: found by a shift, where a decimal length would ask for a division.
const BUCKET_SHIFT: u32 = 17;
const BUCKET_MICROS: u64 = 1 << BUCKET_SHIFT;
/// Less time than this says nothing about a rate.
const MEASURED_MICROS_MIN: u64 = 2 * BUCKET_MICROS;

/// Bytes over a sliding window of about a second.
///
/// Adding is O(1): buckets that have passed are cleared when the next bytes come, and left out of the sum
/// when none come.
#[derive(Clone, Debug, Default)]
pub struct RateMeter {
    buckets: [u32; BUCKETS as usize],
    /// The bucket that was last added to, counted from the worker's start.
    latest: u64,
    /// When bytes came after a pause of a window or more.
    started: Time,
}

impl RateMeter {
    /// A meter that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts bytes that came or went now.
    #[inline]
    pub fn add(&mut self, now: Time, bytes: usize) {
        let bucket = now.as_micros() >> BUCKET_SHIFT;
        if bucket > self.latest || self.started == Time::ZERO {
            self.advance(now, bucket);
        }
        let slot = &mut self.buckets[(self.latest % BUCKETS) as usize];
        *slot = slot.saturating_add(bytes as u32);
    }

    /// bit/s over the last second; since the first byte where that is more recent.
    pub fn bitrate(&self, now: Time) -> u64 {
        let bucket = (now.as_micros() >> BUCKET_SHIFT).max(self.latest);
        let passed = bucket - self.latest;
        if passed >= BUCKETS || self.started == Time::ZERO {
            return 0;
        }
        let bytes: u64 = (passed..BUCKETS)
            .map(|age| u64::from(self.buckets[(bucket.wrapping_sub(age) % BUCKETS) as usize]))
            .sum();
        let window = (BUCKETS - 1) * BUCKET_MICROS + now.as_micros() % BUCKET_MICROS;
        let measured = window.min(now.since(self.started).as_micros() as u64).max(MEASURED_MICROS_MIN);
        bytes * 8 * 1_000_000 / measured
    }

    #[cold]
    fn advance(&mut self, now: Time, bucket: u64) {
        let passed = bucket.saturating_sub(self.latest);
        if passed >= BUCKETS || self.started == Time::ZERO {
            self.buckets = [0; BUCKETS as usize];
            // Zero stands for "never".
            self.started = now.max(Time::from_micros(1));
        } else {
            for index in self.latest + 1..=bucket {
                self.buckets[(index % BUCKETS) as usize] = 0;
            }
        }
        self.latest = bucket;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_steady_stream_is_measured_within_three_percent() {
        let mut meter = RateMeter::new();
        let mut now = Time::from_millis(12_345);
        for packet in 0..1_000 {
            meter.add(now, 1_250);
            if packet > 60 {
                let rate = meter.bitrate(now) as f64;
                assert!((rate / 1_000_000.0 - 1.0).abs() < 0.03, "{rate} after {packet}");
            }
            now += Duration::from_millis(10);
        }
    }

    #[test]
    fn a_stream_that_stops_is_at_zero_a_second_later() {
        let mut meter = RateMeter::new();
        for ms in 0..2_000 {
            meter.add(Time::from_millis(ms), 100);
        }
        assert!(meter.bitrate(Time::from_millis(2_400)) < 600_000);
        assert_eq!(meter.bitrate(Time::from_millis(3_200)), 0);
        assert_eq!(meter.bitrate(Time::from_millis(600_000)), 0);
    }

    #[test]
    fn a_pause_does_not_lower_the_rate_that_follows_it() {
        let mut meter = RateMeter::new();
        meter.add(Time::from_millis(5), 100);
        for ms in 60_000..60_500 {
            meter.add(Time::from_millis(ms), 125);
        }
        let rate = meter.bitrate(Time::from_millis(60_500));
        assert!((950_000..1_050_000).contains(&rate), "{rate}");
    }

    #[test]
    fn a_clock_that_stands_still_or_steps_back_is_borne() {
        let mut meter = RateMeter::new();
        meter.add(Time::from_millis(1_000), usize::MAX);
        meter.add(Time::from_millis(10), 1);
        meter.add(Time::NEVER, 1);
        meter.bitrate(Time::ZERO);
        meter.bitrate(Time::NEVER);
    }
}
