//! How often a table is looked at in which something may lie that nobody told this process of.
//!
//! What this process puts there wakes its workers at once, and what is due at a time is looked for then. A look beside
//! is for what other processes put there or left behind. While there is nothing it is taken less and less often: each
//! costs a quarter of a millisecond of processor time.

use rtc_store::Backend;
use rtc_types::Millis;
use std::time::Duration;

/// The wait after something was there.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest wait where several processes share the work.
const LONGEST_SHARED: Duration = Duration::from_secs(2);
/// The longest wait where one process does it all, and others are tools at most.
const LONGEST_ALONE: Duration = Duration::from_secs(5);

/// The waits between looks.
#[derive(Debug)]
pub(super) struct Pace {
    wait: Duration,
    longest: Duration,
}

impl Pace {
    pub(super) fn of(backend: Backend) -> Self {
        let longest = match backend {
            Backend::Sqlite => LONGEST_ALONE,
            Backend::Postgres => LONGEST_SHARED,
        };
        Self { wait: SHORTEST, longest }
    }

    /// Something was there.
    pub(super) fn found(&mut self) {
        self.wait = SHORTEST;
    }

    /// Nothing was there; gives how long to wait. `due`: when something is.
    pub(super) fn idle(&mut self, due: Option<Millis>, now: Millis) -> Duration {
        let wait = self.wait;
        self.wait = (wait * 2).min(self.longest);
        // What is due already is in another's way or hands: there is nothing to be had now.
        let due = due.and_then(|due| due.checked_sub(now)).filter(|in_ms| *in_ms > 0);
        due.map_or(wait, |in_ms| wait.min(Duration::from_millis(in_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_is_looked_at_less_and_less_often_until_something_is_there() {
        let mut pace = Pace::of(Backend::Sqlite);
        let waits: Vec<u64> = (0..5).map(|_| pace.idle(None, 0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        pace.found();
        assert_eq!(pace.idle(None, 0).as_secs(), 1);
        let mut shared = Pace::of(Backend::Postgres);
        assert_eq!((0..3).map(|_| shared.idle(None, 0).as_secs()).max(), Some(2));
    }

    #[test]
    fn what_is_due_at_a_time_is_looked_for_then() {
        let mut pace = Pace::of(Backend::Sqlite);
        assert_eq!(pace.idle(Some(1_300), 1_000), Duration::from_millis(300));
        assert_eq!(pace.idle(Some(900), 1_000), Duration::from_secs(2));
        assert_eq!(pace.idle(Some(60_000), 1_000), Duration::from_secs(4));
    }
}
