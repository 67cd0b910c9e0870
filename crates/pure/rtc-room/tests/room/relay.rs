use crate::support::{Scene, seat, sent, text};
use rtc_room::{Addressed, Audience, Output, RelayError, RoomEvent, RoomMessage};
use rtc_types::ErrorCode;

#[test]
fn one_peer_is_named_by_its_seat_or_by_its_user() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.room.leave(&seat("bob")).unwrap();
    let mut join = crate::support::join_of("seat-of-bob", 4);
    join.peer.user_id = crate::support::user("bob");
    scene.room.join(scene.now, join).unwrap();
    scene.outputs();
    for (name, how) in [("seat-of-bob", Addressed::Seat), ("bob", Addressed::User)] {
        assert_eq!(scene.say("ann", Audience::One(name), "hi"), Ok(1));
        let outputs = scene.outputs();
        let Some(Output::Deliver(delivery)) = outputs.first() else { panic!("{outputs:?}") };
        assert_eq!(delivery.connection.0, 4);
        assert!(matches!(delivery.message, RoomMessage::Relayed { addressed, .. } if addressed == how));
    }
}

#[test]
fn everyone_is_everyone_else() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    assert_eq!(scene.say("bob", Audience::Everyone, "hi"), Ok(2));
    assert_eq!(scene.deliveries(), sent(&[(1, 3, "bob: \"hi\""), (3, 1, "bob: \"hi\"")]));
    let mut alone = Scene::with(&["ann"]);
    assert_eq!(alone.say("ann", Audience::Everyone, "hi"), Ok(0));
}

#[test]
fn the_other_is_meant_only_in_a_room_of_two() {
    assert_eq!(Scene::with(&["ann"]).say("ann", Audience::Other, "x"), Err(RelayError::PeerNotFound));
    assert_eq!(Scene::with(&["ann", "bob"]).say("bob", Audience::Other, "x"), Ok(1));
    let error = Scene::with(&["ann", "bob", "cat"]).say("ann", Audience::Other, "x").unwrap_err();
    assert_eq!((error, error.code()), (RelayError::Ambiguous, ErrorCode::InvalidMessage));
}

#[test]
fn a_message_to_nobody_or_to_oneself_is_refused() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for name in ["nobody", "ann"] {
        let error = scene.say("ann", Audience::One(name), "x").unwrap_err();
        assert_eq!((error, error.code()), (RelayError::PeerNotFound, ErrorCode::PeerNotFound));
    }
    let error = scene.say("nobody", Audience::Everyone, "x").unwrap_err();
    assert_eq!((error, error.code()), (RelayError::NotInRoom, ErrorCode::NotInRoom));
    assert!(scene.outputs().is_empty());
}

#[test]
fn traffic_is_reported_only_where_somebody_listens() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.say("ann", Audience::Everyone, "x").unwrap();
    scene.room.handle_heartbeat(scene.now, &seat("ann")).unwrap();
    let events =
        scene.outputs().into_iter().filter(|output| matches!(output, Output::Event(_))).collect::<Vec<_>>();
    assert!(matches!(
        &events[..],
        [Output::Event(RoomEvent::Relayed { to, content, .. }), Output::Event(RoomEvent::Heartbeat { .. })]
            if *to == [seat("bob")] && *content == text("x")
    ));

    let mut quiet = Scene::new(rtc_room::RoomConfig { reports_traffic: false, ..crate::support::config(8) });
    quiet.join("ann", 1).unwrap();
    quiet.join("bob", 2).unwrap();
    quiet.outputs();
    quiet.say("ann", Audience::Everyone, "x").unwrap();
    quiet.say("ann", Audience::Other, "x").unwrap();
    quiet.room.handle_heartbeat(quiet.now, &seat("ann")).unwrap();
    assert!(quiet.outputs().iter().all(|output| matches!(output, Output::Deliver(_))));
}

#[test]
fn a_message_id_is_taken_once_a_seat() {
    let mut scene = Scene::with(&["ann", "bob"]);
    assert!(scene.room.take_message_id(&seat("ann"), "m1"));
    assert!(!scene.room.take_message_id(&seat("ann"), "m1"));
    assert!(scene.room.take_message_id(&seat("bob"), "m1"), "ids are each client's own");
}
