//! The `/rtc/*` routes on the platform's rooms.
#![allow(clippy::unwrap_used)]

mod support;

use reqwest::{Client, Response};
use serde_json::{Value, json};
use support::{STRONG, Serving, program};

async fn post(serving: &Serving, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
    let request = Client::new().post(serving.url(path)).json(&body);
    let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
    let response = request.send().await.unwrap();
    let (status, id) =
        (response.status().as_u16(), response.headers()["x-request-id"].to_str().unwrap().to_owned());
    let body: Value = response.json().await.unwrap();
    if status >= 400 {
        assert_eq!(body["requestId"], id, "the error names the request that the log names");
    }
    (status, body)
}

/// The data of the stream's next event `signal`.
async fn next_signal(events: &mut Response) -> Value {
    let mut text = String::new();
    loop {
        text += std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap();
        let event = text
            .split("\n\n")
            .find(|event| event.contains("event: signal") || event.contains("event:signal"));
        if let Some(event) = event.filter(|_| text.contains("\n\n")) {
            let data = event.lines().find_map(|line| line.strip_prefix("data:")).unwrap();
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[tokio::test]
async fn two_peers_signal_over_plain_http() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::dev(folder.path());
    let peer = |id: &str| json!({ "roomId": "lobby", "peerId": id });
    let (status, ana) = post(&serving, "/rtc/connect", None, peer("ana")).await;
    assert_eq!((status, &ana["peers"], &ana["heartbeatIntervalMs"]), (200, &json!([]), &json!(30_000)));
    let (_, bob) = post(&serving, "/rtc/connect", None, peer("bob")).await;
    assert_eq!(bob["peers"], json!(["ana"]));
    let (status, twice) = post(&serving, "/rtc/connect", None, peer("bob")).await;
    assert_eq!((status, &twice["error"]["code"]), (409, &json!("ALREADY_IN_ROOM")));

    let mut events = reqwest::get(serving.url("/rtc/events?roomId=lobby&peerId=ana")).await.unwrap();
    assert!(events.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let signal = json!({ "type": "candidate", "payload": { "candidate": "a" } });
    let sent = json!({ "roomId": "lobby", "fromPeerId": "bob", "signal": signal, "toPeerId": "ana" });
    let (status, answer) = post(&serving, "/rtc/signal", None, sent).await;
    assert_eq!((status, answer), (200, json!({ "listenersNotified": 0, "recipients": 1 })));
    let received = next_signal(&mut events).await;
    assert_eq!(received, json!({ "roomId": "lobby", "fromPeerId": "bob", "signal": signal }));

    let (status, beat) = post(&serving, "/rtc/heartbeat", None, peer("ana")).await;
    assert!(status == 200 && beat["lastSeen"].is_u64(), "{beat}");
    let room: Value = reqwest::get(serving.url("/rtc/rooms/lobby")).await.unwrap().json().await.unwrap();
    assert_eq!((&room["peerCount"], &room["maxPeers"]), (&json!(2), &json!(8)));
    let (_, left) = post(&serving, "/rtc/disconnect", None, peer("ana")).await;
    assert_eq!(left["roomClosed"], false);
    let (_, left) = post(&serving, "/rtc/disconnect", None, peer("bob")).await;
    assert_eq!(left["roomClosed"], true);
    let (status, gone) = post(&serving, "/rtc/heartbeat", None, peer("bob")).await;
    assert_eq!((status, &gone["error"]["code"]), (404, &json!("ROOM_NOT_FOUND")));
}

#[tokio::test]
async fn in_production_a_token_opens_its_room_for_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let cli = |line: &str| {
        let mut command = program(folder.path());
        let output = command.args(line.split(' ')).arg("--json").envs(STRONG).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let app = cli("app create Acme");
    let app = app["id"].as_str().unwrap();
    let room = cli(&format!("room create Daily --app {app}"));
    let room = room["id"].as_str().unwrap();
    let token = |user: &str| {
        let minted = cli(&format!("token create --app {app} --room {room} --user {user}"));
        minted["token"].as_str().unwrap().to_owned()
    };
    let (ana, bob) = (token("ana"), token("bob"));
    let mut command = program(folder.path());
    command.args(["serve", "--port", "0", "--log-format", "pretty"]).envs(STRONG);
    let serving = Serving::start(&mut command);
    let peer = |room: &str| json!({ "roomId": room, "peerId": "p1" });
    let code = async |path: &str, token: Option<&str>, body: Value| {
        let (status, body) = post(&serving, path, token, body).await;
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(code("/rtc/connect", None, peer(room)).await, refused(401, "UNAUTHORIZED"));
    assert_eq!(code("/rtc/connect", Some("x.y.z"), peer(room)).await, refused(401, "INVALID_TOKEN"));
    assert_eq!(code("/rtc/connect", Some(&ana), peer("other")).await, refused(401, "INVALID_TOKEN"));
    assert_eq!(code("/rtc/connect", Some(&ana), peer(room)).await.0, 200);
    assert_eq!(code("/rtc/connect", Some(&ana), peer(room)).await, refused(401, "INVALID_TOKEN"), "used");
    assert_eq!(code("/rtc/connect", Some(&bob), peer(room)).await, refused(409, "ALREADY_IN_ROOM"));
    assert_eq!(code("/rtc/heartbeat", Some(&ana), peer(room)).await.0, 200);
    assert_eq!(code("/rtc/heartbeat", Some(&bob), peer(room)).await, refused(403, "FORBIDDEN"));
    let query = format!("/rtc/events?roomId={room}&peerId=p1&token={ana}");
    assert_eq!(reqwest::get(serving.url(&query)).await.unwrap().status(), 200);
}
