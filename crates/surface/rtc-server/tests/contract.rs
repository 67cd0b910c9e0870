//! The table of `contract.json`, run against the façade and against its routes.
#![allow(missing_docs, clippy::unwrap_used)]

use axum::{Router, body::Body, http::Request};
use futures_util::{FutureExt, StreamExt};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use rtc_server::{
    ConnectRequest, CreateRoomRequest, Json, PeerRequest, Refusal, RoomOptions, RtcServer, RtcServerOptions,
    ServerEvent, SignalRequest, SignalStream, StreamItem, http::router,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;

#[derive(Deserialize)]
struct Table {
    config: RtcServerOptions,
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
    /// Arguments that the façade's types do not admit.
    #[serde(default)]
    untyped: bool,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    at: Option<u64>,
    call: String,
    #[serde(default)]
    with: Value,
    gives: Option<Value>,
    refuses: Option<Value>,
    events: Option<Value>,
}

/// `{ code, path? }`
type Refused = Value;

fn table() -> Table {
    serde_json::from_str(include_str!("contract.json")).unwrap()
}

/// `"@bytes:n"` as a text of n characters, everywhere.
fn expanded(value: Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("@bytes:") {
            Some(count) => Value::String("x".repeat(count.parse().unwrap())),
            None => Value::String(text),
        },
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, expanded(value))).collect(),
        Value::Array(items) => items.into_iter().map(expanded).collect(),
        other => other,
    }
}

struct Host {
    server: RtcServer,
    clock: Arc<AtomicU64>,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Host {
    fn new(config: RtcServerOptions) -> Self {
        let clock = Arc::new(AtomicU64::new(0));
        let time = clock.clone();
        let server = RtcServer::builder()
            .ice_servers(config.ice_servers.unwrap())
            .max_peers_per_room(config.max_peers_per_room.unwrap())
            .heartbeat_interval(Duration::from_millis(config.heartbeat_interval_ms.unwrap()))
            .clock(move || time.load(Ordering::Relaxed))
            .build();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let into = heard.clone();
        server.on_any(move |event| {
            into.lock().push(serde_json::to_value(ServerEvent::from(event.clone())).unwrap());
        });
        Self { server, clock, heard }
    }

    fn rooms(&self) -> Value {
        let mut rooms = self.server.rooms();
        rooms.sort();
        json!(rooms)
    }

    /// The calls that have no route.
    fn by_hand(&self, step: &Step) -> Result<Value, Refused> {
        match step.call.as_str() {
            "createRoom" => {
                let request: CreateRoomRequest = typed(&step.with);
                let options = RoomOptions { max_peers: request.max_peers, metadata: request.metadata };
                answer(self.server.create_room(&request.room_id, options))
            }
            "closeRoom" => answer(self.server.close_room(step.with["roomId"].as_str().unwrap())),
            "sweep" => Ok(json!(self.server.sweep(self.server.now()))),
            "rooms" => Ok(self.rooms()),
            other => panic!("no call {other}"),
        }
    }
}

fn typed<T: DeserializeOwned>(with: &Value) -> T {
    serde_json::from_str(&with.to_string()).unwrap()
}

fn answer<T: serde::Serialize, E: Into<Refusal>>(result: Result<T, E>) -> Result<Value, Refused> {
    result.map(|value| serde_json::to_value(value).unwrap()).map_err(|error| {
        let info = error.into().body.error;
        json!({"code": info.code, "path": info.details.first().map(|detail| &detail.path)})
    })
}

fn key(with: &Value) -> String {
    format!("{} {}", with["roomId"], with["peerId"])
}

trait Driver {
    async fn call(&mut self, step: &Step) -> Result<Value, Refused>;
    fn host(&self) -> &Host;
}

async fn run(driver: &mut impl Driver, scenario: Scenario) {
    for (index, mut step) in scenario.steps.into_iter().enumerate() {
        let place = format!("{}: step {} ({})", scenario.name, index + 1, step.call);
        if let Some(at) = step.at {
            driver.host().clock.store(at, Ordering::Relaxed);
        }
        step.with = expanded(std::mem::take(&mut step.with));
        driver.host().heard.lock().clear();
        match (driver.call(&step).await, &step.refuses) {
            (Ok(given), None) => {
                let expected = step.gives.as_ref().unwrap_or(&given);
                assert_eq!(&given, expected, "{place}");
            }
            (Err(refused), Some(expected)) => {
                assert_eq!(refused["code"], expected["code"], "{place}");
                if let Some(path) = expected.get("path") {
                    assert_eq!(&refused["path"], path, "{place}");
                }
            }
            (given, expected) => panic!("{place}: {given:?}, expected {expected:?}"),
        }
        if let Some(events) = &step.events {
            assert_eq!(&json!(*driver.host().heard.lock()), events, "{place}");
        }
        if step.refuses.is_some() {
            assert!(driver.host().heard.lock().is_empty(), "{place}: events of a call that was refused");
        }
    }
}

struct Facade {
    host: Host,
    streams: HashMap<String, SignalStream>,
}

impl Driver for Facade {
    fn host(&self) -> &Host {
        &self.host
    }

