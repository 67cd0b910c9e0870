//! Rooms in which a peer of another surface sits, and what the tenant's backend does to Socket.IO peers.

#![allow(clippy::unwrap_used)]

mod support;

use rtc_app::{
    Access, Addressed, Audience, Content, DuplicatePolicy, JoinRequest, Liveness, Mailbox, Outbound,
    RoomMessage, Session, Signal, SignalKind,
};
use rtc_types::{Json, MediaKind, Role, RoomId, UserId};
use serde_json::json;
use std::sync::Arc;
use support::Server;

/// A peer as surface A would seat it.
struct Elsewhere {
    session: Session,
    mailbox: Arc<Mailbox>,
    waiting: Vec<Outbound>,
}

impl Elsewhere {
    async fn join(server: &Server, room: &str, user: &str) -> Self {
        let mailbox = Mailbox::new();
        let access = Access::Tenant {
            tenant: server.apps[0].tenant.clone(),
            user_id: UserId::new(user).unwrap(),
            role: Role::Host,
            metadata: None,
        };
        let request = JoinRequest {
            access,
            room_id: RoomId::new(room).unwrap(),
            seat: server.app.new_seat_id(),
            liveness: Liveness::Connection { resume_window_ms: 20_000 },
            duplicates: DuplicatePolicy::Replace,
            mailbox: Some(mailbox.clone()),
            ad_hoc_capacity: None,
            topology: None,
        };
        let session = server.app.join(request).await.unwrap();
        Self { session, mailbox, waiting: Vec::new() }
    }

    fn seat(&self) -> String {
        self.session.info().peer.seat.to_string()
    }

    fn signal(&self, to: &str, kind: SignalKind, body: &str) {
        let content = Content::Signal(Signal { kind, body: Json::parse(body).unwrap() });
        self.session.relay(None, Audience::One(to), content).unwrap();
    }

