//! Packets that the network loses are sent again: towards us, and by us. By seed.

use rtc_sim::{ClientId, LinkConfig, VideoSource, World, audio_parameters, video_parameters};
use std::time::Duration;

const SEEDS: [u64; 3] = [11, 12, 13];
const GOOD: LinkConfig = LinkConfig {
    loss: 0.0,
    delay: Duration::from_millis(20),
    jitter: Duration::ZERO,
    rate: 0,
    queue: Duration::from_millis(200),
    cut: false,
};

fn lossy(loss: f64) -> LinkConfig {
    LinkConfig { loss, ..GOOD }
}

/// Connects one publisher over `up` and subscribers over `down`, lets them go on for 20 s, and gives what each
/// subscriber lacks of the video, with how much it got, and the longest way of a packet.
fn run(seed: u64, up: LinkConfig, down: &[LinkConfig]) -> Vec<(u64, usize, Duration)> {
    let mut world = World::new(seed);
    let ann = world.add(up);
    let others: Vec<ClientId> = down.iter().map(|link| world.add(*link)).collect();
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 5)]);
    let consumed: Vec<_> = others.iter().map(|id| (*id, world.consume(*id, video.producer))).collect();
    world.run_for(Duration::from_secs(20));
    // What is on its way, or asked for, may arrive.
    world.client(ann).set_active(1111, false);
    world.run_for(Duration::from_secs(1));
    let mut got = Vec::new();
    for (id, consumed) in consumed {
        let received = world.client(id).got(&consumed);
        assert!(received.packets.len() > 2500, "{} packets", received.packets.len());
        // In the first seconds the pacer does not know the path yet.
        let way = received.since(start + Duration::from_secs(5)).longest_way();
        got.push((received.missing(), received.packets.len(), way));
    }
    got
}

#[test]
fn at_five_percent_loss_and_40_ms_each_subscriber_gets_nearly_everything() {
    for seed in SEEDS {
        let link = LinkConfig { delay: Duration::from_millis(40), ..lossy(0.05) };
        for (missing, packets, _) in run(seed, GOOD, &[link; 6]) {
            assert!(missing * 200 <= packets as u64, "seed {seed}: {missing} of {packets} are missing");
        }
    }
}

#[test]
fn loss_on_the_way_to_us_is_repaired_by_our_nacks() {
    for seed in SEEDS {
        let link = LinkConfig { delay: Duration::from_millis(40), ..lossy(0.05) };
        for (missing, packets, _) in run(seed, link, &[GOOD; 3]) {
            assert!(missing * 200 <= packets as u64, "seed {seed}: {missing} of {packets} are missing");
        }
    }
}

#[test]
fn loss_and_reordering_on_both_ways_are_repaired() {
    for seed in SEEDS {
        let link = LinkConfig { jitter: Duration::from_millis(15), ..lossy(0.03) };
        for (missing, packets, _) in run(seed, link, &[link; 3]) {
            assert!(missing * 200 <= packets as u64, "seed {seed}: {missing} of {packets} are missing");
        }
    }
}

#[test]
fn a_subscriber_at_twenty_percent_loss_changes_nothing_for_the_others() {
    for seed in SEEDS {
        let before = run(seed, GOOD, &[GOOD; 4]);
        let all = run(seed, GOOD, &[GOOD, GOOD, GOOD, lossy(0.2)]);
        for ((missing, _, way), (_, _, undisturbed)) in all[..3].iter().zip(&before) {
            assert_eq!(*missing, 0, "seed {seed}");
            // A probe may hold a picture back, at most this long.
            let most = *undisturbed + Duration::from_millis(10);
            assert!(*way <= most, "seed {seed}: a packet took {way:?}, undisturbed {undisturbed:?}");
        }
        let (missing, packets, _) = all[3];
        assert!(missing * 50 <= packets as u64, "seed {seed}: {missing} of {packets} are missing");
    }
}

#[test]
fn a_voice_without_retransmission_loses_what_the_network_loses_and_no_more() {
    for seed in SEEDS {
        let mut world = World::new(seed);
        let (ann, bob) = (world.add(GOOD), world.add(lossy(0.05)));
        world.connect_all();
        let voice = world.produce_voice(ann, audio_parameters("a", 3333), 20);
        let consumed = world.consume(bob, voice.producer);
        world.run_for(Duration::from_secs(20));
        let received = world.client(bob).got(&consumed);
        assert!(received.packets.len() > 900 && received.complete() > 0.90, "seed {seed}");
        assert!(received.longest_way() < Duration::from_millis(50), "seed {seed}");
    }
}
