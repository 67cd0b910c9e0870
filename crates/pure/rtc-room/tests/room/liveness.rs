use crate::support::{INTERVAL_MS, Scene, WINDOW_MS, config, join_of, seat, sent};
use rtc_room::{AttachError, Disconnect, Join, Liveness};
use rtc_types::{ConnectionId, LeaveReason};

fn with_pollers(names: &[&str]) -> Scene {
    let mut scene = Scene::new(config(8));
    for name in names {
        let liveness = Liveness::Heartbeat { interval_ms: INTERVAL_MS };
        let join = Join { connection: None, liveness, ..join_of(name, 0) };
        scene.room.join(scene.now, join).unwrap();
    }
    scene.outputs();
    scene
}

#[test]
fn a_dropped_seat_ends_when_its_window_is_over_and_the_others_hear_it() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.drop("bob", 2);
    assert_eq!(scene.room.poll_timeout(), Some(scene.now + WINDOW_MS));
    scene.pass(WINDOW_MS - 1);
    assert_eq!(scene.room.len(), 2);
    scene.outputs();
    scene.pass(1);
    assert_eq!(scene.deliveries(), sent(&[(1, 2, "-bob timeout")]));
    assert_eq!(scene.room.poll_timeout(), None);
}

#[test]
fn a_seat_without_a_window_ends_with_its_connection() {
    let mut scene = Scene::with(&["ann"]);
    let join = Join { liveness: Liveness::Connection { resume_window_ms: 0 }, ..join_of("bob", 2) };
    scene.room.join(scene.now, join).unwrap();
    scene.outputs();
    scene.drop("bob", 2);
    assert_eq!(scene.deliveries(), sent(&[(1, 2, "-bob left")]));
}

#[test]
fn a_goodbye_ends_the_seat_at_once() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.room.handle_disconnect(scene.now, &seat("bob"), ConnectionId(2), Disconnect::Leave);
    assert_eq!(scene.deliveries(), sent(&[(1, 2, "-bob left")]));
    assert_eq!(scene.room.leave(&seat("bob")), Err(AttachError::NotInRoom));
}

#[test]
fn a_heartbeat_keeps_a_seat_for_two_intervals() {
    let mut scene = with_pollers(&["ann"]);
    scene.pass(2 * INTERVAL_MS - 1);
    assert_eq!(scene.room.handle_heartbeat(scene.now, &seat("ann")), Ok(scene.now));
    scene.pass(2 * INTERVAL_MS - 1);
    assert_eq!(scene.names(), ["ann"]);
    scene.pass(1);
    assert!(scene.room.is_empty());
    assert_eq!(scene.ends(), [("ann".to_owned(), LeaveReason::Timeout)]);
    assert_eq!(scene.room.handle_heartbeat(scene.now, &seat("ann")), Err(AttachError::NotInRoom));
}

#[test]
fn an_open_stream_counts_as_heartbeats_and_its_end_as_the_last() {
    let mut scene = with_pollers(&["ann"]);
    scene.room.attach(scene.now, &seat("ann"), ConnectionId(1), None).unwrap();
    scene.pass(10 * INTERVAL_MS);
    assert_eq!(scene.names(), ["ann"]);
    scene.drop("ann", 1);
    scene.pass(2 * INTERVAL_MS - 1);
    assert_eq!(scene.names(), ["ann"]);
    scene.pass(1);
    assert!(scene.room.is_empty());
}

#[test]
fn a_sweep_gives_the_seats_that_it_ended() {
    let mut scene = with_pollers(&["ann", "bob"]);
    scene.now += INTERVAL_MS;
    scene.room.handle_heartbeat(scene.now, &seat("bob")).unwrap();
    let swept = scene.room.handle_timeout(scene.now + INTERVAL_MS);
    assert_eq!(swept.iter().map(|view| view.peer.seat.as_str()).collect::<Vec<_>>(), ["ann"]);
    assert_eq!(scene.room.poll_timeout(), Some(scene.now + 2 * INTERVAL_MS));
}
