use crate::support::{INTERVAL_MS, Scene, WINDOW_MS, config, join_of, seat, sent};
use rtc_room::{
    Admission, AttachError, Audience, Joined, Liveness, RelayError, ReplayLimits, Resume, ResumeError, Room,
    RoomConfig,
};
use rtc_types::{CloseReason, ConnectionId, ErrorCode};

fn resume(scene: &mut Scene, name: &str, connection: u64, seen: Option<u64>) -> Result<Joined, ResumeError> {
    let token = format!("r-{name}");
    let resume = Resume { token: &token, connection: ConnectionId(connection), last_seq: seen };
    scene.room.resume(scene.now, resume)
}

#[test]
fn what_was_missed_follows_in_order_and_none_twice() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.say("ann", Audience::Other, "1").unwrap();
    scene.drop("bob", 2);
    scene.say("ann", Audience::Other, "2").unwrap();
    scene.say("ann", Audience::Other, "3").unwrap();
    scene.outputs();
    let joined = resume(&mut scene, "bob", 9, Some(1)).unwrap();
    assert_eq!((joined.seq, joined.admission), (1, Admission::Resumed));
    assert_eq!(scene.deliveries(), sent(&[(9, 2, "ann: \"2\""), (9, 3, "ann: \"3\"")]));
    scene.say("ann", Audience::Other, "4").unwrap();
    assert_eq!(scene.deliveries(), sent(&[(9, 4, "ann: \"4\"")]));
}

#[test]
fn the_others_see_nothing_of_a_drop_and_a_resume() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.drop("bob", 2);
    scene.pass(WINDOW_MS - 1);
    resume(&mut scene, "bob", 9, None).unwrap();
    assert_eq!(scene.deliveries(), []);
    scene.pass(10 * WINDOW_MS);
    assert_eq!(scene.names(), ["ann", "bob"], "a connection holds the seat without end");
}

#[test]
fn a_connection_that_still_has_the_seat_is_closed_as_replaced() {
    let mut scene = Scene::with(&["ann"]);
    resume(&mut scene, "ann", 9, None).unwrap();
    assert_eq!(scene.closes(), [(1, CloseReason::Replaced)]);
    scene.drop("ann", 1);
    assert!(scene.room.seat(&seat("ann")).unwrap().connected, "the old connection's end changes nothing");
}

#[test]
fn a_token_is_worth_nothing_when_the_window_is_over() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.drop("bob", 2);
    scene.now += WINDOW_MS;
    let error = resume(&mut scene, "bob", 9, Some(0)).unwrap_err();
    assert_eq!((error, error.code()), (ResumeError::UnknownToken, ErrorCode::InvalidToken));
    assert_eq!(scene.names(), ["ann"]);
    assert_eq!(resume(&mut scene, "nobody", 9, None), Err(ResumeError::UnknownToken));
}

#[test]
fn a_client_that_claims_what_was_never_sent_loses_the_seat() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.drop("bob", 2);
    assert_eq!(resume(&mut scene, "bob", 9, Some(u64::MAX)), Err(ResumeError::Gap));
    assert_eq!(scene.names(), ["ann"]);
}

#[test]
fn a_client_that_forgot_what_it_acknowledged_loses_the_seat() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.say("ann", Audience::Other, "1").unwrap();
    scene.room.acknowledge(scene.now, &seat("bob"), 1);
    assert_eq!(resume(&mut scene, "bob", 9, None), Err(ResumeError::Gap));
}

#[test]
fn a_dropped_seat_whose_store_is_full_refuses_rather_than_forgets() {
    let mut scene = Scene::new(config(8));
    let tight = ReplayLimits { messages_max: 2, bytes_max: usize::MAX };
    scene.room = Room::new(RoomConfig { replay: tight, ..config(8) });
    scene.join("ann", 1).unwrap();
    scene.join("bob", 2).unwrap();
    scene.drop("bob", 2);
    scene.say("ann", Audience::Other, "1").unwrap();
    scene.say("ann", Audience::Other, "2").unwrap();
    let error = scene.say("ann", Audience::Other, "3").unwrap_err();
    assert_eq!((error, error.code()), (RelayError::Overflow, ErrorCode::RateLimitExceeded));
    scene.outputs();
    resume(&mut scene, "bob", 9, Some(0)).unwrap();
    assert_eq!(scene.deliveries(), sent(&[(9, 1, "ann: \"1\""), (9, 2, "ann: \"2\"")]));
}

