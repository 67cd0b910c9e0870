//! One direction of a path.

use crate::Random;
use rtc_sfu::Time;
use std::{collections::BTreeMap, time::Duration};

/// How a link treats what is sent on it.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    /// Probability of loss, 0–1.
    pub loss: f64,
    /// How long a datagram travels.
    pub delay: Duration,
    /// Added to the delay at random, up to this; datagrams may overtake one another.
    pub jitter: Duration,
    /// bit/s; 0: no limit.
    pub rate: u64,
    /// How long a datagram may wait for its turn before it is dropped.
    pub queue: Duration,
    /// Whether nothing gets through.
    pub cut: bool,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            loss: 0.0,
            delay: Duration::from_millis(1),
            jitter: Duration::ZERO,
            rate: 0,
            queue: Duration::from_millis(200),
            cut: false,
        }
    }
}

/// One direction of a path, and what is on it.
#[derive(Debug)]
pub struct Link {
    /// May be changed at any time.
    pub config: LinkConfig,
    random: Random,
    free_at: Time,
    counter: u64,
    flying: BTreeMap<(Time, u64), Vec<u8>>,
    /// Where it is there, all that is sent is copied to it: somebody listens.
    pub tap: Option<Vec<Vec<u8>>>,
    /// Datagrams that were lost.
    pub lost: u64,
    /// Datagrams that were taken.
    pub taken: u64,
}

impl Link {
    /// An empty link.
    pub fn new(config: LinkConfig, seed: u64) -> Self {
        let random = Random::new(seed);
        Self {
            config,
            random,
            free_at: Time::ZERO,
            counter: 0,
            flying: BTreeMap::new(),
            tap: None,
            lost: 0,
            taken: 0,
        }
    }

    /// Sends a datagram.
    pub fn send(&mut self, now: Time, datagram: Vec<u8>) {
        self.taken += 1;
        if let Some(tap) = &mut self.tap {
            tap.push(datagram.clone());
        }
        let config = self.config;
        let mut leaves = now;
        if config.rate > 0 {
            let start = self.free_at.max(now);
            if start.since(now) > config.queue {
                self.lost += 1;
                return;
            }
            leaves = start + Duration::from_secs_f64(datagram.len() as f64 * 8.0 / config.rate as f64);
            self.free_at = leaves;
        }
        if config.cut || self.random.chance(config.loss) {
            self.lost += 1;
            return;
        }
        let arrives = leaves + config.delay + config.jitter.mul_f64(self.random.unit());
        self.counter += 1;
        self.flying.insert((arrives, self.counter), datagram);
    }

    /// When the next datagram arrives.
    pub fn next(&self) -> Time {
        self.flying.first_key_value().map_or(Time::NEVER, |((at, _), _)| *at)
    }

    /// A datagram that has arrived.
    pub fn receive(&mut self, now: Time) -> Option<Vec<u8>> {
        let entry = self.flying.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }
}
