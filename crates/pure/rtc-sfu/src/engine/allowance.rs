//! How much one peer may send us: whoever floods is cut to this, so that forwarding it does not take the others'
//! share. Only packets that proved to be the peer's are charged: a stranger must not use up its allowance.

use crate::Time;

/// Packets a second that are taken from one peer; with full packets some 38 Mbit/s.
const PACKETS_A_SECOND: u64 = 4000;
/// Packets that may come at once: two seconds' worth, for the key frames of a large screen.
const BURST: u64 = 2 * PACKETS_A_SECOND;
/// A packet's price, so that a microsecond earns a whole number.
const PRICE: u64 = 1_000_000;

/// A token bucket.
#[derive(Debug)]
pub(crate) struct Allowance {
    level: u64,
    at: Time,
}

impl Allowance {
    pub(crate) fn new(now: Time) -> Self {
        Self { level: BURST * PRICE, at: now }
    }

    /// Pays for a packet; `false` where there is nothing left.
    #[inline]
    pub(crate) fn take(&mut self, now: Time) -> bool {
        let earned = (now.since(self.at).as_micros() as u64).saturating_mul(PACKETS_A_SECOND);
        self.at = self.at.max(now);
        self.level = self.level.saturating_add(earned).min(BURST * PRICE);
        let pays = self.level >= PRICE;
        self.level -= if pays { PRICE } else { 0 };
        pays
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut allowance = Allowance::new(Time::ZERO);
        let taken = |allowance: &mut Allowance, now| {
            (0..50_000_u64).filter(|_| allowance.take(now)).map(|_| 1).sum::<u64>()
        };
        assert_eq!(taken(&mut allowance, Time::ZERO), BURST);
        assert_eq!(taken(&mut allowance, Time::from_millis(500)), PACKETS_A_SECOND / 2);
        assert_eq!(taken(&mut allowance, Time::from_millis(60_000)), BURST);
    }
}
