//! Key frames: who asks gets one soon, and the publisher is asked once for all.

use rtc_sim::{ClientId, LinkConfig, VideoSource, World, video_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn ssrc(consumed: &rtc_sfu::Consumed) -> u32 {
    consumed.parameters.encodings[0].ssrc.expect("told by SSRC")
}

#[test]
fn twenty_subscribers_that_ask_at_once_cost_one_key_frame() {
    let mut world = World::new(21);
    let ann = world.add(LinkConfig::default());
    let others: Vec<ClientId> = (0..20).map(|_| world.add(LinkConfig::default())).collect();
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 2)]);
    let consumed: Vec<_> = others.iter().map(|id| (*id, world.consume(*id, video.producer))).collect();
    world.run_for(3 * SECOND);
    let before = world.client(ann).key_frames_asked;
    assert!(before <= 3, "{before} key frames for twenty that joined at once");
    for (id, consumed) in &consumed {
        world.client(*id).ask_for_key_frame(ssrc(consumed));
    }
    world.run_for(2 * SECOND);
    let asked = world.client(ann).key_frames_asked - before;
    assert!((1..=2).contains(&asked), "{asked} key frames for twenty that asked at once");
    for (id, consumed) in &consumed {
        let received = world.client(*id).got(consumed);
        assert!(received.first_key_frame(world.now() - 2 * SECOND).is_some());
        received.assert_decodable(0);
    }
}

#[test]
fn subscribers_that_ask_all_the_time_cost_two_key_frames_a_second_at_most() {
    let mut world = World::new(22);
    let ann = world.add(LinkConfig::default());
    let others: Vec<ClientId> = (0..5).map(|_| world.add(LinkConfig::default())).collect();
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 2)]);
    let consumed: Vec<_> = others.iter().map(|id| (*id, world.consume(*id, video.producer))).collect();
    world.run_for(SECOND);
    let before = world.client(ann).key_frames_asked;
    for _ in 0..200 {
        for (id, consumed) in &consumed {
            world.client(*id).ask_for_key_frame(ssrc(consumed));
        }
        world.run_for(Duration::from_millis(50));
    }
    let asked = world.client(ann).key_frames_asked - before;
    assert!((10..=21).contains(&asked), "{asked} in 10 s");
}

#[test]
fn a_late_joiner_soon_has_a_key_frame() {
    for seed in [23, 24, 25] {
        let mut world = World::new(seed);
        let lossy = LinkConfig { loss: 0.02, delay: Duration::from_millis(40), ..LinkConfig::default() };
        let (ann, bob) = (world.add(lossy), world.add(lossy));
        world.connect_all();
        let start = world.now();
        let source = vec![VideoSource::new(start, 7, 5)];
        let video = world.produce_video(ann, video_parameters("v", 1111), source);
        world.consume(bob, video.producer);
        world.run_for(10 * SECOND);
        let mut waits = Vec::new();
        for _ in 0..5 {
            let joined = world.now();
            let late = world.add(lossy);
            assert!(world.run_until(5 * SECOND, |world| world.client(late).connected), "connects");
            let asked = world.now();
            let consumed = world.consume(late, video.producer);
            world.run_for(2 * SECOND);
            let received = world.client(late).got(&consumed);
            let first = received.first_key_frame(joined).expect("a key frame comes");
            waits.push(first.since(asked));
        }
        waits.sort();
        // Requests and packets are lost, too, and a request follows the last one after half a second.
        assert!(waits[2] < SECOND && waits[4] < 2 * SECOND, "seed {seed}: after {waits:?}");
    }
}

#[test]
fn a_publisher_that_does_not_answer_is_asked_ever_more_rarely() {
    let mut world = World::new(26);
    let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 1)]);
    world.client(ann).set_active(1111, false);
    world.consume(bob, video.producer);
    world.run_for(30 * SECOND);
    let asked =
        world.engine.producer_stats(world.now(), video.producer).expect("is there").key_frame_requests;
    assert!((4..=14).contains(&asked), "{asked} in 30 s");
}
