//! Paths, methods and headers that no ordinary client sends.

use crate::world::World;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a request line as it is; gives status and body.
async fn raw(world: &World, target: &str, more: &str) -> (u16, Value, String) {
    let (id, secret) = &world.owner;
    let mut stream = TcpStream::connect(world.server.address).await.unwrap();
    let head = format!(
        "GET {target} HTTP/1.1\r\nhost: x\r\nx-app-id: {id}\r\nx-app-secret: {secret}\r\n{more}connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (status, serde_json::from_str(body).unwrap_or(Value::Null), head.to_owned())
}

#[tokio::test]
async fn tricks_with_paths_find_nothing() {
    let world = World::new().await;
    let room = world.room("a").await;
    for target in [
        "/rooms/".to_owned(),
        "//rooms".to_owned(),
        "/ROOMS".to_owned(),
        "/rooms/..".to_owned(),
        "/rooms/../rooms".to_owned(),
        "/./rooms".to_owned(),
        "/rooms/..%2frooms".to_owned(),
        "/rooms/%2e%2e/rooms".to_owned(),
        "/rooms;x=1".to_owned(),
        "/rooms%00".to_owned(),
        "/rooms%20".to_owned(),
        "/rooms\\x".to_owned(),
        format!("/rooms/{room}/"),
        format!("/rooms/{room}%00"),
        format!("/rooms//{room}"),
        format!("/rooms/{room}%2fparticipants"),
        format!("/apps/../rooms/{room}"),
    ] {
        let (status, body, _) = raw(&world, &target, "").await;
        assert_eq!((status, &body["error"]["code"]), (404, &"NOT_FOUND".into()), "{target}: {body}");
    }
}

#[tokio::test]
async fn a_request_id_is_taken_over_only_where_it_is_harmless() {
    let world = World::new().await;
    let (_, body, head) = raw(&world, "/nowhere", "x-request-id: from-the-client\r\n").await;
    assert_eq!(body["requestId"], "from-the-client");
    assert!(head.contains("x-request-id: from-the-client"), "{head}");
    let long = format!("x-request-id: {}\r\n", "x".repeat(129));
    for bad in
        ["x-request-id: a b\r\n", "x-request-id: a\"b\r\n", "x-request-id: a\r\nx-request-id: b\r\n", &long]
    {
        let (_, body, _) = raw(&world, "/nowhere", bad).await;
        let id = body["requestId"].as_str().unwrap();
        assert!(id.len() == 24 && !bad.contains(id), "{bad}: {id}");
    }
}

#[tokio::test]
async fn pages_of_listed_origins_alone_may_read_answers() {
    let world = World::with(|config| config.allowed_origins = vec!["https://app.example.com/".into()]).await;
    let origin = |origin: &str| vec![("origin", origin.to_owned())];
    let answer = world.get("/rooms", &origin("https://app.example.com")).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"));
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(["x-request-id", "x-next-cursor", "retry-after"].iter().all(|name| exposed.contains(name)));
    let foreign = world.get("/rooms", &origin("https://evil.example")).await;
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    let preflight =
        [origin("https://app.example.com"), vec![("access-control-request-method", "PATCH".into())]];
    let answer = world.send("OPTIONS", "/rooms/x", &preflight.concat(), None).await;
    assert_eq!(answer.status, 200);
    let allowed = answer.header("access-control-allow-headers").unwrap();
    assert!(["x-app-id", "x-app-secret", "idempotency-key"].iter().all(|name| allowed.contains(name)));
}
