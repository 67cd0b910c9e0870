use crate::support::{Scene, join_of, seat, sent, user};
use rtc_room::{Actor, ControlError, JoinError};
use rtc_types::{CloseReason, ErrorCode, Jti, MediaKind, Role};

fn hosted() -> Scene {
    let mut scene = Scene::with(&["ann", "bob"]);
    let mut host = join_of("hal", 3);
    host.peer.role = Role::Host;
    scene.room.join(scene.now, host).unwrap();
    scene.outputs();
    scene
}

#[test]
fn a_peer_mutes_itself_and_the_others_hear_it() {
    let mut scene = hosted();
    let ann = seat("ann");
    scene.room.mute(Actor::Seat(&ann), None, MediaKind::Audio, true).unwrap();
    assert_eq!(scene.deliveries(), sent(&[(2, 2, "ann muted audio"), (3, 1, "ann muted audio")]));
    assert_eq!(scene.room.seat(&ann).unwrap().muted, [MediaKind::Audio]);
    scene.room.mute(Actor::Seat(&ann), Some("ann"), MediaKind::Audio, false).unwrap();
    assert!(scene.room.seat(&ann).unwrap().muted.is_empty());
}

#[test]
fn a_host_and_the_tenant_mute_others_and_the_muted_hears_it() {
    let mut scene = hosted();
    scene.room.mute(Actor::Seat(&seat("hal")), Some("ann"), MediaKind::Video, true).unwrap();
    assert_eq!(scene.deliveries(), sent(&[(1, 3, "ann muted video"), (2, 2, "ann muted video")]));
    scene.room.mute(Actor::Tenant, Some("ann"), MediaKind::Video, false).unwrap();
    assert_eq!(scene.deliveries().len(), 3);
    assert_eq!(
        scene.room.mute(Actor::Tenant, None, MediaKind::Audio, true),
        Err(ControlError::PeerNotFound),
        "the tenant has no media of its own"
    );
}

#[test]
fn who_is_no_host_controls_nobody_else() {
    let mut scene = hosted();
    let ann = seat("ann");
    let error = scene.room.kick(Actor::Seat(&ann), &user("bob")).unwrap_err();
    assert_eq!((error, error.code()), (ControlError::Forbidden, ErrorCode::Forbidden));
    assert_eq!(
        scene.room.mute(Actor::Seat(&ann), Some("bob"), MediaKind::Audio, true),
        Err(ControlError::Forbidden)
    );
    assert_eq!(scene.room.authorize(Actor::Seat(&ann)), Err(ControlError::Forbidden));
    assert_eq!(scene.room.authorize(Actor::Seat(&seat("hal"))), Ok(()));
    assert_eq!(scene.room.authorize(Actor::Seat(&seat("eve"))), Err(ControlError::NotInRoom));
    assert!(scene.outputs().is_empty());
}

#[test]
fn a_kick_closes_the_connection_and_tells_the_others_why() {
    let mut scene = hosted();
    scene.room.kick(Actor::Seat(&seat("hal")), &user("bob")).unwrap();
    let outputs = scene.outputs();
    let closed = outputs.iter().any(
        |output| matches!(output, rtc_room::Output::Close { connection, reason, .. } if connection.0 == 2 && *reason == CloseReason::Kicked),
    );
    assert!(closed, "{outputs:?}");
    assert_eq!(scene.room.kick(Actor::Tenant, &user("bob")), Err(ControlError::PeerNotFound));
}

#[test]
fn revoking_a_token_ends_the_seat_that_it_admitted() {
    let mut scene = hosted();
    let jti = Jti::new("j-bob").unwrap();
    assert!(scene.room.revoke(&jti));
    assert_eq!(scene.closes(), [(2, CloseReason::Revoked)]);
    assert!(!scene.room.revoke(&jti));
}

#[test]
fn a_room_that_is_ended_closes_every_connection_and_admits_nobody() {
    let mut scene = hosted();
    scene.drop("ann", 1);
    scene.outputs();
    scene.room.close();
    assert_eq!(scene.closes(), [(2, CloseReason::RoomClosed), (3, CloseReason::RoomClosed)]);
    assert!(scene.room.is_empty() && scene.room.is_closed());
    assert_eq!(scene.room.poll_timeout(), None);
    assert_eq!(scene.join("dan", 4), Err(JoinError::RoomClosed));
}
