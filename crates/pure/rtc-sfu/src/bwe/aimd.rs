//! The rate by delay: up carefully while delay is steady, down at once where a queue builds
//! (draft-ietf-rmcat-gcc-02, section 5.5).

use super::overuse::Usage;
use crate::Time;
use std::time::Duration;

/// Of what was acknowledged, this remains after overuse.
const DECREASE: f64 = 0.85;
/// With little to send, what is acknowledged says little; so much of the estimate remains at least.
const DECREASE_IDLE: f64 = 0.7;
/// Growth a second, far from where the way was last found full.
const GROWTH: f64 = 1.08;
/// Growth a second at least, in bit/s.
const GROWTH_MIN: f64 = 4_000.0;
/// Bits of a packet: near the limit, growth is one packet each time the way can answer.
const PACKET_BITS: f64 = 9_600.0;
/// How long it takes to see what a change did, beyond a round trip.
const RESPONSE: Duration = Duration::from_millis(100);
/// Further decreases wait for a round trip within these.
const DECREASE_WAIT: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(50)..=Duration::from_millis(250);

/// What an update is given besides the delay's state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// bit/s that arrive.
    pub(super) acknowledged: Option<u64>,
    /// The round trip.
    pub(super) rtt: Duration,
    /// The sender has less to send than it may.
    pub(super) application_limited: bool,
}

/// The rate control.
#[derive(Clone, Debug)]
pub(super) struct Aimd {
    estimate: f64,
    limits: (f64, f64),
    increasing: bool,
    updated: Time,
    decreased: Time,
    capacity: Capacity,
    widened: bool,
}

/// Where the way was last found full: mean and relative deviation of what was acknowledged then.
#[derive(Clone, Debug, Default)]
struct Capacity {
    mean: Option<f64>,
    deviation: f64,
}

impl Aimd {
    pub(super) fn new(initial: u64, min: u64, max: u64) -> Self {
        let limits = (min as f64, (max as f64).max(min as f64));
        Self {
            estimate: (initial as f64).clamp(limits.0, limits.1),
            limits,
            increasing: true,
            updated: Time::ZERO,
            decreased: Time::ZERO,
            capacity: Capacity::default(),
            widened: false,
        }
    }

    /// bit/s.
    pub(super) fn estimate(&self) -> u64 {
        self.estimate as u64
    }

    /// Changes the limits.
    pub(super) fn set_limits(&mut self, min: u64, max: u64) {
        self.limits = (min as f64, (max as f64).max(min as f64));
        self.set(self.estimate);
    }

    /// Takes the delay's state after a feedback. Says whether the rate was lowered.
    pub(super) fn update(&mut self, now: Time, usage: Usage, facts: Facts) -> bool {
        let elapsed = now.since(self.updated).min(Duration::from_secs(1));
        self.updated = now;
        match usage {
            Usage::Over => return self.decrease(now, facts),
            // The queue drains: wait until it has.
            Usage::Under => self.increasing = false,
            Usage::Normal if self.increasing => self.increase(elapsed, facts),
            Usage::Normal => self.increasing = true,
        }
        false
    }

    /// Whether more arrives than where the way was last found full; told once.
    pub(super) fn take_widened(&mut self) -> bool {
        std::mem::take(&mut self.widened)
    }

    /// A probe found the way to bear more.
    pub(super) fn raise(&mut self, bitrate: u64) {
        if bitrate as f64 > self.estimate {
            if self.capacity.mean.is_some() && bitrate as f64 > self.capacity.upper() {
                self.capacity = Capacity::default();
            }
            self.set(bitrate as f64);
        }
    }

    /// A probe found the way to bear no more than this.
    pub(super) fn note_limit(&mut self, bitrate: u64) {
        self.capacity.mean.get_or_insert(bitrate as f64);
    }

    /// Something else than delay asks for less.
    pub(super) fn lower(&mut self, bitrate: f64) {
        self.set(self.estimate.min(bitrate));
    }

    fn increase(&mut self, elapsed: Duration, facts: Facts) {
        let Some(acknowledged) = facts.acknowledged.map(|rate| rate as f64) else {
            return;
        };
        if acknowledged > self.capacity.upper() {
            self.capacity = Capacity::default();
            self.widened = true;
        }
        let seconds = elapsed.as_secs_f64();
        let growth = match self.capacity.mean {
            None => self.estimate * (GROWTH.powf(seconds) - 1.0),
            Some(_) => PACKET_BITS / (facts.rtt + RESPONSE).as_secs_f64() * seconds,
        };
        let grown = self.estimate + growth.max(GROWTH_MIN * seconds);
        // What was never sent was never tested: the way may not bear it.
        let mut tested = acknowledged * 1.5 + 10_000.0;
        if facts.application_limited {
            // Nor where it was last found full: that is for a probe to try.
            tested = tested.min(self.capacity.mean.unwrap_or(f64::INFINITY));
        }
        self.set(grown.min(tested.max(self.estimate)));
    }

