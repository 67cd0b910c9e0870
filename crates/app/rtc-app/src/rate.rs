//! How many messages a signaling connection may send, whatever its protocol: a token bucket, and when going on
//! ends the connection.

use std::time::Instant;

/// Refused messages after which the connection ends.
const REFUSED_MAX: u32 = 64;
/// One error is sent for so many refused messages, so that answers do not amplify a flood.
const REFUSED_PER_ERROR: u32 = 16;

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Take it.
    Take,
    /// Drop it and say so.
    RefuseAloud,
    /// Drop it; say so only where an answer is waited for.
    Refuse,
    /// It went on: end the connection.
    Close,
}

/// What one connection has left to send.
#[derive(Debug)]
pub struct MessageRate {
    per_s: f32,
    burst: f32,
    tokens: f32,
    refused: u32,
    last: Instant,
}

impl MessageRate {
    #[allow(clippy::cast_precision_loss)]
    /// `per_s` messages a second, and `burst` at once.
    pub fn new(per_s: u32, burst: u32, now: Instant) -> Self {
        let (per_s, burst) = (per_s as f32, burst as f32);
        Self { per_s, burst, tokens: burst, refused: 0, last: now }
    }

    /// Counts a message that came at `now`.
    pub fn take(&mut self, now: Instant) -> Verdict {
        let passed = now.duration_since(self.last).as_secs_f32();
        self.last = now;
        self.tokens = (self.tokens + passed * self.per_s).min(self.burst);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            // A client that keeps to the rate for a while is forgiven.
            if self.tokens >= self.burst / 2.0 {
                self.refused = 0;
            }
            return Verdict::Take;
        }
        self.refused += 1;
        match self.refused {
            refused if refused > REFUSED_MAX => Verdict::Close,
            refused if refused % REFUSED_PER_ERROR == 1 => Verdict::RefuseAloud,
            _ => Verdict::Refuse,
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "an instant comes from nowhere else; no time passes")]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_passes_more_is_refused_and_going_on_closes() {
        let start = Instant::now();
        let mut rate = MessageRate::new(64, 256, start);
        assert!((0..256).all(|_| rate.take(start) == Verdict::Take));
        assert_eq!(rate.take(start), Verdict::RefuseAloud);
        assert!((0..15).all(|_| rate.take(start) == Verdict::Refuse));
        assert_eq!(rate.take(start), Verdict::RefuseAloud);
        assert!((0..47).all(|_| rate.take(start) != Verdict::Close));
        assert_eq!(rate.take(start), Verdict::Close);
    }

    #[test]
    fn the_average_rate_passes_for_ever() {
        let start = Instant::now();
        let mut rate = MessageRate::new(64, 256, start);
        assert!((0..10_000).all(|n| rate.take(start + Duration::from_millis(n * 16)) == Verdict::Take));
    }
}
