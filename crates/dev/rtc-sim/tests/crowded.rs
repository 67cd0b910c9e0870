//! Paths with less room than there is to send.

use rtc_sfu::Consumed;
use rtc_sim::{
    ClientId, LinkConfig, VideoSource, World, audio_parameters, simulcast_parameters, video_parameters,
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn link(rate: u64, queue_ms: u64) -> LinkConfig {
    let (delay, queue) = (Duration::from_millis(15), Duration::from_millis(queue_ms));
    LinkConfig { rate, delay, queue, ..LinkConfig::default() }
}

/// A publisher of three sizes and a voice, and a subscriber on a path of 10 Mbit/s, 15 s into the call.
fn three_sizes(seed: u64, queue_ms: u64) -> (World, ClientId, Consumed, Consumed) {
    let mut world = World::new(seed);
    let (ann, bob) = (world.add(link(0, 200)), world.add(link(10_000_000, queue_ms)));
    world.connect_all();
    let start = world.now();
    let sources = (0..3).map(|layer| VideoSource::layer(start, layer)).collect();
    let video = world.produce_video(ann, simulcast_parameters("v", &[1111, 2222, 3333]), sources);
    let voice = world.produce_voice(ann, audio_parameters("a", 4444), 20);
    let consumed = (world.consume(bob, video.producer), world.consume(bob, voice.producer));
    world.run_for(15 * SECOND);
    (world, bob, consumed.0, consumed.1)
}

#[test]
fn a_path_that_shrinks_to_a_twentieth_shows_a_picture_again_within_three_seconds() {
    // Short and long queues on the way, and room for the small picture with and without some to spare.
    for (seed, queue_ms, rate) in [
        (301, 60, 600_000),
        (302, 200, 600_000),
        (303, 1000, 600_000),
        (304, 2000, 600_000),
        (305, 200, 300_000),
        (306, 1000, 300_000),
    ] {
        let (mut world, bob, video, voice) = three_sizes(seed, queue_ms);
        world.links(bob).1.config.rate = rate;
        world.run_for(4 * SECOND);
        let start = world.now();
        world.run_for(20 * SECOND);
        let freeze = world.client(bob).decoder(&video).longest_freeze;
        assert!(freeze < 3 * SECOND, "seed {seed}: {freeze:?}");
        let shown = world.client(bob).got(&video).since(start);
        let silence = shown.longest_silence(start);
        assert!(silence < SECOND, "seed {seed}: nothing came for {silence:?}");
        let pictures = shown.pictures();
        let small = pictures.iter().filter(|picture| picture.tag == 0).count();
        assert!(small * 10 >= pictures.len() * 8, "seed {seed}: {small} of {}", pictures.len());
        let voice = world.client(bob).got(&voice).since(start);
        assert!(voice.complete() > 0.97, "seed {seed}: a voice at {}", voice.complete());
    }
}

#[test]
fn a_video_that_is_too_large_for_a_path_harms_neither_voices_nor_other_subscribers() {
    for (seed, rate) in [(311, 500_000), (312, 1_000_000), (313, 2_000_000)] {
        let mut world = World::new(seed);
        let (ann, bob) = (world.add(link(0, 200)), world.add(link(rate, 200)));
        let cem = world.add(link(0, 200));
        world.connect_all();
        let start = world.now();
        // 2.4 Mbit/s, in one size.
        let source = vec![VideoSource::new(start, 7, 10)];
        let video = world.produce_video(ann, video_parameters("v", 1111), source);
        let voice = world.produce_voice(ann, audio_parameters("a", 4444), 20);
        let (poor, voice) = (world.consume(bob, video.producer), world.consume(bob, voice.producer));
        let good = world.consume(cem, video.producer);
        world.run_for(10 * SECOND);
        let (start, asked) = (world.now(), world.client(ann).key_frames_asked);
        world.run_for(40 * SECOND);
        let asked = world.client(ann).key_frames_asked - asked;
        assert!(asked <= 30, "seed {seed}: {asked} key frames in 40 s");
        let voice = world.client(bob).got(&voice).since(start);
        assert!(voice.complete() > 0.97, "seed {seed}: a voice at {}", voice.complete());
        let way = voice.longest_way();
        assert!(way < Duration::from_millis(300), "seed {seed}: a voice took {way:?}");
        let poor = world.client(bob).got(&poor).since(start);
        let shown = poor.pictures().iter().filter(|picture| picture.key && picture.ended).count();
        assert!(shown >= 3, "seed {seed}: {shown} times a picture was shown");
        let way = poor.longest_way();
        assert!(way < Duration::from_millis(1500), "seed {seed}: a picture took {way:?}");
        assert_eq!(world.client(cem).got(&good).since(start).missing(), 0, "seed {seed}");
        let freeze = world.client(cem).decoder(&good).longest_freeze;
        assert!(freeze < SECOND, "seed {seed}: another's picture stood for {freeze:?}");
    }
}
