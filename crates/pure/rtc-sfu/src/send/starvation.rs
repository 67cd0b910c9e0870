//! A video for which the way to a subscriber has no room: it stands for a while before it begins anew, and for
//! longer the sooner it fails again. Each beginning costs its publisher, and all who watch, a key frame.

use crate::Time;
use std::time::Duration;

/// The wait after the second failure, doubled with each that follows, up to the other.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(4);
/// A video that went on for so long has room: the wait begins anew.
const PROVED: Duration = Duration::from_secs(15);

/// When a video may go on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Starvation {
    resume_at: Time,
    wait: Duration,
}

impl Starvation {
    /// What waited was dropped.
    pub(crate) fn note(&mut self, now: Time) {
        let proved = self.resume_at == Time::ZERO || now.since(self.resume_at) >= PROVED;
        self.wait = if proved { Duration::ZERO } else { (self.wait * 2).clamp(WAIT_MIN, WAIT_MAX) };
        self.resume_at = now + self.wait;
    }

    /// Whether nothing is to be sent yet.
    #[inline]
    pub(crate) fn waits(&self, now: Time) -> bool {
        now < self.resume_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_again_waits_longer_and_who_went_on_begins_at_once() {
        let mut starvation = Starvation::default();
        let mut now = Time::from_millis(1000);
        let mut waits = Vec::new();
        for _ in 0..6 {
            starvation.note(now);
            let began = now;
            while starvation.waits(now) {
                now += Duration::from_millis(100);
            }
            waits.push(now.since(began).as_secs());
            now += Duration::from_millis(600);
        }
        assert_eq!(waits, [0, 1, 2, 4, 4, 4]);
        now += PROVED;
        starvation.note(now);
        assert!(!starvation.waits(now));
    }
}