    async fn receive(&mut self) -> RoomMessage {
        if self.waiting.is_empty() {
            self.mailbox.drain(&mut self.waiting).await;
        }
        match self.waiting.remove(0) {
            Outbound::Message { message, .. } => message,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn peers_of_two_surfaces_see_each_other_and_negotiate() {
    let server = Server::production().await;
    let mut ana = Elsewhere::join(&server, "r", "ana").await;
    let mut ben = server.connect().await;
    ben.emit("join-room", &json!({ "roomId": "r", "userId": "ben" })).await;
    let users = ben.expect("room-users").await;
    assert_eq!(users, json!({ "roomId": "r", "users": [{ "userId": "ana", "socketId": ana.seat() }] }));
    let RoomMessage::PeerJoined { peer, .. } = ana.receive().await else { panic!("a join") };
    assert_eq!((peer.seat.as_str(), peer.user_id.as_str()), (ben.id.as_str(), "ben"));

    ana.signal(&ben.id, SignalKind::Offer, r#"{"type":"offer","sdp":"v=0"}"#);
    let offer = ben.expect("offer").await;
    let from = json!({ "roomId": "r", "targetId": ben.id, "fromId": ana.seat(), "fromUserId": "ana" });
    let with = |field: &str, body: serde_json::Value| {
        let mut event = from.clone();
        event[field] = body;
        event
    };
    assert_eq!(offer, with("offer", json!({ "type": "offer", "sdp": "v=0" })));

    let answer =
        json!({ "roomId": "r", "targetId": ana.seat(), "answer": { "type": "answer", "sdp": "v=1" } });
    ben.emit("answer", &answer).await;
    let RoomMessage::Relayed { from: sender, addressed, content } = ana.receive().await else { panic!() };
    assert_eq!((sender.seat.as_str(), addressed), (ben.id.as_str(), Addressed::Seat));
    let Content::Signal(signal) = content else { panic!("a signal") };
    assert_eq!((signal.kind, signal.body.as_str()), (SignalKind::Answer, r#"{"sdp":"v=1","type":"answer"}"#));

    let candidate = json!({ "roomId": "r", "targetId": "ana", "candidate": null });
    ben.emit("ice-candidate", &candidate).await;
    let RoomMessage::Relayed { addressed, content, .. } = ana.receive().await else { panic!() };
    let null = Json::parse("null").unwrap();
    assert_eq!(addressed, Addressed::User);
    assert_eq!(content, Content::Signal(Signal { kind: SignalKind::Ice, body: null }));

    ana.signal(&ben.id, SignalKind::Ice, r#"{"candidate":"c","sdpMid":"0"}"#);
    assert_eq!(
        ben.expect("ice-candidate").await,
        with("candidate", json!({ "candidate": "c", "sdpMid": "0" }))
    );
}

#[tokio::test]
async fn a_bare_sdp_of_another_surface_arrives_as_a_description() {
    let server = Server::production().await;
    let ben = &mut server.joined("r", "ben").await;
    let ana = Elsewhere::join(&server, "r", "ana").await;
    ben.expect("user-joined").await;
    ana.signal("ben", SignalKind::Offer, r#""v=0\r\n""#);
    let offer = ben.expect("offer").await;
    assert_eq!(offer["offer"], json!({ "type": "offer", "sdp": "v=0\r\n" }));
    assert_eq!(offer["targetId"], "ben");
    ana.signal("ben", SignalKind::Answer, r#""v=1""#);
    assert_eq!(ben.expect("answer").await["answer"], json!({ "type": "answer", "sdp": "v=1" }));
}

#[tokio::test]
async fn data_custom_signals_and_mutes_of_other_surfaces_arrive_as_added_events() {
    let server = Server::production().await;
    let ben = &mut server.joined("r", "ben").await;
    let ana = Elsewhere::join(&server, "r", "ana").await;
    ben.expect("user-joined").await;
    let payload = Content::Data(Json::parse(r#"{"hello":1}"#).unwrap());
    ana.session.relay(None, Audience::Everyone, payload).unwrap();
    let from = json!({ "roomId": "r", "payload": { "hello": 1 }, "fromId": ana.seat(), "fromUserId": "ana" });
    assert_eq!(ben.expect("data").await, from);
    ana.signal("ben", SignalKind::Custom("renegotiate".into()), "7");
    let custom = ben.expect("data").await;
    assert_eq!((&custom["type"], &custom["payload"]), (&json!("renegotiate"), &json!(7)));
    ana.session.mute(None, MediaKind::Video, true).unwrap();
    let mute = json!({ "roomId": "r", "userId": "ana", "kind": "video", "muted": true });
    assert_eq!(ben.expect("mute").await, mute);
}

#[tokio::test]
async fn a_peer_that_is_kicked_is_told_so_and_is_out_of_the_room() {
    let server = Server::production().await;
    let ben = &mut server.joined("r", "ben").await;
    let mut ana = Elsewhere::join(&server, "r", "ana").await;
    ben.expect("user-joined").await;
    ana.session.kick(&UserId::new("ben").unwrap(), false).await.unwrap();
    let error = ben.expect("error").await;
    assert_eq!((&error["success"], &error["error"]["code"]), (&json!(false), &json!("KICKED")));
    assert!(matches!(ana.receive().await, RoomMessage::PeerLeft { .. }));
    ben.send(&format!("421{}", json!(["leave-room", { "roomId": "r" }]))).await;
    let reply: serde_json::Value = serde_json::from_str(&ben.packet("431").await).unwrap();
    assert_eq!(reply[0]["error"]["code"], "NOT_IN_ROOM");
}

#[tokio::test]
async fn a_room_that_is_ended_says_so() {
    let server = Server::production().await;
    let tenant = &server.apps[0].tenant;
    let room = server.room(tenant, 2).await;
    let ben = &mut server.joined(room.as_str(), "ben").await;
    server.app.delete_room(tenant, &room).await.unwrap();
    assert_eq!(ben.expect("error").await["error"]["code"], "ROOM_CLOSED");
}

#[tokio::test]
async fn a_server_that_stops_ends_every_connection() {
    let server = Server::production().await;
    let mut joined = server.joined("r", "ben").await;
    let mut idle = server.connect().await;
    server.app.begin_shutdown();
    for client in [&mut joined, &mut idle] {
        while let Some(packet) = client.next_packet().await {
            assert!(packet == "1" || packet == "41", "{packet}");
        }
    }
}

#[tokio::test]
async fn what_is_sent_after_a_join_waits_for_it() {
    let server = Server::production().await;
    let ana = &mut server.joined("r", "ana").await;
    let ben = &mut server.connect().await;
    ben.emit("join-room", &json!({ "roomId": "r", "userId": "ben" })).await;
    for n in 0..20 {
        let candidate = json!({ "roomId": "r", "targetId": "ana", "candidate": { "candidate": n } });
        ben.emit("ice-candidate", &candidate).await;
    }
    ben.emit("leave-room", &json!({ "roomId": "r" })).await;
    ana.expect("user-joined").await;
    for n in 0..20 {
        assert_eq!(ana.expect("ice-candidate").await["candidate"]["candidate"], n);
    }
    ana.expect("user-left").await;
    assert_eq!(server.app.live_stats().peers, 1);
}