    async fn call(&mut self, step: &Step) -> Result<Value, Refused> {
        let (server, with) = (&self.host.server, &step.with);
        match step.call.as_str() {
            "connect" => {
                let request: ConnectRequest = typed(with);
                let metadata = request.metadata.map(|metadata| Json::of(&metadata).unwrap());
                answer(server.connect_peer(&request.room_id, &request.peer_id, metadata))
            }
            "heartbeat" => {
                let peer: PeerRequest = typed(with);
                let seen = server.heartbeat(&peer.room_id, &peer.peer_id);
                answer(seen).map(|last_seen| json!({"lastSeen": last_seen}))
            }
            "signal" => {
                let SignalRequest { room_id, from_peer_id, signal, to_peer_id } = typed(with);
                answer(server.relay(&room_id, &from_peer_id, signal, to_peer_id.as_deref()))
            }
            "disconnect" => {
                let peer: PeerRequest = typed(with);
                answer(server.disconnect_peer(&peer.room_id, &peer.peer_id))
            }
            "room" => answer(server.snapshot(with["roomId"].as_str().unwrap())),
            "subscribe" => {
                let peer: PeerRequest = typed(with);
                let stream = server.subscribe(&peer.room_id, &peer.peer_id, with["lastEventId"].as_u64());
                answer(stream.map(|stream| drop(self.streams.insert(key(with), stream))))
            }
            "read" => {
                let stream = self.streams.get_mut(&key(with)).unwrap();
                let mut items = Vec::new();
                while let Some(item) = stream.next().now_or_never() {
                    match item {
                        Some(StreamItem::Signal { event, .. }) => {
                            items.push(serde_json::to_value(event).unwrap());
                        }
                        Some(StreamItem::Lagged) => items.push(json!("lagged")),
                        None => {
                            items.push(json!("end"));
                            break;
                        }
                    }
                }
                Ok(json!(items))
            }
            _ => self.host.by_hand(step),
        }
    }
}

struct Http {
    host: Host,
    router: Router,
    streams: HashMap<String, Body>,
}

/// A text for a query or a path.
fn encoded(text: &Value) -> String {
    text.as_str().unwrap().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Http {
    async fn ask(&self, request: Request<Body>) -> Result<Body, Refused> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let is_refused = !response.status().is_success();
        let body = response.into_body();
        if !is_refused {
            return Ok(body);
        }
        let refusal = json_of(body).await;
        Err(json!({"code": refusal["error"]["code"], "path": refusal["error"]["details"][0]["path"]}))
    }

    async fn post(&self, path: &str, with: &Value) -> Result<Value, Refused> {
        let request = Request::post(path).header("content-type", "application/json");
        Ok(json_of(self.ask(request.body(Body::from(with.to_string())).unwrap()).await?).await)
    }

    async fn get(&self, path: String) -> Result<Body, Refused> {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }
}

async fn json_of(body: Body) -> Value {
    serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap()
}

fn event(text: &str) -> Value {
    if text.lines().any(|line| line == "event: lagged") {
        return json!("lagged");
    }
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str(data).unwrap()
}

impl Driver for Http {
    fn host(&self) -> &Host {
        &self.host
    }

    async fn call(&mut self, step: &Step) -> Result<Value, Refused> {
        let with = &step.with;
        match step.call.as_str() {
            "connect" | "heartbeat" | "signal" | "disconnect" => {
                self.post(&format!("/rtc/{}", step.call), with).await
            }
            "room" => Ok(json_of(self.get(format!("/rtc/rooms/{}", encoded(&with["roomId"]))).await?).await),
            "subscribe" => {
                let last = with["lastEventId"].as_u64().map(|id| format!("&lastEventId={id}"));
                let (room, peer) = (encoded(&with["roomId"]), encoded(&with["peerId"]));
                let query = format!("roomId={room}&peerId={peer}{}", last.unwrap_or_default());
                let body = self.get(format!("/rtc/events?{query}")).await?;
                self.streams.insert(key(with), body);
                Ok(Value::Null)
            }
            "read" => {
                let body = self.streams.get_mut(&key(with)).unwrap();
                let mut items = Vec::new();
                while let Some(frame) = body.frame().now_or_never() {
                    let Some(frame) = frame else {
                        items.push(json!("end"));
                        break;
                    };
                    let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
                    items.push(event(&text));
                }
                Ok(json!(items))
            }
            _ => self.host.by_hand(step),
        }
    }
}

#[tokio::test]
async fn the_facade_keeps_the_contract() {
    let Table { config, scenarios } = table();
    for scenario in scenarios.into_iter().filter(|scenario| !scenario.untyped) {
        let host = Host::new(config.clone());
        run(&mut Facade { host, streams: HashMap::new() }, scenario).await;
    }
}

#[tokio::test]
async fn the_routes_keep_the_contract() {
    let Table { config, scenarios } = table();
    for scenario in scenarios {
        let host = Host::new(config.clone());
        let router = router(host.server.clone());
        run(&mut Http { host, router, streams: HashMap::new() }, scenario).await;
    }
}