    fn decrease(&mut self, now: Time, facts: Facts) -> bool {
        self.increasing = false;
        let wait = facts.rtt.clamp(*DECREASE_WAIT.start(), *DECREASE_WAIT.end());
        if self.decreased != Time::ZERO && now.since(self.decreased) < wait {
            return false;
        }
        self.decreased = now;
        let target = match facts.acknowledged.map(|rate| rate as f64) {
            None => self.estimate * DECREASE_IDLE,
            Some(acknowledged) => {
                let mut target = acknowledged * DECREASE;
                if facts.application_limited {
                    target = target.max(self.estimate * DECREASE_IDLE);
                } else {
                    self.capacity.add(acknowledged);
                }
                if target > self.estimate {
                    target = self.estimate * 0.95;
                }
                target
            }
        };
        self.lower(target);
        true
    }

    fn set(&mut self, estimate: f64) {
        self.estimate = estimate.clamp(self.limits.0, self.limits.1);
    }
}

impl Capacity {
    fn add(&mut self, acknowledged: f64) {
        let mean = match self.mean {
            Some(mean) if acknowledged >= self.lower() && acknowledged <= self.upper() => mean,
            _ => {
                *self = Self { mean: Some(acknowledged), deviation: 0.0 };
                acknowledged
            }
        };
        let error = acknowledged - mean;
        self.mean = Some(mean + 0.05 * error);
        self.deviation = 0.95 * self.deviation + 0.05 * error.abs() / mean.max(1.0);
    }

    /// Beyond: the way has become another.
    fn upper(&self) -> f64 {
        self.mean.map_or(f64::INFINITY, |mean| mean * (1.0 + self.spread()))
    }

    fn lower(&self) -> f64 {
        self.mean.map_or(0.0, |mean| mean * (1.0 - self.spread()))
    }

    fn spread(&self) -> f64 {
        (self.deviation * 3.0).clamp(0.1, 0.3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(acknowledged: u64, application_limited: bool) -> Facts {
        Facts { acknowledged: Some(acknowledged), rtt: Duration::from_millis(50), application_limited }
    }

    fn at(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    #[test]
    fn it_grows_by_eight_percent_a_second_but_not_past_what_was_tested() {
        let mut aimd = Aimd::new(1_000_000, 100_000, 100_000_000);
        for step in 0..=10 {
            aimd.update(at(1_000 + step * 100), Usage::Normal, facts(1_000_000, false));
        }
        assert!((1_070_000..1_180_000).contains(&aimd.estimate()), "{}", aimd.estimate());
        for step in 0..1_000 {
            aimd.update(at(3_000 + step * 100), Usage::Normal, facts(1_000_000, false));
        }
        assert_eq!(aimd.estimate(), 1_510_000);
    }

    #[test]
    fn overuse_brings_it_below_what_arrives_and_growth_is_slow_then() {
        let mut aimd = Aimd::new(2_000_000, 100_000, 100_000_000);
        assert!(aimd.update(at(1_000), Usage::Over, facts(1_000_000, false)));
        assert_eq!(aimd.estimate(), 850_000);
        assert!(
            !aimd.update(at(1_020), Usage::Over, facts(1_000_000, false)),
            "it waits to see what that did"
        );
        for step in 0..=10 {
            aimd.update(at(1_100 + step * 100), Usage::Normal, facts(850_000, false));
        }
        assert!((880_000..930_000).contains(&aimd.estimate()), "{}", aimd.estimate());
    }

    #[test]
    fn overuse_with_little_to_send_takes_it_down_by_steps() {
        let mut aimd = Aimd::new(2_000_000, 100_000, 100_000_000);
        aimd.update(at(1_000), Usage::Over, facts(100_000, true));
        assert_eq!(aimd.estimate(), 1_400_000);
    }

    #[test]
    fn a_probe_raises_it_and_limits_hold() {
        let mut aimd = Aimd::new(500_000, 100_000, 1_000_000);
        aimd.raise(400_000);
        assert_eq!(aimd.estimate(), 500_000);
        aimd.raise(5_000_000);
        assert_eq!(aimd.estimate(), 1_000_000);
        aimd.lower(1.0);
        assert_eq!(aimd.estimate(), 100_000);
    }
}
