//! Voices: who speaks, and who is not heard.

use rtc_sfu::{Event, ProducerId};
use rtc_sim::{ClientId, LinkConfig, World, audio_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const LOUD: u8 = 15;
const SILENT: u8 = 127;

fn room(seed: u64) -> (World, Vec<(ClientId, ProducerId)>) {
    let mut world = World::new(seed);
    let ids: Vec<ClientId> = (0..3).map(|_| world.add(LinkConfig::default())).collect();
    world.connect_all();
    let voices = ids.iter().zip(1..).map(|(id, number)| {
        let produced = world.produce_voice(*id, audio_parameters("a", 1000 * number), SILENT);
        (*id, produced.producer)
    });
    let voices = voices.collect();
    (world, voices)
}

fn speakers(world: &World) -> Vec<Option<ProducerId>> {
    let told = world.events.iter().filter_map(|(_, event)| match event {
        Event::ActiveSpeaker { producer, .. } => Some(*producer),
        _ => None,
    });
    told.collect()
}

#[test]
fn who_speaks_is_told_when_it_changes() {
    let (mut world, voices) = room(91);
    world.run_for(3 * SECOND);
    assert_eq!(speakers(&world), [], "nobody speaks");
    for (id, producer) in &voices {
        world.client(*id).set_level(LOUD);
        world.run_for(3 * SECOND);
        assert_eq!(speakers(&world).last(), Some(&Some(*producer)));
        world.client(*id).set_level(SILENT);
        world.run_for(SECOND);
    }
    assert!(speakers(&world).len() <= 6, "{:?}", speakers(&world));
}

#[test]
fn a_speaker_who_leaves_speaks_no_more() {
    let (mut world, voices) = room(92);
    world.client(voices[0].0).set_level(LOUD);
    world.run_for(3 * SECOND);
    assert_eq!(speakers(&world).last(), Some(&Some(voices[0].1)));
    world.remove(voices[0].0);
    world.run_for(3 * SECOND);
    assert_eq!(speakers(&world).last(), Some(&None));
}

#[test]
fn a_paused_voice_is_not_heard_and_does_not_speak() {
    let (mut world, voices) = room(93);
    let consumed = world.consume(voices[1].0, voices[0].1);
    world.client(voices[0].0).set_level(LOUD);
    world.run_for(2 * SECOND);
    let now = world.now();
    world.engine.set_producer_paused(now, voices[0].1, true).expect("is there");
    world.run_for(3 * SECOND);
    let paused = world.client(voices[1].0).got(&consumed).since(now + Duration::from_millis(10));
    assert_eq!(paused.packets.len(), 0);
    world.client(voices[2].0).set_level(LOUD - 5);
    world.run_for(3 * SECOND);
    assert_eq!(speakers(&world).last(), Some(&Some(voices[2].1)), "the muted one does not count");
    let now = world.now();
    world.engine.set_producer_paused(now, voices[0].1, false).expect("is there");
    world.run_for(SECOND);
    let resumed = world.client(voices[1].0).got(&consumed);
    assert!(resumed.since(now).packets.len() > 45);
    assert_eq!(resumed.missing(), 0, "the pause leaves no gap");
}

#[test]
fn a_paused_consumer_is_silent_for_one_listener_only() {
    let (mut world, voices) = room(94);
    let (bob, carl) = (voices[1].0, voices[2].0);
    let (for_bob, for_carl) = (world.consume(bob, voices[0].1), world.consume(carl, voices[0].1));
    world.run_for(SECOND);
    let now = world.now();
    world.engine.set_consumer_paused(now, for_bob.consumer, true).expect("is there");
    world.run_for(2 * SECOND);
    let start = now + Duration::from_millis(10);
    assert_eq!(world.client(bob).got(&for_bob).since(start).packets.len(), 0);
    assert!(world.client(carl).got(&for_carl).since(start).packets.len() > 95);
    let now = world.now();
    world.engine.set_consumer_paused(now, for_bob.consumer, false).expect("is there");
    world.run_for(SECOND);
    assert!(world.client(bob).got(&for_bob).since(now).packets.len() > 45);
}
