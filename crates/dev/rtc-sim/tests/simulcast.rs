//! A picture in several sizes: which one a subscriber gets, and that a decoder never notices the change.

use rtc_sfu::{Consumed, ConsumerId, Event, Produced, Time, VisibleSize, send::Layers};
use rtc_sim::{
    ClientId, LinkConfig, Random, Received, VideoSource, World, rid_parameters, simulcast_parameters,
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const SSRCS: [u32; 3] = [1111, 2222, 3333];

struct Scene {
    world: World,
    ann: ClientId,
    bob: ClientId,
    video: Produced,
    consumed: Consumed,
}

/// One publisher of three sizes and one subscriber, 15 s into the call.
fn scene(seed: u64, link: LinkConfig, by_rid: bool, temporal_layers: u8) -> Scene {
    let mut world = World::new(seed);
    let (ann, bob) = (world.add(link), world.add(link));
    world.connect_all();
    let start = world.now();
    let sources = (0..3).map(|layer| VideoSource::layer(start, layer).with_temporal_layers(temporal_layers));
    let parameters =
        if by_rid { rid_parameters("v", &["q", "h", "f"]) } else { simulcast_parameters("v", &SSRCS) };
    let video = world.produce_video(ann, parameters, sources.collect());
    let consumed = world.consume(bob, video.producer);
    world.run_for(15 * SECOND);
    Scene { world, ann, bob, video, consumed }
}

impl Scene {
    fn prefer(&mut self, spatial: u8, temporal: u8) {
        let now = self.world.now();
        let layers = Some(Layers { spatial, temporal });
        self.world.engine.set_preferred_layers(now, self.consumed.consumer, layers).expect("is there");
    }

    fn show(&mut self, width: u32, height: u32) {
        let now = self.world.now();
        let size = VisibleSize { width, height };
        self.world.engine.set_visible_size(now, self.consumed.consumer, size).expect("is there");
    }

    fn received(&mut self) -> Received {
        self.world.client(self.bob).got(&self.consumed)
    }

    /// The tag of what came in the last 500 ms, where it is of one source only.
    fn tag(&mut self) -> Option<u8> {
        let start = self.world.now() - Duration::from_millis(500);
        let pictures = self.received().since(start).pictures();
        let tag = pictures.first()?.tag;
        pictures.iter().all(|picture| picture.tag == tag).then_some(tag)
    }

    fn settle(&mut self, length: Duration, expected: Option<u8>) {
        self.world.run_for(length);
        let (at, tag) = (self.world.now(), self.tag());
        let stats = self.world.engine.transport_stats(at, self.world.transport(self.bob));
        let streams = self.world.engine.producer_stats(at, self.video.producer);
        assert_eq!(
            tag,
            expected,
            "at {at:?}; {:?} {stats:?} {streams:?}",
            told(&self.world, self.consumed.consumer)
        );
    }

    fn masks(&self) -> Vec<u8> {
        let masks = self.world.events.iter().filter_map(|(_, event)| match event {
            Event::LayersWanted { producer, mask } if *producer == self.video.producer => Some(*mask),
            _ => None,
        });
        masks.collect()
    }
}

fn told(world: &World, consumer: ConsumerId) -> Vec<(Time, Option<Layers>)> {
    let told = world.events.iter().filter_map(|(at, event)| match event {
        Event::ConsumerLayers { consumer: of, layers } if *of == consumer => Some((*at, *layers)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_path_that_bears_it_gets_the_largest_picture_whichever_way_streams_are_told_apart() {
    for by_rid in [false, true] {
        let mut scene = scene(61, LinkConfig::default(), by_rid, 1);
        scene.settle(SECOND, Some(2));
        let received = scene.received();
        received.assert_decodable(0);
        assert!(told(&scene.world, scene.consumed.consumer).len() >= 2, "it began with a smaller one");
        let first = received.first_key_frame(Time::ZERO).expect("there is one");
        assert!(first < Time::from_millis(1500), "{first:?}");
    }
}

#[test]
fn preferred_layers_are_kept_and_change_at_key_frames_only() {
    for by_rid in [false, true] {
        let mut scene = scene(62, LinkConfig::default(), by_rid, 1);
        for layer in [0, 2, 1, 0, 1, 2] {
            scene.prefer(layer, 0);
            scene.settle(3 * SECOND, Some(layer));
        }
        scene.received().assert_decodable(0);
        assert!(scene.world.client(scene.bob).decoder(&scene.consumed).longest_freeze < SECOND);
    }
}

#[test]
fn the_size_that_is_shown_decides_and_nothing_is_sent_for_none() {
    let mut scene = scene(63, LinkConfig::default(), false, 1);
    for (width, height, layer) in [(320, 180, 0), (600, 340, 1), (1280, 720, 2), (4000, 3000, 2), (1, 1, 0)] {
        scene.show(width, height);
        scene.settle(3 * SECOND, Some(layer));
    }
    scene.show(0, 0);
    scene.settle(3 * SECOND, None);
    let last = told(&scene.world, scene.consumed.consumer).pop().expect("is told");
    assert_eq!(last.1, None);
    scene.show(320, 180);
    scene.settle(3 * SECOND, Some(0));
    scene.received().assert_decodable(0);
}

#[test]
fn a_publisher_learns_which_layers_anybody_looks_at() {
    let mut scene = scene(64, LinkConfig::default(), false, 1);
    scene.prefer(0, 0);
    scene.world.run_for(6 * SECOND);
    assert_eq!(scene.masks().last(), Some(&0b001));
    scene.show(0, 0);
    scene.world.run_for(6 * SECOND);
    assert_eq!(scene.masks().last(), Some(&0));
    scene.show(1280, 720);
    scene.prefer(2, 0);
    scene.world.run_for(SECOND);
    let mask = *scene.masks().last().expect("was told");
    assert!(mask & 0b100 != 0, "{mask:b}");
}

#[test]
fn a_layer_that_stops_is_replaced_by_the_next_and_taken_again_when_it_is_back() {
    let mut scene = scene(65, LinkConfig::default(), false, 1);
    scene.settle(SECOND, Some(2));
    let (ann, stopped) = (scene.ann, scene.world.now());
    scene.world.client(ann).set_active(3333, false);
    scene.settle(4 * SECOND, Some(1));
    let silence = scene.received().longest_silence(stopped);
    assert!(silence < 3 * SECOND, "nothing came for {silence:?}");
    scene.world.client(ann).set_active(2222, false);
    scene.settle(4 * SECOND, Some(0));
    scene.world.client(ann).set_active(3333, true);
    scene.world.client(ann).set_active(2222, true);
    scene.settle(8 * SECOND, Some(2));
    scene.received().assert_decodable(0);
}

#[test]
fn pausing_stops_the_stream_and_resuming_begins_with_a_key_frame() {
    let mut scene = scene(66, LinkConfig::default(), false, 1);
    let consumer = scene.consumed.consumer;
    for round in 0..3 {
        let now = scene.world.now();
        scene.world.engine.set_consumer_paused(now, consumer, true).expect("is there");
        scene.settle(2 * SECOND, None);
        let now = scene.world.now();
        scene.world.engine.set_consumer_paused(now, consumer, false).expect("is there");
        scene.world.run_for(3 * SECOND);
        let key = scene.received().first_key_frame(now).expect("a key frame comes");
        assert!(key.since(now) < SECOND, "round {round}: after {:?}", key.since(now));
    }
    scene.received().assert_decodable(0);
}

#[test]
fn pictures_above_the_wanted_rate_are_left_out_without_a_trace() {
    let reordering = LinkConfig {
        loss: 0.02,
        jitter: Duration::from_millis(8),
        delay: Duration::from_millis(15),
        ..LinkConfig::default()
    };
    for (seed, link) in [(67, LinkConfig::default()), (68, reordering), (69, reordering)] {
        let mut scene = scene(seed, link, false, 3);
        scene.prefer(0, 2);
        scene.world.run_for(3 * SECOND);
        for (temporal, rate) in [(0, 8), (1, 15), (2, 30), (0, 8), (2, 30)] {
            scene.prefer(0, temporal);
            scene.world.run_for(2 * SECOND);
            let start = scene.world.now();
            scene.world.run_for(3 * SECOND);
            let pictures = scene.received().since(start).pictures();
            let highest = pictures.iter().filter_map(|picture| picture.temporal).map(|layer| layer.1).max();
            assert_eq!(highest, Some(temporal), "seed {seed}");
            let a_second = pictures.len() as i64 / 3;
            assert!((a_second - rate).abs() <= 3, "seed {seed}: {a_second} pictures a second");
        }
        scene.world.client(scene.ann).set_active(1111, false);
        scene.world.run_for(SECOND);
        // What was lost before a switch may stay lost: the picture after it is a key frame.
        let received = scene.received();
        let gaps = if link.loss > 0.0 { received.packets.len() as u64 / 50 } else { 0 };
        assert!(received.missing() <= gaps, "seed {seed}: {} are missing", received.missing());
        received.assert_decodable(gaps);
    }
}

#[test]
fn any_order_of_switches_with_loss_is_a_stream_that_can_be_decoded() {
    for seed in [71, 72, 73, 74] {
        let delay = Duration::from_millis(20);
        let jitter = Duration::from_millis(5);
        let link = LinkConfig { loss: 0.01, delay, jitter, ..LinkConfig::default() };
        let mut scene = scene(seed, link, seed % 2 == 0, 1);
        let mut random = Random::new(seed);
        for _ in 0..20 {
            scene.prefer((random.next_u64() % 3) as u8, 0);
            scene.world.run_for(Duration::from_millis(200 + random.next_u64() % 2500));
        }
        scene.prefer(1, 0);
        scene.settle(5 * SECOND, Some(1));
        let received = scene.received();
        // A switch that cuts a picture short leaves one number out, on purpose.
        let (missing, packets) = (received.missing(), received.packets.len() as u64);
        assert!(missing <= 25 + packets / 200, "seed {seed}: {missing} missing beside {packets}");
        received.assert_decodable(received.missing().max(1));
        let freeze = scene.world.client(scene.bob).decoder(&scene.consumed).longest_freeze;
        assert!(freeze < 2 * SECOND, "seed {seed}: {freeze:?}");
    }
}
