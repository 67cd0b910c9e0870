//! What a subscriber's path bears decides what it gets, and nothing about the others.

use rtc_sfu::{Consumed, Time};
use rtc_sim::{
    ClientId, LinkConfig, VideoSource, World, audio_parameters, simulcast_parameters, video_parameters,
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn link(rate: u64) -> LinkConfig {
    LinkConfig { rate, delay: Duration::from_millis(15), ..LinkConfig::default() }
}

/// A publisher of three sizes and a voice behind a good path, and a subscriber a path.
fn scene(seed: u64, rates: &[u64]) -> (World, ClientId, Vec<(ClientId, Consumed, Consumed)>) {
    let mut world = World::new(seed);
    let ann = world.add(link(0));
    let others: Vec<ClientId> = rates.iter().map(|rate| world.add(link(*rate))).collect();
    world.connect_all();
    let start = world.now();
    let sources = (0..3).map(|layer| VideoSource::layer(start, layer)).collect();
    let video = world.produce_video(ann, simulcast_parameters("v", &[1111, 2222, 3333]), sources);
    let voice = world.produce_voice(ann, audio_parameters("a", 4444), 20);
    let subscribed = others
        .into_iter()
        .map(|id| (id, world.consume(id, video.producer), world.consume(id, voice.producer)))
        .collect();
    (world, ann, subscribed)
}

/// The fraction of pictures of each source since `start`.
fn shares(world: &mut World, id: ClientId, consumed: &Consumed, start: Time) -> [f64; 3] {
    let pictures = world.client(id).got(consumed).since(start).pictures();
    [0, 1, 2].map(|tag| {
        pictures.iter().filter(|picture| picture.tag == tag).count() as f64 / pictures.len().max(1) as f64
    })
}

#[test]
fn a_narrow_path_gets_the_small_picture_and_a_wide_one_the_large_one() {
    for seed in [81, 82] {
        let (mut world, _, subscribed) = scene(seed, &[600_000, 10_000_000]);
        world.run_for(10 * SECOND);
        let start = world.now();
        let (narrow, wide) = (&subscribed[0], &subscribed[1]);
        let lost_before = world.links(narrow.0).1.lost;
        let taken_before = world.links(narrow.0).1.taken;
        world.run_for(20 * SECOND);
        let lost = world.links(narrow.0).1.lost - lost_before;
        let taken = world.links(narrow.0).1.taken - taken_before;
        assert!(lost * 50 <= taken, "seed {seed}: {lost} of {taken} are lost");
        let small = shares(&mut world, narrow.0, &narrow.1, start);
        assert!(small[0] > 0.9, "seed {seed}: {small:?}");
        let large = shares(&mut world, wide.0, &wide.1, start);
        assert!(large[2] > 0.95, "seed {seed}: {large:?}");
        for (id, _, voice) in &subscribed {
            let received = world.client(*id).got(voice).since(start);
            assert!(received.complete() > 0.98, "seed {seed}: a voice at {}", received.complete());
        }
        let freeze = world.client(narrow.0).decoder(&narrow.1).longest_freeze;
        assert!(freeze < 3 * SECOND, "seed {seed}: {freeze:?}");
    }
}

#[test]
fn a_path_that_becomes_narrow_and_wide_again_is_followed() {
    for seed in [83, 84] {
        let (mut world, _, subscribed) = scene(seed, &[10_000_000]);
        let (bob, video, _) = subscribed[0].clone();
        world.run_for(15 * SECOND);
        let recent = world.now() - 2 * SECOND;
        let before = shares(&mut world, bob, &video, recent);
        assert!(before[2] > 0.9, "seed {seed}: {before:?}");
        world.links(bob).1.config.rate = 600_000;
        world.run_for(4 * SECOND);
        let start = world.now();
        world.run_for(10 * SECOND);
        let narrow = shares(&mut world, bob, &video, start);
        let stats = world.engine.transport_stats(world.now(), world.transport(bob));
        assert!(narrow[0] > 0.8, "seed {seed}: {narrow:?} {stats:?}");
        world.links(bob).1.config.rate = 10_000_000;
        world.run_for(25 * SECOND);
        let recent = world.now() - 2 * SECOND;
        let after = shares(&mut world, bob, &video, recent);
        assert!(after[2] > 0.9, "seed {seed}: {after:?}");
    }
}

#[test]
fn pacing_costs_a_picture_a_few_milliseconds() {
    let mut world = World::new(85);
    let (ann, bob) = (world.add(link(0)), world.add(link(20_000_000)));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 8)]);
    let consumed = world.consume(bob, video.producer);
    world.run_for(10 * SECOND);
    let start = world.now();
    world.run_for(10 * SECOND);
    let received = world.client(bob).got(&consumed).since(start);
    // The way itself takes 30 ms, and a picture 3 ms on the link.
    assert!(received.packets.len() > 2300 && received.missing() == 0);
    let way = received.longest_way();
    assert!(way < Duration::from_millis(55), "{way:?}");
}
