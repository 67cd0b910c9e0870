//! What the estimate does over ways of several kinds.

use super::way::{Simulation, Way};
use crate::{
    Time,
    bwe::{Budget, Choice, Demand, Estimator, LayerRate, Priority, allocate},
    send::Layers,
};
use std::time::Duration;

const SEEDS: [u64; 3] = [1, 7, 42];

#[track_caller]
fn within(what: f64, of: f64, low: f64, high: f64, case: &str) {
    let part = what / of;
    assert!((low..=high).contains(&part), "{case}: {what:.0} is {part:.2} of {of:.0}");
}

#[test]
fn it_finds_the_rate_of_the_way() {
    for (bitrate, seconds) in [(300_000, 10), (1_000_000, 10), (3_000_000, 10), (8_000_000, 20)] {
        for seed in SEEDS {
            let mut simulation = Simulation::new(seed, Way::of(bitrate), 1);
            simulation.run(seconds);
            let case = format!("{bitrate} bit/s, seed {seed}");
            within(simulation.flows[0].mean_estimate(2), bitrate as f64, 0.7, 1.05, &case);
            simulation.run(60);
            within(simulation.flows[0].mean_estimate(50), bitrate as f64, 0.7, 1.0, &case);
            within(simulation.flows[0].mean_delivered(50), bitrate as f64, 0.7, 1.0, &case);
        }
    }
}

#[test]
fn it_follows_a_drop_within_two_seconds_and_comes_back() {
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, Way::of(2_500_000), 1);
        simulation.run(20);
        simulation.way.bitrate = 700_000;
        simulation.run(2);
        let case = format!("seed {seed}");
        let after = *simulation.flows[0].estimates.last().expect("run");
        within(after as f64, 700_000.0, 0.3, 1.05, &case);
        simulation.run(15);
        within(simulation.flows[0].mean_estimate(8), 700_000.0, 0.65, 1.05, &case);
        simulation.way.bitrate = 2_500_000;
        simulation.run(20);
        within(simulation.flows[0].mean_estimate(4), 2_500_000.0, 0.7, 1.05, &case);
    }
}

#[test]
fn the_queue_stays_short() {
    for seed in SEEDS {
        let mut simulation =
            Simulation::new(seed, Way { queue: Duration::from_secs(2), ..Way::of(1_500_000) }, 1);
        simulation.run(10);
        simulation.delay_max = 0.0;
        simulation.run(60);
        assert!(simulation.delay_max < 250.0, "{} ms, seed {seed}", simulation.delay_max);
    }
}

#[test]
fn two_flows_share_fairly() {
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, Way::of(3_000_000), 1);
        simulation.run(20);
        simulation.join(10_000_000);
        simulation.run(120);
        let (first, second) =
            (simulation.flows[0].mean_delivered(60), simulation.flows[1].mean_delivered(60));
        within(first, second, 0.5, 2.0, &format!("seed {seed}"));
        within(first + second, 3_000_000.0, 0.7, 1.0, &format!("seed {seed}"));
    }
}

#[test]
fn two_percent_of_random_loss_do_not_collapse_it() {
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, Way { loss: 0.02, ..Way::of(2_000_000) }, 1);
        simulation.run(60);
        within(simulation.flows[0].mean_estimate(40), 2_000_000.0, 0.65, 1.0, &format!("seed {seed}"));
    }
}

#[test]
fn a_way_that_loses_a_fifth_by_itself_is_still_used() {
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, Way { loss: 0.2, ..Way::of(2_000_000) }, 1);
        simulation.run(90);
        within(simulation.flows[0].mean_estimate(30), 2_000_000.0, 0.3, 1.3, &format!("seed {seed}"));
    }
}

#[test]
fn a_way_with_a_tiny_queue_is_found_by_its_loss() {
    for seed in SEEDS {
        let way = Way { queue: Duration::from_millis(20), ..Way::of(1_000_000) };
        let mut simulation = Simulation::new(seed, way, 1);
        simulation.run(60);
        within(simulation.flows[0].mean_delivered(30), 1_000_000.0, 0.5, 1.0, &format!("seed {seed}"));
        within(simulation.flows[0].mean_estimate(30), 1_000_000.0, 0.5, 1.6, &format!("seed {seed}"));
    }
}

