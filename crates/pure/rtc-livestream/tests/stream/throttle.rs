//! The throttle, by simulation with virtual time.

use proptest::prelude::*;
use rtc_livestream::{COUNT_EVERY_MS, Throttle};
use rtc_types::Millis;

/// Feeds counts at their moments and lets the timer run; gives what was sent, and when.
fn simulate(start: u32, counts: &[(Millis, u32)]) -> Vec<(Millis, u32)> {
    let mut throttle = Throttle::new(start);
    let mut sent = Vec::new();
    let fire_until = |throttle: &mut Throttle, until: Millis, sent: &mut Vec<(Millis, u32)>| {
        while let Some(at) = throttle.poll_timeout().filter(|at| *at <= until) {
            let count = throttle.handle_timeout(at).expect("a timer that fires has a count to send");
            sent.push((at, count));
        }
    };
    for (at, count) in counts {
        fire_until(&mut throttle, *at, &mut sent);
        sent.extend(throttle.observe(*at, *count).map(|count| (*at, count)));
    }
    fire_until(&mut throttle, Millis::MAX, &mut sent);
    sent
}

#[test]
fn the_first_viewer_is_told_at_once_and_a_rush_every_five_seconds() {
    let counts: Vec<_> = (0..1000).map(|n| (1_000 + n * 20, 1 + n as u32)).collect();
    let sent = simulate(0, &counts);
    let expected = [(1_000, 1), (6_000, 250), (11_000, 500), (16_000, 750), (21_000, 1_000)];
    assert_eq!(sent.len(), expected.len(), "{sent:?}");
    for ((at, count), (expected_at, about)) in sent.iter().zip(expected) {
        assert_eq!(*at, expected_at);
        assert!(count.abs_diff(about) <= 2, "{sent:?}");
    }
    assert_eq!(sent.last().map(|(_, count)| *count), Some(1_000));
}

#[test]
fn a_trifle_waits_until_the_count_is_still() {
    assert_eq!(simulate(100, &[(10_000, 101)]), [(15_000, 101)]);
    assert_eq!(simulate(100, &[(10_000, 101), (12_000, 102), (14_000, 101)]), [(19_000, 101)]);
    assert_eq!(simulate(100, &[(10_000, 101), (12_000, 100)]), []);
}

#[test]
fn five_viewers_or_a_tenth_are_told_at_once() {
    assert_eq!(simulate(1_000, &[(10_000, 1_004)]), [(15_000, 1_004)]);
    assert_eq!(simulate(1_000, &[(10_000, 1_005)]), [(10_000, 1_005)]);
    assert_eq!(simulate(30, &[(10_000, 28)]), [(15_000, 28)]);
    assert_eq!(simulate(30, &[(10_000, 27)]), [(10_000, 27)]);
    assert_eq!(simulate(1, &[(10_000, 0)]), [(10_000, 0)]);
}

proptest! {
    #[test]
    fn never_two_within_five_seconds_and_the_final_count_always_arrives(
        start in 0..300u32,
        steps in proptest::collection::vec((1..7_000u64, 0..300u32), 1..60),
    ) {
        let mut at = 1_000_000;
        let counts: Vec<_> = steps.iter().map(|(wait, count)| { at += wait; (at, *count) }).collect();
        let sent = simulate(start, &counts);
        for pair in sent.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= COUNT_EVERY_MS, "{sent:?}");
            prop_assert!(pair[1].1 != pair[0].1, "{sent:?}");
        }
        let known = sent.last().map_or(start, |(_, count)| *count);
        prop_assert_eq!(known, counts.last().expect("one at least").1);
        // What is sent is true at its moment, and late by no more than two windows.
        for (at, count) in &sent {
            // A timer may fire just before a count of the same moment.
            let before = counts.iter().rev().find(|(when, _)| when < at).map(|(_, count)| *count);
            prop_assert!(before == Some(*count) || counts.contains(&(*at, *count)), "{sent:?}");
        }
        prop_assert!(sent.last().is_none_or(|(at, _)| *at <= counts.last().expect("one").0 + COUNT_EVERY_MS));
    }
}
