//! Whatever the order, and however often each is told, the same events leave the same state.

use crate::world::*;
use proptest::prelude::*;
use rtc_livestream::{Event, Role, SessionStatus, Stream, StreamStatus};
use std::collections::BTreeMap;

const USERS: [&str; 4] = ["ann", "zoe", "max", "eve"];

/// What is told of one media session.
#[derive(Clone, Copy, Debug)]
struct Stay {
    user: usize,
    began: u64,
    lasted: Option<u64>,
    with_seat: bool,
}

fn stays() -> impl Strategy<Value = Vec<Stay>> {
    let stay = (0..USERS.len(), 0..60u64, proptest::option::of(0..40u64), any::<bool>())
        .prop_map(|(user, began, lasted, with_seat)| Stay { user, began: began + 10, lasted, with_seat });
    proptest::collection::vec(stay, 0..10)
}

/// The world before the first webhook, and the webhooks in the order of their moments.
fn story(stays: &[Stay], finished_at: Option<u64>) -> (World, Vec<Event>) {
    let mut world = World::live();
    let mut events = Vec::new();
    let mut seats = BTreeMap::new();
    for (n, stay) in stays.iter().enumerate() {
        let name = USERS[stay.user];
        let mut presence = presence(name, &format!("PA_{n}"), CREATED + stay.began);
        if stay.with_seat {
            let role = if stay.user == 0 { Role::Host } else { Role::Viewer };
            let seat = seats.entry(stay.user).or_insert_with(|| world.seat(name, role, CREATED + 5));
            presence.seat = Some(seat.clone());
        } else {
            // One that no row has, as where history was cut.
            presence.seat = Some(participant("none"));
        }
        events.push((stay.began, Event::Joined(presence.clone())));
        if let Some(lasted) = stay.lasted {
            let at = stay.began + lasted;
            events.push((at, Event::Left { presence, at: CREATED + at }));
        }
    }
    if let Some(at) = finished_at {
        events.push((at, Event::RoomFinished { at: CREATED + at }));
    }
    events.sort_by_key(|(at, _)| *at);
    (world, events.into_iter().map(|(_, event)| event).collect())
}

type Stays = BTreeMap<String, (String, Role, SessionStatus, Option<u64>, Option<u64>)>;

/// The stream but for its peak and revision, and each media session's fate.
fn outcome(mut world: World, events: &[Event]) -> (Stream, Stays) {
    for event in events {
        world.apply(event.clone());
        world.check();
    }
    world.stream.peak_viewer_count = 0;
    world.stream.revision = 0;
    let stays = world.rows.iter().filter_map(|row| {
        let fate = (row.user_id.to_string(), row.role, row.status, row.connected_at, row.left_at);
        Some((row.sid.clone()?, fate))
    });
    let stays = stays.collect();
    (world.stream, stays)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_order_and_duplication_ends_in_the_same_state(
        stays in stays(),
        finished_at in proptest::option::of(0..120u64),
        keys in proptest::collection::vec((any::<u32>(), any::<u32>(), 0..3usize), 32),
    ) {
        let (world, events) = story(&stays, finished_at);
        let expected = outcome(world.clone(), &events);
        // Each event once, at a place of its own, and up to two more times at others.
        let mut shuffled: Vec<(u32, Event)> = Vec::new();
        for (event, (first, again, times)) in events.iter().zip(&keys) {
            shuffled.push((*first, event.clone()));
            shuffled.extend((0..*times).map(|n| (again.rotate_left(7 * n as u32), event.clone())));
        }
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Event> = shuffled.into_iter().map(|(_, event)| event).collect();
        let found = outcome(world, &shuffled);
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn all_orders_of_a_short_story_end_in_the_same_state() {
    let stays = [
        Stay { user: 1, began: 10, lasted: Some(5), with_seat: true },
        Stay { user: 1, began: 12, lasted: None, with_seat: true },
        Stay { user: 2, began: 11, lasted: Some(20), with_seat: false },
    ];
    let (world, events) = story(&stays, Some(25));
    let expected = outcome(world.clone(), &events);
    assert_eq!(expected.0.status, StreamStatus::Ended);
    let mut orders = 0;
    permute(&mut events.clone(), 0, &mut |order| {
        orders += 1;
        assert_eq!(outcome(world.clone(), order), expected);
    });
    assert_eq!(orders, 720);
}

fn permute(events: &mut [Event], from: usize, visit: &mut impl FnMut(&[Event])) {
    if from == events.len() {
        return visit(events);
    }
    for index in from..events.len() {
        events.swap(from, index);
        permute(events, from + 1, visit);
        events.swap(from, index);
    }
}
