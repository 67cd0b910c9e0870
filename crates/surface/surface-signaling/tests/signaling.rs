//! Scenarios of surface A's signaling, over real WebSockets.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use rtc_types::{Role, UserId};
use serde_json::{Value, json};
use support::{Client, Server};
use surface_signaling::{AllowedOrigins, SignalingConfig};
use tokio_tungstenite::tungstenite::Message;

async fn resume(server: &Server, room: &rtc_types::RoomId, joined: &Value, last_seq: u64) -> (Client, Value) {
    let mut client = server.connect().await;
    let resume_token = &joined["resumeToken"];
    client
        .send(json!({ "type": "join", "roomId": room.as_str(), "resumeToken": resume_token, "lastSeq": last_seq }))
        .await;
    let again = client.receive().await;
    (client, again)
}

/// Waits until the server has seen that a connection broke.
async fn dropped(server: &Server, room: &rtc_types::RoomId, user: &str) {
    loop {
        let seats = server.app.participants(&server.tenant, room).await.unwrap();
        if seats
            .iter()
            .map(|participant| &participant.seat)
            .any(|seat| seat.peer.user_id.as_str() == user && !seat.connected)
        {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn two_peers_find_each_other_and_negotiate() {
    let server = Server::start().await;
    let room = server.room(2).await;
    let (mut ana, ana_joined) = server.joined(&room, "ana", Role::Host).await;
    assert_eq!(ana_joined["peers"], json!([]));
    assert_eq!(ana_joined["topology"], "p2p");
    assert_eq!(ana_joined["role"], "host");
    assert_eq!(ana_joined["resumeWindowMs"], 20_000);
    assert_eq!(ana_joined["heartbeatIntervalMs"], 15_000);
    let (mut ben, ben_joined) = server.joined(&room, "ben", Role::Participant).await;
    assert_eq!(
        ben_joined["peers"],
        json!([{ "socketId": ana_joined["socketId"], "userId": "ana", "role": "host" }])
    );
    let came = ana.receive().await;
    assert_eq!(came["type"], "peer-joined");
    assert_eq!(
        (&came["socketId"], &came["userId"], &came["isInitiator"]),
        (&ben_joined["socketId"], &json!("ben"), &json!(true))
    );
    ana.send(
        json!({ "type": "offer", "sdp": { "type": "offer", "sdp": "v=0\r\n" }, "to": came["socketId"] }),
    )
    .await;
    let offer = ben.receive().await;
    assert_eq!(
        offer,
        json!({ "type": "offer", "sdp": { "type": "offer", "sdp": "v=0\r\n" }, "from": ana_joined["socketId"],
                "userId": "ana", "seq": 1 })
    );
    ben.send(json!({ "type": "answer", "sdp": "v=0" })).await;
    assert_eq!(ana.receive().await["sdp"], "v=0");
    ben.send(json!({ "type": "ice", "candidate": { "candidate": "c", "sdpMid": "0" } })).await;
    assert_eq!(ana.receive().await["candidate"], json!({ "candidate": "c", "sdpMid": "0" }));
    ben.send(json!({ "type": "ice", "candidate": null })).await;
    assert_eq!(ana.receive().await["candidate"], Value::Null);
    ana.send(json!({ "type": "data", "payload": ["hello"] })).await;
    assert_eq!(ben.receive().await["payload"], json!(["hello"]));
    ana.send(json!({ "type": "mute", "kind": "audio", "muted": true })).await;
    let mute = ben.receive().await;
    assert_eq!(
        (&mute["userId"], &mute["kind"], &mute["muted"]),
        (&json!("ana"), &json!("audio"), &json!(true))
    );
}

#[tokio::test]
async fn a_bad_message_is_answered_and_disturbs_nobody() {
    let server = Server::start().await;
    let (_, mut ana, _, mut ben, _) = server.pair().await;
    for text in ["", "{", "[]", "null", r#"{"type":"fly"}"#, r#"{"type":"offer"}"#, r#"{"type":"kick"}"#] {
        ana.send_raw(Message::text(text)).await;
        assert_eq!(ana.expect_error("INVALID_MESSAGE").await["fatal"], false);
    }
    ana.send_raw(Message::binary(vec![1, 2, 3])).await;
    ana.expect_error("INVALID_MESSAGE").await;
    let deep = format!(r#"{{"type":"data","payload":{}{}}}"#, "[".repeat(100), "]".repeat(100));
    ana.send_raw(Message::text(deep)).await;
    ana.send(json!({ "type": "data", "payload": "x".repeat(17_000) })).await;
    assert_eq!(ben.receive().await["type"], "data", "the deep one is JSON and is relayed as it is");
    ana.expect_error("INVALID_MESSAGE").await;
    ana.send(json!({ "type": "data", "payload": 1 })).await;
    assert_eq!(ben.receive().await["payload"], 1);
}

#[tokio::test]
async fn what_comes_before_a_join_is_refused() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for message in [
        json!({ "type": "offer", "sdp": "v=0" }),
        json!({ "type": "leave" }),
        json!({ "type": "data", "payload": 1 }),
        json!({ "type": "mute", "kind": "audio", "muted": true }),
        json!({ "type": "kick", "userId": "x" }),
    ] {
        client.send(message).await;
        client.expect_error("NOT_IN_ROOM").await;
    }
}

#[tokio::test]
async fn each_wrong_token_is_refused_with_its_code() {
    let server = Server::start().await;
    let room = server.room(2).await;
    let other = server.room(2).await;
    let good = server.token(&room, "ana", Role::Host).await;
    let revoked = server.token(&room, "eve", Role::Host).await;
    server.app.revoke_token(&server.tenant, &revoked.jti).await.unwrap();
    let mut tampered = good.token.clone();
    tampered.pop();
    for (room_id, token, code) in [
        (room.as_str(), json!(null), "INVALID_TOKEN"),
        (room.as_str(), json!("nonsense"), "INVALID_TOKEN"),
        (room.as_str(), json!(tampered), "INVALID_TOKEN"),
        (other.as_str(), json!(good.token), "INVALID_TOKEN"),
        (room.as_str(), json!(revoked.token), "INVALID_TOKEN"),
    ] {
        let mut client = server.connect().await;
        client.send(json!({ "type": "join", "roomId": room_id, "token": token })).await;
        client.expect_error(code).await;
    }
    server.advance(3_600_000);
    let mut client = server.connect().await;
    client.send(json!({ "type": "join", "roomId": room.as_str(), "token": good.token })).await;
    client.expect_error("TOKEN_EXPIRED").await;
}

#[tokio::test]
async fn a_token_admits_one_session() {
    let server = Server::start().await;
    let room = server.room(2).await;
    let token = server.token(&room, "ana", Role::Host).await;
    let join = json!({ "type": "join", "roomId": room.as_str(), "token": token.token });
    let mut first = server.connect().await;
    first.send(join.clone()).await;
    assert_eq!(first.receive().await["type"], "joined");
    let mut second = server.connect().await;
    second.send(join).await;
    second.expect_error("INVALID_TOKEN").await;
    first.send(json!({ "type": "join", "roomId": room.as_str(), "token": "x" })).await;
    first.expect_error("ALREADY_IN_ROOM").await;
}

#[tokio::test]
async fn a_full_room_does_not_use_the_token_up() {
    let server = Server::start().await;
    let (room, _ana, _, ben, _) = server.pair().await;
    let token = server.token(&room, "cleo", Role::Participant).await;
    let join = json!({ "type": "join", "roomId": room.as_str(), "token": token.token });
    let mut cleo = server.connect().await;
    cleo.send(join.clone()).await;
    cleo.expect_error("ROOM_FULL").await;
    ben.close(1000).await;
    while server.app.participants(&server.tenant, &room).await.unwrap().len() > 1 {
        tokio::task::yield_now().await;
    }
    cleo.send(join).await;
    assert_eq!(cleo.receive().await["type"], "joined");
}

#[tokio::test]
async fn a_room_that_is_gone_is_not_found() {
    let server = Server::start().await;
    let room = server.room(2).await;
    let token = server.token(&room, "ana", Role::Host).await;
    server.app.delete_room(&server.tenant, &room).await.unwrap();
    let mut client = server.connect().await;
    client.send(json!({ "type": "join", "roomId": room.as_str(), "token": token.token })).await;
    client.expect_error("ROOM_NOT_FOUND").await;
}

#[tokio::test]
async fn a_dropped_peer_comes_back_to_its_seat_and_misses_nothing() {
    let server = Server::start().await;
    let (room, mut ana, ana_joined, ben, ben_joined) = server.pair().await;
    let seen = ben.last_seq;
    ben.cut();
    dropped(&server, &room, "ben").await;
    for n in 0..20 {
        ana.send(json!({ "type": "data", "payload": n })).await;
    }
    ana.settle().await;
    server.advance(19_000);
    let (mut ben, again) = resume(&server, &room, &ben_joined, seen).await;
    assert_eq!(again["resumed"], true);
    assert_eq!(again["socketId"], ben_joined["socketId"]);
    for n in 0..20 {
        assert_eq!(ben.receive().await["payload"], n);
    }
    ben.send(json!({ "type": "data", "payload": "back" })).await;
    let heard = ana.receive().await;
    assert_eq!((&heard["payload"], &heard["from"]), (&json!("back"), &ben_joined["socketId"]));
    assert_ne!(ana_joined["socketId"], ben_joined["socketId"]);
}

#[tokio::test]
async fn after_the_window_the_seat_is_gone_and_the_others_are_told() {
    let server = Server::start().await;
    let (room, mut ana, _, ben, ben_joined) = server.pair().await;
    ben.cut();
    dropped(&server, &room, "ben").await;
    server.advance(20_001);
    let left = ana.receive().await;
    assert_eq!(
        (&left["type"], &left["userId"], &left["reason"]),
        (&json!("peer-left"), &json!("ben"), &json!("timeout"))
    );
    let mut late = server.connect().await;
    late.send(json!({ "type": "join", "roomId": room.as_str(), "resumeToken": ben_joined["resumeToken"] }))
        .await;
    late.expect_error("INVALID_TOKEN").await;
}

#[tokio::test]
async fn a_closed_tab_is_a_leave_at_once_and_a_strange_close_is_not() {
    let server = Server::start().await;
    for code in [1000, 1001] {
        let (_, mut ana, _, ben, _) = server.pair().await;
        ben.close(code).await;
        assert_eq!(ana.receive().await["reason"], "left", "{code}");
    }
    let (room, _ana, _, ben, _) = server.pair().await;
    ben.close(4999).await;
    dropped(&server, &room, "ben").await;
}

#[tokio::test]
async fn a_leave_is_told_and_the_connection_may_join_again() {
    let server = Server::start().await;
    let (room, mut ana, _, mut ben, _) = server.pair().await;
    ben.send(json!({ "type": "leave" })).await;
    assert_eq!(ana.receive().await["reason"], "left");
    let token = server.token(&room, "ben", Role::Viewer).await;
    ben.send(json!({ "type": "join", "roomId": room.as_str(), "token": token.token })).await;
    assert_eq!(ben.receive().await["role"], "viewer");
}

#[tokio::test]
async fn a_second_live_connection_takes_the_seat_over() {
    let server = Server::start().await;
    let (room, mut ana, _, mut ben, ben_joined) = server.pair().await;
    let (mut newer, again) = resume(&server, &room, &ben_joined, ben.last_seq).await;
    assert_eq!(again["resumed"], true);
    assert_eq!(ben.expect_error("REPLACED").await["fatal"], true);
    assert_eq!(ben.closed().await, 4001);
    ana.send(json!({ "type": "data", "payload": "to the newer" })).await;
    assert_eq!(newer.receive().await["payload"], "to the newer");
}

#[tokio::test]
async fn a_user_who_joins_again_replaces_his_ghost() {
    let server = Server::start().await;
    let (room, mut ana, _, mut ben, _) = server.pair().await;
    let (_again, joined) = server.joined(&room, "ben", Role::Participant).await;
    assert_eq!(joined["resumed"], false);
    ben.expect_error("REPLACED").await;
    assert_eq!(ben.closed().await, 4001);
    assert_eq!(ana.receive().await["reason"], "replaced");
    assert_eq!(ana.receive().await["type"], "peer-joined");
}

#[tokio::test]
async fn a_host_kicks_and_the_token_is_refused_from_then_on() {
    let server = Server::start().await;
    let (room, mut ana, _, mut ben, _) = server.pair().await;
    ben.send(json!({ "type": "kick", "userId": "ana" })).await;
    ben.expect_error("FORBIDDEN").await;
    ben.send(json!({ "type": "mute", "kind": "video", "muted": true, "userId": "ana" })).await;
    ben.expect_error("FORBIDDEN").await;
    let spare = server.token(&room, "ben", Role::Participant).await;
    ana.send(json!({ "type": "kick", "userId": "nobody" })).await;
    ana.expect_error("PEER_NOT_FOUND").await;
    ana.send(json!({ "type": "kick", "userId": "ben" })).await;
    ben.expect_error("KICKED").await;
    assert_eq!(ben.closed().await, 4002);
    assert_eq!(ana.receive().await["reason"], "kicked");
    let mut back = server.connect().await;
    back.send(json!({ "type": "join", "roomId": room.as_str(), "token": spare.token })).await;
    back.expect_error("INVALID_TOKEN").await;
    let (mut back, _) = server.joined(&room, "ben", Role::Participant).await;
    ana.receive().await;
    ana.send(json!({ "type": "kick", "userId": "ben", "ban": true })).await;
    assert_eq!(back.closed().await, 4002);
    let token = server.token(&room, "ben", Role::Participant).await;
    let mut banned = server.connect().await;
    banned.send(json!({ "type": "join", "roomId": room.as_str(), "token": token.token })).await;
    banned.expect_error("KICKED").await;
}

#[tokio::test]
async fn the_backend_mutes_kicks_revokes_and_ends() {
    let server = Server::start().await;
    let (room, mut ana, _, mut ben, _) = server.pair().await;
    let ben_id = UserId::new("ben").unwrap();
    server.app.mute(&server.tenant, &room, &ben_id, rtc_types::MediaKind::Audio, true).await.unwrap();
    assert_eq!(ben.receive().await["userId"], "ben");
    assert_eq!(ana.receive().await["userId"], "ben");
    server.app.kick(&server.tenant, &room, &ben_id, false).await.unwrap();
    assert_eq!(ben.closed().await, 4002);
    assert_eq!(ana.receive().await["type"], "peer-left");
    let token = server.token(&room, "cleo", Role::Viewer).await;
    let mut cleo = server.connect().await;
    cleo.send(json!({ "type": "join", "roomId": room.as_str(), "token": token.token })).await;
    cleo.receive().await;
    ana.receive().await;
    server.app.revoke_token(&server.tenant, &token.jti).await.unwrap();
    cleo.expect_error("INVALID_TOKEN").await;
    assert_eq!(cleo.closed().await, 4004);
    assert_eq!(ana.receive().await["reason"], "revoked");
    server.app.delete_room(&server.tenant, &room).await.unwrap();
    ana.expect_error("ROOM_CLOSED").await;
    assert_eq!(ana.closed().await, 4003);
}

#[tokio::test]
async fn the_same_message_id_is_taken_once() {
    let server = Server::start().await;
    let (_, mut ana, _, mut ben, _) = server.pair().await;
    for id in ["a", "a", "b"] {
        ana.send(json!({ "type": "data", "payload": id, "id": id })).await;
    }
    assert_eq!(ben.receive().await["payload"], "a");
    assert_eq!(ben.receive().await["payload"], "b");
}

#[tokio::test]
async fn in_a_mesh_a_signal_names_its_target() {
    let server = Server::start().await;
    let room = server.room(3).await;
    let (mut ana, _) = server.joined(&room, "ana", Role::Host).await;
    let (mut ben, ben_joined) = server.joined(&room, "ben", Role::Participant).await;
    let (mut cleo, _) = server.joined(&room, "cleo", Role::Participant).await;
    ana.receive().await;
    ana.receive().await;
    ben.receive().await;
    ana.send(json!({ "type": "offer", "sdp": "v=0", "id": "o1" })).await;
    assert_eq!(ana.expect_error("INVALID_MESSAGE").await["id"], "o1");
    ana.send(json!({ "type": "offer", "sdp": "v=0", "to": "stranger" })).await;
    ana.expect_error("PEER_NOT_FOUND").await;
    ana.send(json!({ "type": "offer", "sdp": "v=0", "to": ben_joined["socketId"] })).await;
    ana.send(json!({ "type": "data", "payload": "all" })).await;
    assert_eq!(ben.receive().await["type"], "offer");
    assert_eq!(ben.receive().await["type"], "data");
    assert_eq!(cleo.receive().await["type"], "data", "the offer was for ben alone");
}

#[tokio::test]
async fn frames_beyond_the_limits_close_with_their_code() {
    let server = Server::start().await;
    let mut large = server.connect().await;
    large.send_raw(Message::text("x".repeat(200_000))).await;
    assert_eq!(large.closed().await, 1009);
    let (_, mut ana, _, ben, _) = server.pair().await;
    drop(ben);
    let flood = json!({ "type": "ice", "candidate": null, "to": "nobody" }).to_string();
    for _ in 0..2000 {
        ana.send_raw(Message::text(flood.clone())).await;
    }
    assert_eq!(ana.closed().await, 4029);
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_cut_off_and_delays_nobody() {
    // More than both sockets' buffers and the server's own queue hold.
    const MESSAGES: u32 = 4_000;
    let config =
        SignalingConfig { rate_per_s: 10 * MESSAGES, burst: 10 * MESSAGES, ..SignalingConfig::default() };
    let server = Server::start_with(config).await;
    let (_, mut ana, _, mut ben, _) = server.pair().await;
    let data = json!({ "type": "data", "payload": "x".repeat(15_000) }).to_string();
    for _ in 0..MESSAGES {
        ana.send_raw(Message::text(data.clone())).await;
    }
    ana.settle().await;
    // Told so, or given up already where this took longer than a write may.
    let code = ben.closed().await;
    assert!([4008, 1006].contains(&code), "{code}");
}

#[tokio::test]
async fn a_connection_that_does_not_join_is_closed() {
    let config = SignalingConfig { join_deadline_ms: 20, ..SignalingConfig::default() };
    let server = Server::start_with(config).await;
    assert_eq!(server.connect().await.closed().await, 4008);
}

#[tokio::test]
async fn guessing_tokens_ends_the_connection() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for _ in 0..5 {
        client.send(json!({ "type": "join", "roomId": "r", "token": "guess" })).await;
    }
    assert_eq!(client.closed().await, 4008);
}

#[tokio::test]
async fn a_stopping_server_tells_everybody_to_come_back() {
    let server = Server::start().await;
    let (_, mut ana, _, _ben, _) = server.pair().await;
    let mut waiting = server.connect().await;
    server.app.begin_shutdown();
    assert_eq!(ana.closed().await, 1012);
    assert_eq!(waiting.closed().await, 1012);
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_may_not_connect() {
    let allowed_origins = AllowedOrigins::new(["https://app.example.com"]);
    let server = Server::start_with(SignalingConfig { allowed_origins, ..SignalingConfig::default() }).await;
    assert_eq!(server.connect_from("https://evil.example").await, Err(403));
    assert_eq!(server.connect_from("null").await, Err(403));
    assert_eq!(server.connect_from("https://app.example.com").await, Ok(()));
    assert_eq!(server.connect_from(&format!("http://{}", server.address)).await, Ok(()));
}

#[tokio::test]
async fn nothing_is_left_behind_when_everybody_is_gone() {
    let server = Server::start().await;
    let (room, ana, _, ben, _) = server.pair().await;
    ana.close(1000).await;
    ben.close(1000).await;
    while server.app.live_stats() != rtc_app::LiveStats::default() {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.app.get_room(&server.tenant, &room).await.unwrap().participants, 0);
}
