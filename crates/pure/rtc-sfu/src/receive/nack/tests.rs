//! Requests for what is missing.

use super::*;
use proptest::prelude::*;

const RTT: Duration = Duration::from_millis(80);

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

fn due(nack: &mut NackGenerator, ms: u64) -> Vec<u16> {
    let mut out = Vec::new();
    assert!(!nack.take_due(at(ms), RTT, &mut out), "no key frame is needed");
    out
}

#[test]
fn a_stream_in_order_asks_for_nothing() {
    let mut nack = NackGenerator::new();
    for seq in 65_500..66_500 {
        assert_eq!(nack.on_packet(at(seq), seq), NackUpdate::default());
    }
    assert_eq!(nack.poll_timeout(), Time::NEVER);
    assert!(due(&mut nack, 100_000).is_empty());
}

#[test]
fn a_burst_of_loss_is_asked_for_at_once() {
    let mut nack = NackGenerator::new();
    nack.on_packet(at(1), 65_534);
    assert!(nack.on_packet(at(5), 65_538).gap);
    assert_eq!(nack.poll_timeout(), at(5));
    assert_eq!(due(&mut nack, 5), [65_535], "the one that three packets overtook");
    assert_eq!(due(&mut nack, 15), [0, 1], "the others when the tolerance has passed");
}

#[test]
fn two_packets_that_swapped_places_are_not_asked_for() {
    let mut nack = NackGenerator::new();
    nack.on_packet(at(1), 1);
    assert!(nack.on_packet(at(2), 3).gap);
    assert_eq!(nack.poll_timeout(), at(12));
    assert_eq!(nack.on_packet(at(3), 2), NackUpdate::default());
    assert_eq!(nack.poll_timeout(), Time::NEVER);
}

#[test]
fn a_single_loss_is_asked_for_after_the_reorder_tolerance() {
    let mut nack = NackGenerator::new();
    nack.on_packet(at(1), 1);
    nack.on_packet(at(20), 3);
    assert!(due(&mut nack, 29).is_empty());
    assert_eq!(due(&mut nack, 30), [2]);
    assert_eq!(nack.on_packet(at(110), 2), NackUpdate { recovered: true, ..NackUpdate::default() });
    assert!(nack.on_packet(at(111), 2).stale);
}

#[test]
fn requests_are_repeated_by_the_round_trip_and_given_up_after_ten() {
    let mut nack = NackGenerator::new();
    nack.on_packet(at(1), 1);
    nack.on_packet(at(1), 5);
    let mut times = Vec::new();
    for ms in 1..5_000 {
        if due(&mut nack, ms).contains(&2) {
            times.push(ms);
        }
    }
    assert_eq!(times.len(), 10);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 90), "{times:?}");
    assert_eq!((nack.poll_timeout(), nack.missing()), (Time::NEVER, 0));
}

#[test]
fn a_key_frame_ends_the_requests_for_what_came_before_it() {
    let mut nack = NackGenerator::new();
    nack.on_packet(at(1), 1);
    nack.on_packet(at(2), 10);
    nack.on_packet(at(2), 12);
    nack.on_key_frame(10);
    assert_eq!(due(&mut nack, 50), [11]);
}

#[test]
fn a_gap_too_large_asks_for_a_key_frame_once() {
    let mut nack = NackGenerator::new();
    nack.on_packet(at(1), 1);
    nack.on_packet(at(2), 600);
    nack.on_packet(at(3), 1_200);
    let mut out = Vec::new();
    assert!(nack.poll_timeout() <= at(3));
    assert!(nack.take_due(at(3), RTT, &mut out));
    assert!(out.is_empty());
    assert!(!nack.take_due(at(4), RTT, &mut out));
    assert_eq!(nack.poll_timeout(), Time::NEVER);
}

proptest! {
    #[test]
    fn whatever_arrives_the_list_is_bounded_and_sorted(steps in prop::collection::vec((0u64..2_000, 0u64..30), 0..400)) {
        let mut nack = NackGenerator::new();
        let (mut now, mut base) = (at(1), 100_000u64);
        let mut out = Vec::new();
        for (jump, wait) in steps {
            now += Duration::from_millis(wait);
            base = (base + jump / 4).max(jump);
            nack.on_packet(now, base - jump.min(300));
            if nack.poll_timeout() <= now {
                nack.take_due(now, RTT, &mut out);
            }
            prop_assert!(nack.missing() <= MISSING_MAX);
            prop_assert!(nack.poll_timeout() > now || nack.key_frame || nack.unasked.is_none());
        }
    }

    #[test]
    fn what_is_lost_at_random_is_asked_for_and_found(lost in prop::collection::vec(any::<bool>(), 10..300)) {
        let mut nack = NackGenerator::new();
        let mut asked = Vec::new();
        let end = lost.len() as u64;
        for (seq, lost) in lost.iter().enumerate() {
            if !lost || seq == 0 {
                nack.on_packet(at(seq as u64), seq as u64);
            }
            nack.take_due(at(seq as u64), RTT, &mut asked);
        }
        nack.on_packet(at(end), end);
        nack.take_due(at(end + 100), RTT, &mut asked);
        for (seq, lost) in lost.iter().enumerate().skip(1) {
            prop_assert_eq!(asked.contains(&(seq as u16)), *lost);
            if *lost {
                prop_assert!(nack.on_packet(at(end + 101), seq as u64).recovered);
            }
        }
        prop_assert_eq!(nack.poll_timeout(), Time::NEVER);
    }
}