#[test]
fn five_percent_of_loss_and_a_long_way_are_borne() {
    for seed in SEEDS {
        let way = Way { loss: 0.05, delay: Duration::from_millis(120), ..Way::of(2_000_000) };
        let mut simulation = Simulation::new(seed, way, 1);
        simulation.run(60);
        within(simulation.flows[0].mean_estimate(40), 2_000_000.0, 0.6, 1.05, &format!("seed {seed}"));
    }
}

#[test]
fn a_way_that_becomes_longer_costs_some_seconds() {
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, Way::of(2_000_000), 1);
        simulation.run(20);
        simulation.way.delay += Duration::from_millis(150);
        simulation.run(30);
        within(simulation.flows[0].mean_estimate(5), 2_000_000.0, 0.7, 1.05, &format!("seed {seed}"));
    }
}

#[test]
fn a_rate_at_its_limit_asks_for_no_wake_up_but_the_watch_for_silence() {
    let mut simulation = Simulation::new(2, Way::of(5_000_000), 1);
    simulation.flows[0].estimator.set_limits(30_000, 1_000_000);
    simulation.run(10);
    let estimator = &mut simulation.flows[0].estimator;
    assert_eq!(estimator.estimate(), 1_000_000);
    assert!(estimator.poll_timeout() > simulation.now);
}

#[test]
fn jitter_of_a_radio_is_borne() {
    for seed in SEEDS {
        let mut simulation =
            Simulation::new(seed, Way { jitter: Duration::from_millis(15), ..Way::of(2_000_000) }, 1);
        simulation.run(60);
        within(simulation.flows[0].mean_estimate(40), 2_000_000.0, 0.5, 1.05, &format!("seed {seed}"));
    }
}

#[test]
fn with_little_to_send_probes_show_what_the_way_bears() {
    let mut simulation = Simulation::new(3, Way::of(4_000_000), 0);
    simulation.join(500_000);
    simulation.flows[0].estimator.set_wanted(3_000_000);
    simulation.run(5);
    let estimate = simulation.flows[0].estimator.estimate();
    assert!(estimate >= 2_400_000, "{estimate}");
    simulation.run(60);
    let delivered = simulation.flows[0].mean_delivered(50);
    assert!(delivered < 560_000.0, "probes end when enough is known: {delivered}");
}

#[test]
fn without_anything_wanted_nothing_is_probed_and_the_estimate_stays_near_what_was_tested() {
    let mut simulation = Simulation::new(3, Way::of(50_000_000), 0);
    simulation.join(500_000);
    simulation.flows[0].estimator.set_wanted(0);
    simulation.run(60);
    assert!(simulation.flows[0].estimator.estimate() <= 800_000);
    assert!(simulation.flows[0].estimator.estimate() >= 600_000);
}

#[test]
fn without_any_feedback_the_rate_goes_down_carefully() {
    let mut simulation = Simulation::new(5, Way { feedback: false, ..Way::of(2_000_000) }, 1);
    simulation.run(1);
    assert_eq!(simulation.flows[0].estimator.estimate(), 600_000);
    simulation.run(4);
    let estimate = simulation.flows[0].estimator.estimate();
    assert!((150_000..450_000).contains(&estimate), "{estimate}");
    simulation.run(60);
    assert_eq!(simulation.flows[0].estimator.estimate(), 30_000);
    simulation.way.feedback = true;
    simulation.run(30);
    assert!(simulation.flows[0].estimator.estimate() > 1_000_000, "it comes back");
}

#[test]
fn reports_of_loss_serve_where_there_is_no_feedback() {
    let mut simulation = Simulation::new(5, Way { feedback: false, ..Way::of(2_000_000) }, 1);
    for second in 0..30 {
        simulation.run(1);
        let (now, flow) = (simulation.now, &mut simulation.flows[0]);
        flow.estimator.on_loss_report(now, 0.0, Some(Duration::from_millis(50)));
        if second == 29 {
            assert!(flow.estimator.estimate() > 1_200_000, "{}", flow.estimator.estimate());
        }
    }
    for _ in 0..3 {
        simulation.run(1);
        let (now, flow) = (simulation.now, &mut simulation.flows[0]);
        let before = flow.estimator.estimate();
        flow.estimator.on_loss_report(now, 0.3, None);
        assert!(flow.estimator.estimate() < before);
    }
}

