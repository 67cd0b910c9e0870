//! A bound by loss, for ways whose queues are too short to show in delay (draft-ietf-rmcat-gcc-02,
//! section 6). Loss that does not lessen when less is sent is the way's own (radio), and is tolerated.

use crate::Time;
use std::time::Duration;

/// Below this the bound goes up, above the other it goes down.
const LOW: f64 = 0.02;
const HIGH: f64 = 0.10;
/// Growth a second while there is little loss.
const GROWTH: f64 = 1.08;
/// A judgement asks for so many packets over so long; fewer do over a longer time.
const PACKETS: u32 = 50;
const INTERVAL: Duration = Duration::from_millis(500);
const PACKETS_FEW: u32 = 20;
const INTERVAL_FEW: Duration = Duration::from_millis(1_500);
/// After so large a cut, loss that is still there is not of our making.
const CUT: f64 = 0.7;
const STILL_THERE: f64 = 0.7;
const UNCHANGED: u8 = 3;
/// Part of the way's own loss by which it varies, and by which it is forgotten an interval once it lessens.
const MARGIN: f64 = 0.25;
const FORGET: f64 = 0.1;

/// What gets through for all the loss is borne: the bound stays above this part of it.
const DELIVERED: f64 = 0.9;

/// What a judgement is made by, in bit/s.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Sent at most now.
    pub(super) sent: f64,
    /// What delay allows.
    pub(super) by_delay: f64,
    /// What arrives; 0 where that is not known.
    pub(super) delivered: f64,
}

/// The bound.
#[derive(Clone, Debug, Default)]
pub(super) struct LossBound {
    lost: u32,
    arrived: u32,
    since: Option<Time>,
    bound: Option<f64>,
    by_queue: bool,
    fraction: f64,
    /// Of the interval before.
    before: f64,
    /// Rate and loss at which cutting began.
    began: Option<(f64, f64)>,
    /// Judgements since the cut was large enough.
    unchanged: u8,
    /// The way's own loss.
    own: f64,
}

impl LossBound {
    /// Counts what a feedback told.
    pub(super) fn count(&mut self, now: Time, arrived: u32, lost: u32) {
        self.since.get_or_insert(now);
        self.arrived += arrived;
        self.lost += lost;
    }

    /// Packets that were told lost have arrived after all.
    pub(super) fn uncount(&mut self, packets: u32) {
        self.lost = self.lost.saturating_sub(packets);
    }

    /// Of the last interval, 0–1.
    pub(super) fn fraction(&self) -> f64 {
        self.fraction
    }

    /// bit/s at most, where loss says so.
    pub(super) fn bound(&self) -> Option<u64> {
        self.bound.map(|bound| bound as u64)
    }

    /// Judges when enough was counted. `queue`: one stands on the way, so loss comes of it being full.
    pub(super) fn update(&mut self, now: Time, rates: Rates, queue: bool) {
        let packets = self.arrived + self.lost;
        let elapsed = self.since.map_or(Duration::ZERO, |since| now.since(since));
        let enough =
            packets >= PACKETS && elapsed >= INTERVAL || packets >= PACKETS_FEW && elapsed >= INTERVAL_FEW;
        if !enough {
            return;
        }
        let fraction = f64::from(self.lost) / f64::from(packets);
        (self.lost, self.arrived, self.since) = (0, 0, Some(now));
        self.judge(fraction, elapsed.min(Duration::from_secs(3)), rates, queue);
    }

    /// Takes a fraction that the receiver reports itself (0–1), over the time since the last one.
    pub(super) fn judge(&mut self, fraction: f64, elapsed: Duration, rates: Rates, queue: bool) {
        self.fraction = fraction;
        // Two intervals together: a short one alone varies too much.
        let fraction = std::mem::replace(&mut self.before, fraction) / 2.0 + fraction / 2.0;
        self.own -= (self.own - fraction).max(0.0) * FORGET;
        if queue {
            self.own = 0.0;
            self.began = None;
        } else if fraction > HIGH {
            self.learn(fraction, rates.sent);
        }
        // The way's own loss varies with its size.
        let (ours, margin) = (fraction - self.own, self.own * MARGIN);
        if ours > HIGH + margin {
            self.by_queue = queue;
            let cut = rates.sent * (1.0 - 0.5 * ours);
            self.bound = Some(cut.max(rates.delivered * DELIVERED));
        } else if ours < LOW + margin {
            self.began = None;
            let grown = self.bound.map(|bound| bound * GROWTH.powf(elapsed.as_secs_f64()));
            // Where it came of a full queue, delay takes care once that has drained.
            self.bound = grown.filter(|bound| *bound < rates.by_delay && !self.by_queue);
        }
    }

    /// Whether loss stays although much less is sent.
    fn learn(&mut self, fraction: f64, rate: f64) {
        let Some((at, before)) = self.began else {
            self.began = Some((rate, fraction));
            self.unchanged = 0;
            return;
        };
        if rate > at * CUT {
            return;
        }
        // What is told first after a cut was sent before it.
        self.unchanged += 1;
        if self.unchanged >= UNCHANGED {
            self.own = if fraction >= before * STILL_THERE { fraction } else { self.own };
            self.began = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rates(sent: f64, by_delay: f64) -> Rates {
        Rates { sent, by_delay, delivered: 0.0 }
    }

    #[test]
    fn the_bound_stays_near_what_gets_through() {
        let mut loss = LossBound::default();
        for _ in 0..4 {
            let rates = Rates { sent: 600e3, by_delay: 800e3, delivered: 1e6 };
            loss.judge(0.2, SECOND / 2, rates, false);
        }
        assert_eq!(loss.bound(), Some(900_000));
    }

    #[test]
    fn little_loss_bounds_nothing() {
        let mut loss = LossBound::default();
        for second in 0..100 {
            loss.count(Time::from_millis(second * 1_000), 98, 2);
            loss.update(Time::from_millis(second * 1_000 + 900), rates(1e6, 1e6), false);
        }
        assert_eq!(loss.bound(), None);
        assert!((loss.fraction() - 0.02).abs() < 0.001);
    }

    #[test]
    fn loss_that_goes_with_the_rate_bounds_it() {
        let mut loss = LossBound::default();
        let mut rate: f64 = 2e6;
        for _ in 0..40 {
            let fraction = (1.0 - 1e6 / rate).max(0.0);
            loss.judge(fraction, SECOND / 2, rates(rate, 2e6), false);
            rate = loss.bound().map_or(2e6, |bound| bound as f64);
        }
        assert!((0.8e6..1.3e6).contains(&rate), "{rate}");
    }

    #[test]
    fn loss_that_stays_whatever_is_sent_is_tolerated() {
        let mut loss = LossBound::default();
        let mut rate: f64 = 2e6;
        let mut lowest = rate;
        for _ in 0..200 {
            loss.judge(0.2, SECOND / 2, rates(rate, 2e6), false);
            rate = loss.bound().map_or(2e6, |bound| bound as f64);
            lowest = lowest.min(rate);
        }
        assert!(lowest > 1e6, "{lowest}");
        assert!(rate > 1.9e6, "{rate}");
    }
}
