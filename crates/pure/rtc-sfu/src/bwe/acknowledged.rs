//! How much arrives, by the receiver's clock.

/// A sample is taken over this long; the first one over longer, as a stream begins with a burst.
const SAMPLE_MICROS: i64 = 150_000;
const FIRST_MICROS: i64 = 500_000;
/// A pause as long says nothing about the way: it is left out.
const PAUSE_MICROS: i64 = 1_000_000;

/// A sample's deviation grows with its distance from what is known (relative, times this), up to the other:
/// a way that has changed has to be followed within a few samples.
const DISTRUST: f64 = 10.0;
const DEVIATION_MAX: f64 = 4.0;

/// The acknowledged bitrate: samples, each believed less the further it is from what is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledged {
    window_began: Option<i64>,
    last_arrival: i64,
    bytes: u64,
    /// kbit/s and their variance.
    estimate: Option<(f64, f64)>,
}

impl Acknowledged {
    /// Notes bytes that arrived at a moment of the receiver's clock, in microseconds.
    pub(super) fn on_packet(&mut self, arrival: i64, bytes: u64) {
        let began = match self.window_began {
            Some(began) if arrival.saturating_sub(self.last_arrival) < PAUSE_MICROS && arrival >= began => {
                began
            }
            Some(began) if arrival < began && began.saturating_sub(arrival) < PAUSE_MICROS => began,
            _ => {
                self.bytes = 0;
                arrival
            }
        };
        self.window_began = Some(began);
        self.last_arrival = arrival;
        let elapsed = arrival.saturating_sub(began);
        let wanted = if self.estimate.is_none() { FIRST_MICROS } else { SAMPLE_MICROS };
        if elapsed >= wanted {
            self.sample(self.bytes as f64 * 8_000.0 / elapsed as f64);
            self.bytes = 0;
            self.window_began = Some(arrival);
        }
        self.bytes += bytes;
    }

    /// bit/s; `None` before half a second was seen.
    pub(super) fn bitrate(&self) -> Option<u64> {
        self.estimate.map(|(kilobits, _)| (kilobits * 1_000.0) as u64)
    }

    fn sample(&mut self, sample: f64) {
        let Some((known, variance)) = self.estimate else {
            self.estimate = Some((sample, 50.0));
            return;
        };
        let deviation = (DISTRUST * (known - sample).abs() / known.max(1.0)).min(DEVIATION_MAX);
        let of_sample = (deviation * deviation).max(0.01);
        let predicted = variance + 5.0;
        let together = of_sample + predicted;
        let estimate = (of_sample * known + predicted * sample) / together;
        self.estimate = Some((estimate.max(1.0), of_sample * predicted / together));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_is_found_and_a_new_one_followed_within_two_seconds() {
        let mut acknowledged = Acknowledged::default();
        let mut at = 5_000_000;
        for _ in 0..200 {
            at += 10_000;
            acknowledged.on_packet(at, 1_250);
        }
        let rate = acknowledged.bitrate().expect("measured") as f64;
        assert!((rate / 1e6 - 1.0).abs() < 0.05, "{rate}");
        for _ in 0..200 {
            at += 10_000;
            acknowledged.on_packet(at, 375);
        }
        let rate = acknowledged.bitrate().expect("measured") as f64;
        assert!((rate / 0.3e6 - 1.0).abs() < 0.1, "{rate}");
    }

    #[test]
    fn a_pause_is_no_rate() {
        let mut acknowledged = Acknowledged::default();
        let mut at = 0;
        for packet in 0..400 {
            at += if packet == 200 { 20_000_000 } else { 10_000 };
            acknowledged.on_packet(at, 1_250);
        }
        acknowledged.on_packet(i64::MIN, 1);
        acknowledged.on_packet(i64::MAX, 1);
        let rate = acknowledged.bitrate().expect("measured") as f64;
        assert!((rate / 1e6 - 1.0).abs() < 0.05, "{rate}");
    }
}
