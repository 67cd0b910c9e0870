//! What is shown small is sent small, and what nobody looks at is not sent at all.

use rtc_sfu::{Event, Time, VisibleSize};
use rtc_sim::{LinkConfig, VideoSource, World, simulcast_parameters, video_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HIDDEN: VisibleSize = VisibleSize { width: 0, height: 0 };
const SHOWN: VisibleSize = VisibleSize { width: 1280, height: 720 };

/// The layers that the publisher was told of since, in their order.
fn told(world: &World, since: Time) -> Vec<u8> {
    let of = |(at, event): &(Time, Event)| match event {
        Event::LayersWanted { mask, .. } if *at >= since => Some(*mask),
        _ => None,
    };
    world.events.iter().filter_map(of).collect()
}

#[test]
fn a_hidden_video_stops_and_its_publisher_is_told_after_a_while() {
    let mut world = World::new(31);
    let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 2)]);
    let consumed = world.consume(bob, video.producer);
    world.run_for(3 * SECOND);

    let hidden_at = world.now();
    let now = world.now();
    world.engine.set_visible_size(now, consumed.consumer, HIDDEN).expect("is known");
    world.run_for(SECOND);
    assert!(told(&world, hidden_at).is_empty(), "a glance aside costs no encoder");
    let quiet_from = world.now();
    world.run_for(5 * SECOND);
    assert!(world.client(bob).got(&consumed).since(quiet_from).pictures().is_empty());
    assert_eq!(told(&world, hidden_at), [0]);

    let shown_at = world.now();
    world.engine.set_visible_size(shown_at, consumed.consumer, SHOWN).expect("is known");
    world.run_for(2 * SECOND);
    assert_eq!(told(&world, shown_at), [1], "told at once");
    assert!(world.client(bob).got(&consumed).first_key_frame(shown_at).is_some());
}

#[test]
fn layers_that_nobody_wants_any_more_are_told_although_nothing_else_changes() {
    let mut world = World::new(32);
    let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
    world.connect_all();
    let start = world.now();
    let layers = (0..3).map(|layer| VideoSource::layer(start, layer)).collect();
    let video = world.produce_video(ann, simulcast_parameters("v", &[1111, 2222, 3333]), layers);
    let consumed = world.consume(bob, video.producer);
    world.run_for(8 * SECOND);
    let hidden_at = world.now();
    world.engine.set_visible_size(hidden_at, consumed.consumer, HIDDEN).expect("is known");
    world.run_for(5 * SECOND);
    assert_eq!(told(&world, hidden_at), [0]);
    let quiet = world.client(bob).got(&consumed).since(world.now() - 2 * SECOND);
    assert!(quiet.pictures().is_empty());
}
