//! What a packet costs. Meaningful only when optimised: run it by hand, with `--ignored --nocapture`.

use crate::{Time, bwe::Estimator};
use std::time::Duration;

#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::print_stdout, reason = "it measures")]
fn a_packet_costs_a_few_nanoseconds() {
    let mut estimators: Vec<Estimator> =
        (0..300).map(|_| Estimator::new(3_000_000, 30_000, 50_000_000)).collect();
    let mut now = Time::from_millis(1_000);
    let (mut sent, mut sending, mut answering) = (0u32, Duration::ZERO, Duration::ZERO);
    let mut numbers = Vec::new();
    for round in 0..3_000 {
        let began = std::time::Instant::now();
        numbers.extend(estimators.iter_mut().map(|estimator| estimator.on_sent(now, 1_100)));
        sending += began.elapsed();
        sent += estimators.len() as u32;
        now += Duration::from_millis(3);
        if round % 16 == 15 {
            let began = std::time::Instant::now();
            let (start, at) = (numbers[0], now.as_micros() as i64);
            for estimator in &mut estimators {
                let arrived =
                    (0..16i64).map(|index| (start.wrapping_add(index as u16), Some(at + index * 3_000)));
                estimator.on_feedback(now, arrived);
            }
            answering += began.elapsed();
            numbers.clear();
        }
    }
    println!("on_sent {:?} a packet, on_feedback {:?} a packet", sending / sent, answering / sent);
}