#[test]
fn a_store_is_bounded_by_bytes_too() {
    let mut scene = Scene::new(config(8));
    let tight = ReplayLimits { messages_max: usize::MAX, bytes_max: 1_000 };
    scene.room = Room::new(RoomConfig { replay: tight, ..config(8) });
    scene.join("ann", 1).unwrap();
    scene.join("bob", 2).unwrap();
    scene.drop("bob", 2);
    assert_eq!(scene.say("ann", Audience::Other, &"x".repeat(1_000)), Err(RelayError::Overflow));
    assert_eq!(scene.say("ann", Audience::Other, "x"), Ok(1));
}

/// A seat that lives by heartbeats, before any stream is opened.
fn poller(limits: ReplayLimits) -> Scene {
    let mut scene = Scene::new(config(8));
    scene.room = Room::new(RoomConfig { replay: limits, ..config(8) });
    scene.join("ann", 1).unwrap();
    let heartbeat = Liveness::Heartbeat { interval_ms: INTERVAL_MS };
    let join = rtc_room::Join { connection: None, liveness: heartbeat, ..join_of("bob", 0) };
    scene.room.join(scene.now, join).unwrap();
    scene
}

#[test]
fn a_stream_that_opens_late_gets_what_is_kept_from_its_start() {
    let mut scene = poller(ReplayLimits::default());
    for what in ["1", "2"] {
        scene.say("ann", Audience::Other, what).unwrap();
    }
    scene.outputs();
    let joined = scene.room.attach(scene.now, &seat("bob"), ConnectionId(5), None).unwrap().unwrap();
    assert_eq!(joined.seq, 0);
    assert_eq!(scene.deliveries(), sent(&[(5, 1, "ann: \"1\""), (5, 2, "ann: \"2\"")]));
    scene.room.attach(scene.now, &seat("bob"), ConnectionId(6), Some(1)).unwrap().unwrap();
    assert_eq!(scene.deliveries(), sent(&[(6, 2, "ann: \"2\"")]));
    let joined = scene.room.attach(scene.now, &seat("bob"), ConnectionId(7), None).unwrap().unwrap();
    assert_eq!(joined.seq, 1, "what was acknowledged is not sent again");
    assert_eq!(scene.deliveries(), sent(&[(7, 2, "ann: \"2\"")]));
}

#[test]
fn a_peer_that_polls_keeps_the_latest_and_a_late_stream_sees_the_gap() {
    let mut scene = poller(ReplayLimits { messages_max: 2, bytes_max: usize::MAX });
    for what in ["1", "2", "3"] {
        scene.say("ann", Audience::Other, what).unwrap();
    }
    scene.outputs();
    assert_eq!(scene.room.attach(scene.now, &seat("bob"), ConnectionId(5), Some(0)), Ok(None));
    assert!(!scene.room.seat(&seat("bob")).unwrap().connected, "the seat is unchanged");
    let joined = scene.room.attach(scene.now, &seat("bob"), ConnectionId(5), None).unwrap().unwrap();
    assert_eq!(joined.seq, 1);
    assert_eq!(scene.deliveries(), sent(&[(5, 2, "ann: \"2\""), (5, 3, "ann: \"3\"")]));
}

#[test]
fn nobody_attaches_to_a_seat_that_is_not_there() {
    let mut scene = Scene::with(&["ann"]);
    let error = scene.room.attach(scene.now, &seat("bob"), ConnectionId(5), None).unwrap_err();
    assert_eq!((error, error.code()), (AttachError::NotInRoom, ErrorCode::NotInRoom));
}
