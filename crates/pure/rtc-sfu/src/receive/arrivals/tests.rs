//! Feedback about arrivals.

use super::*;
use proptest::prelude::*;

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

type Said = (u16, u8, Vec<(u16, Option<i64>)>);

fn take(recorder: &mut ArrivalRecorder, ms: u64) -> Option<Said> {
    recorder.take(at(ms)).map(|feedback| (feedback.base, feedback.count, feedback.arrivals.to_vec()))
}

#[test]
fn few_packets_are_reported_after_a_tenth_of_a_second() {
    let mut recorder = ArrivalRecorder::new();
    assert_eq!(recorder.poll_timeout(), Time::NEVER);
    recorder.on_packet(at(1_000), 65_535);
    recorder.on_packet(at(1_020), 1);
    assert_eq!(recorder.poll_timeout(), at(1_100));
    assert_eq!(take(&mut recorder, 1_099), None);
    let said = vec![(65_535, Some(1_000_000)), (0, None), (1, Some(1_020_000))];
    assert_eq!(take(&mut recorder, 1_100), Some((65_535, 0, said)));
    assert_eq!(take(&mut recorder, 2_000), None);
    recorder.on_packet(at(2_000), 3);
    let said = vec![(2, None), (3, Some(2_000_000))];
    assert_eq!(take(&mut recorder, 2_100), Some((2, 1, said)), "a loss between two feedbacks is told");
}

#[test]
fn many_packets_are_reported_sooner() {
    let mut recorder = ArrivalRecorder::new();
    for seq in 0..30 {
        recorder.on_packet(at(1_000), seq);
    }
    assert_eq!(recorder.poll_timeout(), at(1_050));
    for seq in 30..130 {
        recorder.on_packet(at(1_001), seq);
    }
    assert!(recorder.poll_timeout() <= at(1_001));
    assert_eq!(take(&mut recorder, 1_001).map(|said| said.2.len()), Some(130));
}

#[test]
fn a_late_packet_is_reported_again_with_its_followers() {
    let mut recorder = ArrivalRecorder::new();
    for seq in [10, 12, 13] {
        recorder.on_packet(at(1_000), seq);
    }
    take(&mut recorder, 1_100);
    recorder.on_packet(at(1_110), 11);
    recorder.on_packet(at(1_110), 11);
    let said = vec![(11, Some(1_110_000)), (12, Some(1_000_000)), (13, Some(1_000_000))];
    assert_eq!(take(&mut recorder, 1_300), Some((11, 1, said)));
}

#[test]
fn a_sender_that_begins_anew_leaves_no_hole() {
    let mut recorder = ArrivalRecorder::new();
    recorder.on_packet(at(1_000), 10);
    recorder.on_packet(at(1_001), 20_000);
    assert_eq!(take(&mut recorder, 1_200).map(|said| (said.0, said.2.len())), Some((20_000, 1)));
}

#[test]
fn a_long_range_is_split() {
    let mut recorder = ArrivalRecorder::new();
    recorder.on_packet(at(1_000), 0);
    for seq in 401..450 {
        recorder.on_packet(at(1_000), seq);
    }
    assert_eq!(take(&mut recorder, 1_100).map(|said| (said.0, said.2.len())), Some((0, 1)));
    assert_eq!(take(&mut recorder, 1_100).map(|said| (said.0, said.2.len())), Some((400, 50)));
    assert_eq!(take(&mut recorder, 1_100), None);
    assert_eq!(recorder.poll_timeout(), Time::NEVER);
}

#[test]
fn an_arrival_too_old_to_express_is_left_out() {
    let mut recorder = ArrivalRecorder::new();
    recorder.on_packet(at(1_000), 0);
    recorder.on_packet(at(9_000), 1);
    assert_eq!(take(&mut recorder, 9_000), Some((1, 0, vec![(1, Some(9_000_000))])));
}

proptest! {
    #[test]
    fn every_feedback_is_a_run_without_holes_and_ends_in_an_arrival(
        packets in prop::collection::vec((any::<u16>(), 0u64..40, 0u8..8), 0..600),
    ) {
        let mut recorder = ArrivalRecorder::new();
        let (mut now, mut seq) = (at(1), 0u16);
        for (random, wait, kind) in packets {
            now += Duration::from_millis(wait);
            seq = match kind {
                0 => random,
                1 => seq.wrapping_sub(random % 20),
                2 => seq.wrapping_add(random % 700),
                _ => seq.wrapping_add(1),
            };
            recorder.on_packet(now, seq);
            let mut rounds = 0;
            while let Some(feedback) = recorder.take(now) {
                rounds += 1;
                prop_assert!(rounds < 5);
                prop_assert!(feedback.arrivals.len() <= REPORTED_MAX as usize);
                prop_assert!(feedback.arrivals.last().is_some_and(|last| last.1.is_some()));
                for (index, (seq, arrival)) in feedback.arrivals.iter().enumerate() {
                    prop_assert_eq!(*seq, feedback.base.wrapping_add(index as u16));
                    prop_assert!(arrival.is_none_or(|at| Time::from_micros(at as u64) + AGE_MAX >= now));
                }
            }
        }
    }
}
