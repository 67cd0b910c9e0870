use crate::support::{Scene, config, join_of, seat, sent, user};
use rtc_room::{Actor, Admission, DuplicatePolicy, JoinError};
use rtc_types::{CloseReason, ErrorCode, LeaveReason, MediaKind};

#[test]
fn a_newcomer_hears_who_is_there_and_the_others_hear_of_it() {
    let mut scene = Scene::with(&["ann", "bob"]);
    let joined = scene.join("cat", 3).unwrap();
    let there: Vec<_> = joined.peers.iter().map(|peer| peer.seat.as_str()).collect();
    assert_eq!(there, ["ann", "bob"]);
    assert_eq!((joined.seq, joined.admission), (0, Admission::New));
    assert_eq!(scene.deliveries(), sent(&[(1, 2, "+cat"), (2, 1, "+cat")]));
}

#[test]
fn a_full_room_admits_nobody_and_stays_as_it_was() {
    let mut scene = Scene::new(config(2));
    scene.join("ann", 1).unwrap();
    scene.join("bob", 2).unwrap();
    scene.outputs();
    assert!(scene.room.is_full_for(&user("cat")));
    assert!(!scene.room.is_full_for(&user("bob")));
    let error = scene.join("cat", 3).unwrap_err();
    assert_eq!((error, error.code()), (JoinError::RoomFull, ErrorCode::RoomFull));
    assert_eq!(scene.names(), ["ann", "bob"]);
    assert!(scene.outputs().is_empty());
}

#[test]
fn a_user_who_joins_again_replaces_his_ghost_even_in_a_full_room() {
    let mut scene = Scene::new(config(2));
    scene.join("ann", 1).unwrap();
    scene.join("bob", 2).unwrap();
    scene.outputs();
    let mut again = join_of("bob-2", 3);
    again.peer.user_id = user("bob");
    let joined = scene.room.join(scene.now, again).unwrap();
    assert_eq!(joined.peers.len(), 1);
    assert_eq!(scene.names(), ["ann", "bob-2"]);
    assert_eq!(scene.closes(), [(2, CloseReason::Replaced)]);
}

#[test]
fn where_duplicates_are_refused_the_first_keeps_the_seat() {
    let mut scene = Scene::with(&["ann"]);
    let again = rtc_room::Join { duplicates: DuplicatePolicy::Reject, ..join_of("ann", 2) };
    assert_eq!(scene.room.join(scene.now, again.clone()), Err(JoinError::AlreadyInRoom));
    let mut other_seat = again;
    other_seat.peer.seat = seat("ann-2");
    assert_eq!(scene.room.join(scene.now, other_seat), Err(JoinError::AlreadyInRoom));
    assert!(scene.outputs().is_empty());
}

#[test]
fn a_seat_id_that_another_user_has_is_refused() {
    let mut scene = Scene::with(&["ann"]);
    let mut thief = join_of("ann", 2);
    thief.peer.user_id = user("mallory");
    assert_eq!(scene.room.join(scene.now, thief), Err(JoinError::AlreadyInRoom));
}

#[test]
fn a_room_made_smaller_keeps_who_is_in_it_and_admits_no_more() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.room.set_capacity(2);
    assert_eq!(scene.room.capacity(), 2);
    scene.room.leave(&seat("cat")).unwrap();
    assert_eq!(scene.join("dan", 4), Err(JoinError::RoomFull));
    assert_eq!(scene.room.len(), 2);
}

#[test]
fn a_newcomer_does_not_wait_for_a_seat_that_ends_as_it_comes() {
    let mut scene = Scene::new(config(8));
    let tight = rtc_room::ReplayLimits { messages_max: 1, bytes_max: usize::MAX };
    scene.room = rtc_room::Room::new(rtc_room::RoomConfig { replay: tight, ..config(8) });
    scene.join("ann", 1).unwrap();
    scene.drop("ann", 1);
    scene.join("bob", 2).unwrap();
    scene.outputs();
    let joined = scene.join("cat", 3).unwrap();
    let there: Vec<_> = joined.peers.iter().map(|peer| peer.seat.as_str()).collect();
    assert_eq!(there, ["bob"], "ann's store was full, so that her seat ended");
    assert_eq!(scene.ends(), [("ann".to_owned(), LeaveReason::Timeout)]);
}

#[test]
fn one_who_is_hidden_holds_a_seat_that_the_others_hear_nothing_of() {
    let mut scene = Scene::with(&["ann"]);
    let hidden = rtc_room::Join { hidden: true, ..join_of("eve", 2) };
    let joined = scene.room.join(scene.now, hidden).unwrap();
    assert_eq!(joined.peers.len(), 1, "it sees who is there");
    assert!(scene.deliveries().is_empty());
    let joined = scene.join("bob", 3).unwrap();
    assert_eq!(joined.peers.iter().map(|peer| peer.seat.as_str()).collect::<Vec<_>>(), ["ann"]);
    assert_eq!(scene.deliveries(), sent(&[(1, 1, "+bob"), (2, 1, "+bob")]));
    scene.room.mute(Actor::Tenant, Some("eve"), MediaKind::Audio, true).unwrap();
    assert_eq!(scene.deliveries(), sent(&[(2, 2, "eve muted audio")]));
    assert_eq!((scene.room.len(), scene.room.shown().count()), (3, 2));

    assert!(scene.room.set_hidden(&seat("eve"), false));
    assert!(!scene.room.set_hidden(&seat("eve"), false), "it is shown already");
    assert!(scene.room.set_hidden(&seat("eve"), true));
    assert_eq!(
        scene.deliveries(),
        sent(&[(1, 2, "+eve"), (3, 1, "+eve"), (1, 3, "-eve left"), (3, 2, "-eve left")])
    );
    scene.room.leave(&seat("eve")).unwrap();
    assert!(scene.deliveries().is_empty());
    assert_eq!(scene.names(), ["ann", "bob"]);
}
