//! Many at once: a meeting of ten, and two minutes of everything that peers do, by seed.

use rtc_sfu::{Consumed, ProducerId};
use rtc_sim::{ClientId, LinkConfig, Random, VideoSource, World, audio_parameters, video_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

struct Seat {
    id: ClientId,
    producers: Vec<(u32, ProducerId)>,
    consumed: Vec<Consumed>,
}

fn join(world: &mut World, seats: &mut Vec<Seat>, link: LinkConfig, number: &mut u32) {
    let id = world.add(link);
    if !world.run_until(5 * SECOND, |world| world.client(id).connected) {
        world.remove(id);
        return;
    }
    let mut seat = Seat { id, producers: Vec::new(), consumed: Vec::new() };
    for other in seats.iter() {
        for (_, producer) in &other.producers {
            seat.consumed.push(world.consume(id, *producer));
        }
    }
    seats.push(seat);
    let last = seats.len() - 1;
    publish(world, seats, last, number, false);
    publish(world, seats, last, number, true);
}

fn publish(world: &mut World, seats: &mut [Seat], index: usize, number: &mut u32, video: bool) {
    *number += 1;
    let (id, ssrc, mid) = (seats[index].id, *number * 100, format!("m{number}"));
    let now = world.now();
    let produced = match video {
        true => world.produce_video(id, video_parameters(&mid, ssrc), vec![VideoSource::new(now, 7, 2)]),
        false => world.produce_voice(id, audio_parameters(&mid, ssrc), 30),
    };
    seats[index].producers.push((ssrc, produced.producer));
    for other in (0..seats.len()).filter(|other| *other != index) {
        let consumed = world.consume(seats[other].id, produced.producer);
        seats[other].consumed.push(consumed);
    }
}

fn assert_empty(world: &mut World) {
    world.run_for(SECOND);
    let stats = world.engine.stats();
    let left = (stats.transports, stats.producers, stats.consumers, stats.data_producers);
    assert_eq!(left, (0, 0, 0, 0));
}

#[test]
fn ten_people_see_and_hear_one_another() {
    let mut world = World::new(201);
    let (mut seats, mut number) = (Vec::new(), 0);
    for _ in 0..10 {
        join(&mut world, &mut seats, LinkConfig::default(), &mut number);
    }
    world.run_for(5 * SECOND);
    for seat in &seats {
        assert_eq!(seat.consumed.len(), 18);
        for consumed in &seat.consumed {
            let received = world.client(seat.id).got(consumed);
            assert!(received.packets.len() > 150, "{} packets", received.packets.len());
        }
    }
    for seat in seats {
        world.remove(seat.id);
    }
    assert_empty(&mut world);
}

#[test]
fn two_minutes_of_anything_leave_nothing_behind() {
    for seed in [211, 212] {
        let mut random = Random::new(seed);
        let mut world = World::new(seed);
        let (mut seats, mut number): (Vec<Seat>, u32) = (Vec::new(), 0);
        while world.now().as_millis() < 120_000 {
            let pick = random.next_u64() as usize % seats.len().max(1);
            let now = world.now();
            match random.next_u64() % 8 {
                0 | 1 if seats.len() < 6 => {
                    let loss = random.unit() * 0.05;
                    let link = LinkConfig { loss, delay: Duration::from_millis(10), ..LinkConfig::default() };
                    join(&mut world, &mut seats, link, &mut number);
                }
                2 if seats.len() > 2 => world.remove(seats.remove(pick).id),
                3 if !seats.is_empty() => {
                    if let Some(consumed) = seats[pick].consumed.last() {
                        let paused = random.chance(0.5);
                        let _ = world.engine.set_consumer_paused(now, consumed.consumer, paused);
                    }
                }
                4 if !seats.is_empty() => {
                    if let Some((_, producer)) = seats[pick].producers.first() {
                        let _ = world.engine.set_producer_paused(now, *producer, random.chance(0.5));
                    }
                }
                5 if !seats.is_empty() => {
                    let cut = random.chance(0.3);
                    let (up, down) = world.links(seats[pick].id);
                    (up.config.cut, down.config.cut) = (cut, cut);
                }
                6 if !seats.is_empty() => {
                    if let Some((ssrc, producer)) = seats[pick].producers.pop() {
                        world.engine.close_producer(now, producer);
                        world.client(seats[pick].id).stop(ssrc);
                    }
                }
                _ => {}
            }
            world.run_for(Duration::from_millis(500 + random.next_u64() % 1500));
        }
        for seat in seats {
            world.remove(seat.id);
        }
        assert_empty(&mut world);
        let fault = format!("{:?}", world.events).contains("Fault");
        assert!(!fault, "seed {seed}: nothing panicked");
    }
}
