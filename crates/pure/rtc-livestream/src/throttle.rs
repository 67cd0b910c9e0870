//! When watchers are told a new viewer count: seldom, never for a trifle, and always the last one.
//!
//! A machine: [`Throttle::observe`] takes each count, [`Throttle::handle_timeout`] is called at
//! [`Throttle::poll_timeout`], and both say which count is to be sent now, if any.

use rtc_types::Millis;

/// The least time between two counts of one stream.
pub const COUNT_EVERY_MS: Millis = 5_000;
/// A move by this many viewers is worth telling.
const STEP_VIEWERS: u32 = 5;
/// So is a move by one part in so many of the count before.
const STEP_PART: u32 = 10;

/// The throttle of one stream's viewer counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttle {
    sent: u32,
    sent_at: Option<Millis>,
    current: u32,
    changed_at: Millis,
}

impl Throttle {
    /// A throttle of a stream whose watchers know `count`.
    pub fn new(count: u32) -> Self {
        Self { sent: count, sent_at: None, current: count, changed_at: 0 }
    }

    /// Takes the count as it is now; gives it back where it is to be sent at once.
    pub fn observe(&mut self, now: Millis, count: u32) -> Option<u32> {
        if count != self.current {
            self.current = count;
            self.changed_at = now;
        }
        self.handle_timeout(now)
    }

    /// When [`Throttle::handle_timeout`] is to be called, if nothing happens before.
    ///
    /// A trifle waits until the count has been still for as long as two counts are apart, so that the final count
    /// arrives and a count that wavers by one does not become a message each time.
    pub fn poll_timeout(&self) -> Option<Millis> {
        if self.current == self.sent {
            return None;
        }
        let free_at = self.sent_at.map_or(0, |at| at.saturating_add(COUNT_EVERY_MS));
        let due_at = if self.is_worth_telling() { 0 } else { self.changed_at.saturating_add(COUNT_EVERY_MS) };
        Some(free_at.max(due_at))
    }

    /// Gives the count that is to be sent now, if any.
    pub fn handle_timeout(&mut self, now: Millis) -> Option<u32> {
        self.poll_timeout().filter(|at| *at <= now)?;
        self.sent = self.current;
        self.sent_at = Some(now);
        Some(self.current)
    }

    fn is_worth_telling(&self) -> bool {
        let moved = self.current.abs_diff(self.sent);
        moved >= STEP_VIEWERS || u64::from(moved) * u64::from(STEP_PART) >= u64::from(self.sent)
    }
}
