//! The `/rtc/*` routes.
#![allow(missing_docs, clippy::unwrap_used)]

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use http_body_util::BodyExt;
use rtc_server::{RtcServer, http::router};
use serde_json::{Value, json};
use tower::ServiceExt;

fn server() -> (RtcServer, Router) {
    let server = RtcServer::builder().max_peers_per_room(2).clock(|| 1_000).build();
    (server.clone(), router(server))
}

async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

async fn post_text(router: &Router, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post(path).header("content-type", "application/json").body(body.into()).unwrap();
    let response = send(router, request).await;
    (response.status(), json_of(response).await)
}

async fn post(router: &Router, path: &str, body: Value) -> (StatusCode, Value) {
    post_text(router, path, body.to_string()).await
}

async fn get(router: &Router, path: &str) -> Response<Body> {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn connect(router: &Router, peer: &str) -> (StatusCode, Value) {
    post(router, "/rtc/connect", json!({"roomId": "r", "peerId": peer, "metadata": {"of": peer}})).await
}

async fn say(router: &Router, from: &str, kind: &str) -> (StatusCode, Value) {
    let signal = json!({"type": kind, "payload": {"by": from}});
    post(router, "/rtc/signal", json!({"roomId": "r", "fromPeerId": from, "signal": signal})).await
}

async fn next_event(body: &mut Body) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_peer_connects_lives_is_shown_and_goes() {
    let (_, router) = server();
    let (status, info) = connect(&router, "ann").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&info["roomId"], &info["peerId"]), (&json!("r"), &json!("ann")));
    assert_eq!((&info["heartbeatIntervalMs"], &info["peers"]), (&json!(30_000), &json!([])));
    assert_eq!(info["iceServers"].as_array().unwrap().len(), 1);
    assert_eq!(connect(&router, "ben").await.1["peers"], json!(["ann"]));
    let peer = json!({"roomId": "r", "peerId": "ann"});
    assert_eq!(
        post(&router, "/rtc/heartbeat", peer.clone()).await,
        (StatusCode::OK, json!({"lastSeen": 1_000}))
    );
    let room = json_of(get(&router, "/rtc/rooms/r").await).await;
    assert_eq!((&room["peerCount"], &room["maxPeers"]), (&json!(2), &json!(2)));
    assert_eq!(
        room["peers"][0],
        json!({"peerId": "ann", "connectedAt": 1_000, "lastSeen": 1_000, "streaming": false, "metadata": {"of": "ann"}})
    );
    let gone = json!({"roomId": "r", "peerId": "ann", "roomClosed": false});
    assert_eq!(post(&router, "/rtc/disconnect", peer).await, (StatusCode::OK, gone));
}

#[tokio::test]
async fn signals_arrive_on_the_stream_with_their_numbers() {
    let (server, router) = server();
    connect(&router, "ann").await;
    connect(&router, "ben").await;
    let response = get(&router, "/rtc/events?roomId=r&peerId=ben").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    assert!(server.snapshot("r").unwrap().peers[1].streaming);
    assert_eq!(
        say(&router, "ann", "offer").await,
        (StatusCode::OK, json!({"listenersNotified": 0, "recipients": 1}))
    );
    let event = next_event(&mut body).await;
    let data = r#"{"roomId":"r","fromPeerId":"ann","signal":{"type":"offer","payload":{"by":"ann"}}}"#;
    for line in ["event: signal".to_owned(), "id: 1".into(), format!("data: {data}")] {
        assert!(event.lines().any(|found| found == line), "{line} in {event}");
    }
    drop(body);
    assert!(!server.snapshot("r").unwrap().peers[1].streaming);
}

#[tokio::test]
async fn a_stream_that_comes_back_goes_on_after_its_last_event() {
    let (_, router) = server();
    connect(&router, "ann").await;
    connect(&router, "ben").await;
    for kind in ["one", "two", "three"] {
        say(&router, "ann", kind).await;
    }
    let request = Request::get("/rtc/events?roomId=r&peerId=ben").header("last-event-id", "2");
    let mut body = send(&router, request.body(Body::empty()).unwrap()).await.into_body();
    assert!(next_event(&mut body).await.contains("three"));
    let mut body = get(&router, "/rtc/events?roomId=r&peerId=ben&lastEventId=99").await.into_body();
    assert!(next_event(&mut body).await.contains("event: lagged"), "nothing has that number");
}

#[tokio::test]
async fn line_breaks_in_a_payload_do_not_break_the_stream() {
    let (_, router) = server();
    connect(&router, "ann").await;
    connect(&router, "ben").await;
    let text =
        "{\"roomId\":\"r\",\"fromPeerId\":\"ann\",\"signal\":{\"type\":\"x\",\"payload\":{\r\n \"a\":\r1}}}";
    assert_eq!(post_text(&router, "/rtc/signal", text).await.0, StatusCode::OK);
    let mut body = get(&router, "/rtc/events?roomId=r&peerId=ben").await.into_body();
    let event = next_event(&mut body).await;
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["signal"]["payload"], json!({"a": 1}));
}

