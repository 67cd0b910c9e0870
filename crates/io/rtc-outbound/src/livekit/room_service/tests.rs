//! RoomService against a server that checks the calls as LiveKit would.

use super::*;
use crate::{
    ClientOptions,
    testing::{NOW_MS, Receiver, Seen},
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const SECRET: &str = "sk_secret";

fn service(url: &str) -> RoomService {
    let client = HttpClient::new(ClientOptions::for_servers());
    RoomService::new(client, url, ApiKey::new("app-1", SECRET)).expect("a URL")
}

fn ok(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}

fn twirp(status: StatusCode, code: &str) -> Response {
    (status, json!({ "code": code, "msg": "said so", "meta": {} }).to_string()).into_response()
}

fn grant(seen: &Seen) -> VideoGrant {
    let token = seen.header("authorization").strip_prefix("Bearer ").expect("a bearer");
    let claims = ApiKey::new("app-1", SECRET).verify(token, NOW_MS).expect("a good token");
    claims.video.expect("a grant")
}

fn sent(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).expect("JSON")
}

#[tokio::test]
async fn each_call_has_its_path_body_and_no_more_than_its_grant() {
    let receiver = Receiver::start(|seen| {
        // LiveKit's JSON replies have snake_case names, defaults, and fields that we do not know.
        let room = json!({ "sid": "RM_1", "name": "daily", "num_participants": 2, "metadata": "m",
            "creation_time": "5", "empty_timeout": 0, "later": [1] });
        match seen.path.rsplit('/').next() {
            Some("ListRooms") => ok(&json!({ "rooms": [room] })),
            Some("CreateRoom" | "UpdateRoomMetadata") => ok(&room),
            _ => ok(&json!({})),
        }
    })
    .await;
    let service = service(&receiver.url.replace("http", "ws"));
    let settings =
        RoomSettings { name: "daily".into(), empty_timeout_s: 60, max_participants: 3, metadata: "m".into() };
    let room = LiveRoom {
        sid: "RM_1".into(),
        name: "daily".into(),
        participants: 2,
        metadata: "m".into(),
        created_at_ms: 5_000,
    };
    assert_eq!(service.create_room(&settings, NOW_MS).await.as_ref(), Ok(&room));
    assert_eq!(service.list_rooms(&["daily".into()], NOW_MS).await, Ok(vec![room.clone()]));
    assert_eq!(service.update_metadata("daily", "m", NOW_MS).await, Ok(room));
    assert_eq!(service.remove_participant("daily", "zoe", NOW_MS).await, Ok(()));
    assert_eq!(service.delete_room("daily", NOW_MS).await, Ok(()));

    let seen = receiver.seen();
    let paths: Vec<_> =
        seen.iter().map(|one| one.path.trim_start_matches("/twirp/livekit.RoomService/")).collect();
    assert_eq!(paths, ["CreateRoom", "ListRooms", "UpdateRoomMetadata", "RemoveParticipant", "DeleteRoom"]);
    assert_eq!(
        sent(&seen[0]),
        json!({ "name": "daily", "emptyTimeout": 60, "maxParticipants": 3, "metadata": "m" })
    );
    assert_eq!(sent(&seen[3]), json!({ "room": "daily", "identity": "zoe" }));
    let create = VideoGrant { room_create: true, ..VideoGrant::default() };
    assert_eq!((grant(&seen[0]), grant(&seen[4])), (create.clone(), create));
    assert_eq!(grant(&seen[1]), VideoGrant { room_list: true, ..VideoGrant::default() });
    assert_eq!(grant(&seen[3]), admin("daily"));
}

#[tokio::test]
async fn a_refusal_is_told_by_its_kind() {
    let receiver = Receiver::start(|seen| match grant(seen).room.as_str() {
        "missing" => twirp(StatusCode::NOT_FOUND, "not_found"),
        "foreign" => twirp(StatusCode::UNAUTHORIZED, "unauthenticated"),
        "broken" => twirp(StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        "proxy" => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
        _ => "not JSON".into_response(),
    })
    .await;
    let service = service(&receiver.url);
    let refused = |room: &'static str| {
        let service = &service;
        async move { service.remove_participant(room, "zoe", NOW_MS).await.expect_err("a refusal") }
    };
    assert_eq!(refused("missing").await, LiveKitError::NotFound);
    assert_eq!(refused("foreign").await, LiveKitError::Unauthorized("said so".into()));
    let (code, message) = ("internal".into(), "said so".into());
    assert_eq!(refused("broken").await, LiveKitError::Refused { code, message });
    let (code, message) = ("502".into(), "no reason was given".into());
    assert_eq!(refused("proxy").await, LiveKitError::Refused { code, message });
    assert_eq!(refused("odd").await, LiveKitError::Malformed);
}

#[tokio::test]
async fn a_livekit_that_is_away_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = service(&url).delete_room("daily", NOW_MS).await.expect_err("no answer");
    assert_eq!(error, LiveKitError::Unreachable(RequestError::Connect));
}

#[test]
fn the_url_of_livekit_is_checked() {
    let client = HttpClient::new(ClientOptions::for_servers());
    let make = |url| RoomService::new(client.clone(), url, ApiKey::new("a", "b"));
    assert!(make("wss://livekit.example.com").is_ok_and(|made| made.base == "https://livekit.example.com"));
    assert_eq!(make("livekit.example.com").err(), Some(TargetError::Malformed));
    assert_eq!(make("ftp://livekit.example.com").err(), Some(TargetError::Scheme));
}
