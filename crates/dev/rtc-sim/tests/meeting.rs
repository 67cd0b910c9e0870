//! Many at once: a meeting of ten, and half an hour of everything that peers do, by seed.

use rtc_sfu::{Consumed, Event, ProducerId};
use rtc_sim::{ClientId, LinkConfig, Random, VideoSource, World, audio_parameters, video_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Between the pictures of those who are to cost little.
const SLOW: Duration = Duration::from_millis(300);

struct Seat {
    id: ClientId,
    producers: Vec<(u32, ProducerId)>,
    consumed: Vec<Consumed>,
}

fn join(world: &mut World, seats: &mut Vec<Seat>, link: LinkConfig, number: &mut u32, every: Duration) {
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
    publish(world, seats, last, number, None);
    publish(world, seats, last, number, Some(every));
}

/// Has a peer send a voice, or a video with a picture as often as `every` says.
fn publish(world: &mut World, seats: &mut [Seat], index: usize, number: &mut u32, every: Option<Duration>) {
    *number += 1;
    let (id, ssrc, mid) = (seats[index].id, *number * 100, format!("m{number}"));
    let now = world.now();
    let produced = match every {
        Some(every) => {
            let mut source = VideoSource::new(now, 7, 2);
            source.every = every;
            world.produce_video(id, video_parameters(&mid, ssrc), vec![source])
        }
        None => world.produce_voice(id, audio_parameters(&mid, ssrc), 30),
    };
    seats[index].producers.push((ssrc, produced.producer));
    for other in (0..seats.len()).filter(|other| *other != index) {
        let consumed = world.consume(seats[other].id, produced.producer);
        seats[other].consumed.push(consumed);
    }
}

fn assert_empty(world: &mut World) {
    world.run_for(SECOND);
    assert_eq!(world.engine.entries(), 0, "{:?}", world.engine.stats());
}

#[test]
fn ten_people_see_and_hear_one_another() {
    let mut world = World::new(201);
    let (mut seats, mut number) = (Vec::new(), 0);
    for _ in 0..10 {
        join(&mut world, &mut seats, LinkConfig::default(), &mut number, Duration::from_millis(33));
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

/// Has something happen to the meeting.
fn disturb(world: &mut World, seats: &mut Vec<Seat>, number: &mut u32, random: &mut Random) {
    let pick = random.next_u64() as usize % seats.len().max(1);
    let now = world.now();
    match random.next_u64() % 9 {
        0 | 1 if seats.len() < 4 => {
            let loss = random.unit() * 0.05;
            let link = LinkConfig { loss, delay: Duration::from_millis(10), ..LinkConfig::default() };
            join(world, seats, link, number, SLOW);
            // Most are silent, and slow: half an hour is to pass soon.
            if let Some(seat) = seats.last() {
                world.client(seat.id).set_voice_active(random.chance(0.1));
            }
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
        7 if !seats.is_empty() && seats[pick].producers.len() < 2 => {
            let every = random.chance(0.5).then_some(SLOW);
            publish(world, seats, pick, number, every);
        }
        8 if !seats.is_empty() => {
            let (_, down) = world.links(seats[pick].id);
            down.config.rate = [0, 300_000, 1_000_000, 5_000_000][random.next_u64() as usize % 4];
        }
        _ => {}
    }
}

/// Takes those away whom the engine gave up: their networks were cut for too long.
fn bury(world: &mut World, seats: &mut Vec<Seat>) {
    let gone: Vec<_> = world
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::TransportClosed { transport, .. } => Some(*transport),
            _ => None,
        })
        .collect();
    let (dead, alive) = seats.drain(..).partition(|seat: &Seat| gone.contains(&world.transport(seat.id)));
    *seats = alive;
    dead.into_iter().for_each(|seat: Seat| world.remove(seat.id));
}

/// Minutes of the clock within the simulation; `CHURN_MINUTES` makes it longer.
fn minutes() -> u64 {
    std::env::var("CHURN_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(30)
}

#[test]
fn half_an_hour_of_anything_leaves_nothing_behind() {
    let seed = 211;
    let mut random = Random::new(seed);
    let mut world = World::new(seed);
    let (mut seats, mut number): (Vec<Seat>, u32) = (Vec::new(), 0);
    let mut faults = 0;
    while world.now().as_millis() < minutes() * 60_000 {
        disturb(&mut world, &mut seats, &mut number, &mut random);
        world.run_for(Duration::from_millis(500 + random.next_u64() % 4500));
        bury(&mut world, &mut seats);
        faults += world.events.drain(..).filter(|(_, event)| format!("{event:?}").contains("Fault")).count();
        // What clients got is not looked at: it would fill the memory.
        seats.iter().for_each(|seat| world.client(seat.id).forget_all());
    }
    assert!(number > 100, "{number} tracks were published");
    for seat in seats {
        world.remove(seat.id);
    }
    assert_empty(&mut world);
    assert_eq!(faults, 0, "nothing panicked");
}