#[test]
fn hostile_feedback_is_passed_over() {
    let mut simulation = Simulation::new(5, Way::of(2_000_000), 1);
    simulation.run(5);
    let now = simulation.now;
    let flow = &mut simulation.flows[0];
    for step in 0..2_000u32 {
        let seq = (step * 7_919) as u16;
        let arrival = [i64::MIN, i64::MAX, 0, -1, i64::from(step)][step as usize % 5];
        flow.estimator.on_feedback(now, [(seq, Some(arrival)), (seq, None)].into_iter());
    }
    let estimate = flow.estimator.estimate();
    assert!((30_000..=50_000_000).contains(&estimate));
    simulation.run(30);
    let estimate = simulation.flows[0].mean_estimate(5);
    assert!(estimate > 500_000.0, "{estimate}");
}

/// Three simulcast cameras whose layers follow the estimate, for some seconds: how often any of them
/// changed, and the share of the way that they used in the last half.
fn layered(seed: u64, bitrate: u64, seconds: u64) -> (usize, f64) {
    let layer = |spatial, bitrate| LayerRate { layers: Layers { spatial, temporal: 0 }, bitrate };
    let layers = [layer(0, 120_000), layer(1, 400_000), layer(2, 1_200_000)];
    let mut choices = [Choice::default(); 3];
    let mut simulation = Simulation::new(seed, Way::of(bitrate), 0);
    simulation.join(0);
    let (mut changes, mut used, mut rounds) = (0, 0, 0);
    let (mut shared, mut next) = (0, Time::ZERO);
    for step in 0..seconds * 10 {
        simulation.run_ms(100);
        let now = simulation.now;
        let estimator = &simulation.flows[0].estimator;
        let (estimate, limited) = (estimator.estimate(), estimator.is_limited(now));
        // As an engine would: again when the estimate has changed by much, or after a second.
        if now < next && estimate.abs_diff(shared) < shared / 20 {
            continue;
        }
        (shared, next) = (estimate, now + Duration::from_secs(1));
        let before = choices;
        let wanted = Layers { spatial: 2, temporal: 0 };
        let mut demands: Vec<Demand<'_>> = choices
            .iter_mut()
            .map(|choice| Demand {
                priority: Priority::Camera,
                layers: &layers,
                wanted,
                floor: false,
                choice,
            })
            .collect();
        let allocation = allocate(now, Budget { bitrate: estimate, limited }, &mut demands);
        simulation.flows[0].demand = allocation.used;
        simulation.flows[0].estimator.set_wanted(allocation.wanted);
        changes += (0..3).filter(|index| choices[*index].layers != before[*index].layers).count();
        if step > seconds * 5 {
            used += allocation.used;
            rounds += 1;
        }
    }
    (changes, used as f64 / f64::from(rounds) / bitrate as f64)
}

#[test]
fn layers_settle_and_use_the_way() {
    // What fits of 120, 400 and 1,200 kbit/s each: 3 × 120; 3 × 400; 2 × 400 + 1,200; 3 × 1,200.
    for (bitrate, low) in [(450_000, 0.75), (1_500_000, 0.75), (2_600_000, 0.7), (6_000_000, 0.55)] {
        for seed in SEEDS {
            let (changes, used) = layered(seed, bitrate, 120);
            let case = format!("{bitrate} bit/s, seed {seed}: {changes} changes, {used:.2} used");
            assert!((low..=1.0).contains(&used), "{case}");
            assert!(changes <= 12, "{case}");
        }
    }
}

#[test]
fn a_last_word_that_was_lost_costs_an_idle_way_next_to_nothing() {
    let mut estimator = Estimator::new(2_000_000, 30_000, 10_000_000);
    let mut now = Time::from_millis(1_000);
    for _ in 0..200 {
        let sent = estimator.on_sent(now, 1_000);
        now += Duration::from_millis(5);
        estimator.on_feedback(now, [(sent, Some(now.as_micros() as i64))].into_iter());
    }
    let before = estimator.estimate();
    // Nothing more is sent, and of this nothing is heard.
    estimator.on_sent(now, 1_000);
    for _ in 0..600 {
        now += Duration::from_millis(100);
        estimator.handle_timeout(now);
    }
    assert!(estimator.estimate() >= before * 8 / 10, "{} of {before}", estimator.estimate());
}
