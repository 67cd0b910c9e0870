//! When a delivery is tried again. Pure: the randomness that spreads retries is an argument.

use crate::webhook::Outcome;
use rtc_types::Millis;

/// How long after each failed attempt the next is made, before the spread of ± 20 %.
pub const DELAYS_MS: [Millis; 7] = [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000];

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It was delivered.
    Delivered,
    /// It is tried again after so many milliseconds.
    Retry(Millis),
    /// All attempts were made; it can be replayed by hand.
    GiveUp,
    /// The endpoint is gone (410) and gets nothing any more.
    Disable,
}

/// What follows the `attempt`-th attempt (the first is 1), given its outcome. `random` is drawn evenly over all
/// values.
pub fn next(outcome: &Outcome, attempt: u32, random: u32) -> Next {
    match outcome.status {
        Some(200..=299) => Next::Delivered,
        Some(410) => Next::Disable,
        _ => {
            let failed = usize::try_from(attempt.max(1) - 1).unwrap_or(usize::MAX);
            DELAYS_MS.get(failed).map_or(Next::GiveUp, |delay_ms| Next::Retry(spread(*delay_ms, random)))
        }
    }
}

/// From 80 % to 120 % of the delay.
fn spread(delay_ms: Millis, random: u32) -> Millis {
    let share = delay_ms * 2 / 5;
    delay_ms - delay_ms / 5 + (u128::from(share) * u128::from(random) / u128::from(u32::MAX)) as Millis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Outcome {
        Outcome { status: Some(status), duration_ms: 1, error: None }
    }

    fn unanswered() -> Outcome {
        Outcome { status: None, duration_ms: 1, error: Some("no answer came in time".into()) }
    }

    #[test]
    fn the_schedule_is_the_documented_one_and_ends() {
        let middle = u32::MAX / 2;
        let delays: Vec<_> = (1..=8).map(|attempt| next(&unanswered(), attempt, middle)).collect();
        let expected = [5, 30, 120, 600, 3600, 21_600, 86_400].map(|seconds| seconds * 1000);
        for (delay, expected) in delays.iter().zip(expected) {
            let Next::Retry(delay) = delay else { panic!("{delay:?} instead of a retry") };
            assert!(delay.abs_diff(expected) <= 1, "{delay} is not {expected}");
        }
        assert_eq!(delays.last(), Some(&Next::GiveUp));
        assert_eq!(next(&unanswered(), u32::MAX, 0), Next::GiveUp);
    }

    #[test]
    fn retries_are_spread_by_a_fifth_to_either_side() {
        assert_eq!(next(&unanswered(), 1, 0), Next::Retry(4_000));
        assert_eq!(next(&unanswered(), 1, u32::MAX), Next::Retry(6_000));
        assert_eq!(next(&unanswered(), 7, u32::MAX), Next::Retry(103_680_000));
    }

    #[test]
    fn success_ends_it_and_gone_disables_the_endpoint() {
        assert_eq!(next(&answered(200), 1, 0), Next::Delivered);
        assert_eq!(next(&answered(204), 8, 0), Next::Delivered);
        assert_eq!(next(&answered(410), 1, 0), Next::Disable);
    }

    #[test]
    fn every_other_answer_is_tried_again() {
        for status in [301, 302, 400, 401, 404, 429, 500, 503] {
            assert!(matches!(next(&answered(status), 1, 0), Next::Retry(_)), "{status}");
        }
    }
}