#[tokio::test]
async fn a_stream_ends_with_its_peer() {
    let (server, router) = server();
    connect(&router, "ann").await;
    let mut body = get(&router, "/rtc/events?roomId=r&peerId=ann").await.into_body();
    server.disconnect_peer("r", "ann").unwrap();
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn each_refusal_has_its_status_and_code() {
    let (_, router) = server();
    connect(&router, "ann").await;
    let code = |answer: (StatusCode, Value)| {
        (answer.0.as_u16(), answer.1["error"]["code"].as_str().unwrap().to_owned())
    };
    let peer = |room: &str, peer: &str| json!({"roomId": room, "peerId": peer});
    let expect = |status: u16, name: &str| (status, name.to_owned());
    assert_eq!(code(connect(&router, "ann").await), expect(409, "ALREADY_IN_ROOM"));
    connect(&router, "ben").await;
    assert_eq!(code(connect(&router, "cat").await), expect(409, "ROOM_FULL"));
    assert_eq!(code(say(&router, "eve", "x").await), expect(409, "NOT_IN_ROOM"));
    assert_eq!(code(post(&router, "/rtc/heartbeat", peer("r", "eve")).await), expect(404, "PEER_NOT_FOUND"));
    assert_eq!(code(post(&router, "/rtc/disconnect", peer("q", "ann")).await), expect(404, "ROOM_NOT_FOUND"));
    for path in ["/rtc/rooms/q", "/rtc/events?roomId=q&peerId=ann"] {
        let response = get(&router, path).await;
        assert_eq!(
            (response.status().as_u16(), json_of(response).await["error"]["code"].clone()),
            (404, json!("ROOM_NOT_FOUND"))
        );
    }
    let response = get(&router, "/rtc/connect").await;
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(
        (response.status().as_u16(), json_of(response).await["error"]["code"].clone()),
        (405, json!("METHOD_NOT_ALLOWED"))
    );
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused_and_the_fault_is_named() {
    let (_, router) = server();
    let fault = async |body: Value, path: &str| {
        let (status, answer) = post(&router, "/rtc/connect", body).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (400, &json!("VALIDATION_ERROR")),
            "{answer}"
        );
        assert_eq!(answer["error"]["details"][0]["path"], json!(path), "{answer}");
    };
    fault(json!({"roomId": "r"}), "peerId").await;
    fault(json!({"roomId": "r", "peerId": ""}), "peerId").await;
    fault(json!({"roomId": "x".repeat(129), "peerId": "a"}), "roomId").await;
    fault(json!({"roomId": "r", "peerId": "a", "metadata": {"x": "y".repeat(9_000)}}), "metadata").await;
    for broken in
        ["", "{", "[]", "null", r#"{"roomId":1,"peerId":"a"}"#, "{\"roomId\":\"r\",\"peerId\":\"a\"} x"]
    {
        let (status, answer) = post_text(&router, "/rtc/connect", broken).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (400, &json!("VALIDATION_ERROR")),
            "{broken}"
        );
    }
    let (status, answer) = post_text(&router, "/rtc/connect", vec![0xff, 0xfe]).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!("VALIDATION_ERROR")));
    let signal = json!({"roomId": "r", "fromPeerId": "a", "signal": {"type": "", "payload": 1}});
    let (status, answer) = post(&router, "/rtc/signal", signal).await;
    assert_eq!((status.as_u16(), &answer["error"]["details"][0]["path"]), (400, &json!("signal.type")));
    let (status, _) = post_text(&router, "/rtc/connect", " ".repeat(300 * 1024)).await;
    assert_eq!(status.as_u16(), 413);
    let request = Request::post("/rtc/connect").body(Body::from("{}")).unwrap();
    assert_eq!(send(&router, request).await.status().as_u16(), 415);
    for path in ["/rtc/events", "/rtc/events?roomId=r", "/rtc/events?roomId=r&peerId=a&lastEventId=x"] {
        assert_eq!(get(&router, path).await.status().as_u16(), 400, "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_requests_id() {
    let (_, router) = server();
    let request = Request::get("/rtc/rooms/none").header("x-request-id", "abc").body(Body::empty()).unwrap();
    let response = send(&router, request).await;
    assert_eq!(response.headers()["x-request-id"], "abc");
    assert_eq!(json_of(response).await["requestId"], json!("abc"));
    let response = get(&router, "/rtc/rooms/none").await;
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(json_of(response).await["requestId"], json!(id));
}
