//! One rule a test.

use crate::world::*;
use rtc_livestream::{
    Effect, Event, MediaRoom, Ownership, Refusal, Role, SessionStatus, StreamStatus, admit,
};

fn left(presence: rtc_livestream::Presence, at: u64) -> Event {
    Event::Left { presence, at }
}

#[test]
fn a_viewer_that_comes_and_goes_is_counted_while_it_is_there() {
    let mut world = World::live();
    let seat = world.seat("zoe", Role::Viewer, CREATED + 10);
    assert_eq!((world.stream.joined_count, world.stream.viewer_count), (1, 0));
    let mut zoe = presence("zoe", "PA_1", CREATED + 20);
    zoe.seat = Some(seat.clone());
    let effects = world.apply(Event::Joined(zoe.clone()));
    assert_eq!(effects, [Effect::Entered(user("zoe"), Role::Viewer), Effect::TellCount]);
    let row = world.of("zoe")[0].clone();
    assert_eq!((row.id, row.sid.as_deref(), row.room_sid.as_deref()), (seat, Some("PA_1"), Some("RM_1")));
    assert_eq!((world.stream.viewer_count, world.stream.total_viewers), (1, 1));
    let effects = world.apply(left(zoe, CREATED + 30));
    assert_eq!(effects, [Effect::Exited(user("zoe")), Effect::TellCount]);
    assert_eq!(
        (world.stream.viewer_count, world.stream.total_viewers, world.stream.peak_viewer_count),
        (0, 1, 1)
    );
    world.check();
}

#[test]
fn a_host_is_in_the_stream_and_no_viewer() {
    let mut world = World::live();
    world.seat("ann", Role::Host, CREATED + 1);
    let effects = world.apply(Event::Joined(presence("ann", "PA_1", CREATED + 5)));
    assert_eq!(effects, [Effect::Entered(user("ann"), Role::Host)]);
    assert_eq!((world.stream.viewer_count, world.stream.total_viewers), (0, 0));
    assert_eq!(world.stream.host_name.as_deref(), Some("ANN"));
    world.check();
}

#[test]
fn a_session_that_nobody_asked_for_is_the_creators_as_host_and_anybody_elses_as_viewer() {
    let mut world = World::live();
    world.apply(Event::Joined(presence("ann", "PA_1", CREATED + 5)));
    world.apply(Event::Joined(presence("zoe", "PA_2", CREATED + 5)));
    assert_eq!(world.of("ann")[0].role, Role::Host);
    assert_eq!(world.of("zoe")[0].role, Role::Viewer);
    world.check();
}

#[test]
fn an_end_of_an_old_session_does_not_end_the_new_one_of_the_same_user() {
    let mut world = World::live();
    world.apply(Event::Joined(presence("zoe", "PA_1", CREATED + 10)));
    world.apply(Event::Joined(presence("zoe", "PA_2", CREATED + 20)));
    assert!(world.apply(left(presence("zoe", "PA_1", CREATED + 10), CREATED + 21)).is_empty());
    let active: Vec<_> = world.of("zoe").into_iter().filter(|row| row.is_joined()).collect();
    assert_eq!(active.len(), 1);
    assert_eq!(active[0].sid.as_deref(), Some("PA_2"));
    assert_eq!((world.stream.viewer_count, world.stream.total_viewers), (1, 1));
    world.check();
}

#[test]
fn a_user_may_come_back_any_number_of_times_and_history_is_kept() {
    let mut world = World::live();
    for n in 0..5u64 {
        let mut zoe = presence("zoe", &format!("PA_{n}"), CREATED + 100 * n + 10);
        zoe.seat = Some(world.seat("zoe", Role::Viewer, CREATED + 100 * n));
        world.apply(Event::Joined(zoe.clone()));
        world.apply(left(zoe, CREATED + 100 * n + 50));
    }
    assert_eq!(world.of("zoe").len(), 5);
    assert_eq!((world.stream.viewer_count, world.stream.total_viewers), (0, 1));
    world.check();
}

#[test]
fn leaving_by_the_api_ends_the_media_session_and_its_webhook_changes_nothing_more() {
    let mut world = World::live();
    world.apply(Event::Joined(presence("zoe", "PA_1", CREATED + 10)));
    let effects = world.apply(Event::Unseated { user_id: user("zoe"), at: CREATED + 20 });
    assert!(effects.contains(&Effect::Disconnect(user("zoe"))));
    let revision = world.stream.revision;
    assert!(world.apply(left(presence("zoe", "PA_1", CREATED + 10), CREATED + 21)).is_empty());
    assert_eq!(world.stream.revision, revision);
    assert_eq!(world.of("zoe")[0].left_at, Some(CREATED + 20));
    world.check();
}

#[test]
fn a_token_that_is_used_after_leaving_begins_a_new_stay() {
    let mut world = World::live();
    let seat = world.seat("zoe", Role::Viewer, CREATED);
    world.apply(Event::Unseated { user_id: user("zoe"), at: CREATED + 20 });
    let mut zoe = presence("zoe", "PA_1", CREATED + 30);
    zoe.seat = Some(seat);
    world.apply(Event::Joined(zoe));
    assert_eq!(world.of("zoe").len(), 2);
    assert_eq!(world.stream.viewer_count, 1);
    world.check();
}

#[test]
fn the_end_of_a_stream_ends_every_session_once() {
    let mut world = World::live();
    world.apply(Event::Joined(presence("zoe", "PA_1", CREATED + 10)));
    world.seat("max", Role::Viewer, CREATED + 15);
    let effects = world.apply(Event::RoomFinished { at: CREATED + 20 });
    assert_eq!(effects, [Effect::AllLeft(CREATED + 20), Effect::TellEnded]);
    assert_eq!(world.stream.status, StreamStatus::Ended);
    assert!(world.rows.iter().all(|row| row.status == SessionStatus::Left));
    let revision = world.stream.revision;
    assert!(world.apply(Event::RoomFinished { at: CREATED + 25 }).is_empty());
    assert_eq!((world.stream.revision, world.stream.ended_at), (revision, Some(CREATED + 20)));
    assert_eq!(world.apply(Event::Ended { at: CREATED + 30 }), [Effect::CloseRoom]);
    world.check();
}

#[test]
fn a_room_that_was_refused_leaves_an_error_that_nothing_revives() {
    let id = rtc_types::StreamId::new("s").expect("an id");
    let stream = rtc_livestream::Stream::scheduled(id, user("ann"), CREATED);
    let mut world = World { stream, rows: vec![], fresh: 0 };
    world.apply(Event::RoomRefused);
    assert_eq!(world.stream.status, StreamStatus::Error);
    assert!(world.apply(Event::RoomStarted { room: room(), at: CREATED }).is_empty());
    assert_eq!(world.stream.status, StreamStatus::Error);
}

#[test]
fn who_gets_a_place() {
    let mut world = World::live();
    let seat = |world: &World, name: &str, role, max| {
        let rows: Vec<_> = world.of(name).into_iter().cloned().collect();
        admit(&world.stream, &rows, &user(name), role, max)
    };
    assert_eq!(seat(&world, "ann", Role::Host, 2), Ok(()));
    assert_eq!(seat(&world, "zoe", Role::Host, 2), Err(Refusal::NotTheCreator));
    world.seat("ann", Role::Host, CREATED);
    assert_eq!(seat(&world, "ann", Role::Viewer, 2), Err(Refusal::AlreadyIn));
    assert_eq!(seat(&world, "zoe", Role::Viewer, 1), Err(Refusal::Full));
    assert_eq!(seat(&world, "zoe", Role::Viewer, 2), Ok(()));
    world.apply(Event::Ended { at: CREATED + 1 });
    assert_eq!(seat(&world, "zoe", Role::Viewer, 2), Err(Refusal::NotLive(StreamStatus::Ended)));
}

#[test]
fn a_room_of_an_earlier_stream_with_the_same_name_is_not_this_streams() {
    let mut world = World::live();
    let at = |sid: &str, created_at| MediaRoom { sid: sid.into(), created_at };
    assert_eq!(world.stream.owns(&room()), Ownership::Known);
    assert_eq!(world.stream.owns(&at("RM_0", CREATED - 60_000)), Ownership::Other);
    assert_eq!(world.stream.owns(&at("RM_2", CREATED + 60_000)), Ownership::Newer);
    world.apply(Event::RoomStarted { room: at("RM_2", CREATED + 60_000), at: CREATED + 60_000 });
    assert_eq!(world.stream.owns(&room()), Ownership::Other);
    world.stream.room = None;
    assert_eq!(world.stream.owns(&at("RM_0", CREATED - 60_000)), Ownership::Other);
    assert_eq!(world.stream.owns(&at("RM_3", 0)), Ownership::Newer);
}
