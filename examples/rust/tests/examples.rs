//! Each example runs, relays a negotiation over plain HTTP, and drops a peer that falls silent.
#![allow(missing_docs, clippy::unwrap_used)]

use futures_util::StreamExt;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const HEARTBEAT_MS: u64 = 500;
const PATIENCE: Duration = Duration::from_secs(20);

struct Example {
    url: String,
    http: Client,
    _process: Child,
}

/// An example's program lies beside the tests' folder.
async fn start(name: &str) -> Example {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    let mut process = Command::new(program)
        .args(["0", &HEARTBEAT_MS.to_string()])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the example is built: run all of the package's tests at once");
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let url = line.strip_prefix("listening on ").unwrap().to_owned();
    Example { url, http: Client::new(), _process: process }
}

impl Example {
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).json(&body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    async fn say(&self, from: &str, to: &str, kind: &str) {
        let signal = json!({"type": kind, "payload": {"sdp": format!("{kind} of {from}")}});
        let body = json!({"roomId": "r", "fromPeerId": from, "toPeerId": to, "signal": signal});
        let (status, answer) = self.post("/rtc/signal", body).await;
        assert_eq!((status, answer), (200, json!({"listenersNotified": 0, "recipients": 1})));
    }

    async fn stream(&self, peer: &str) -> Events {
        let response = self.get(&format!("/rtc/events?roomId=r&peerId={peer}")).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            body: Box::pin(response.bytes_stream().map(|chunk| chunk.unwrap().to_vec())),
            read: String::new(),
        }
    }
}

struct Events {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = Vec<u8>>>>,
    read: String,
}

impl Events {
    /// The signal of the next event.
    async fn signal(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ").map(str::to_owned));
                self.read = rest.to_owned();
                let Some(data) = data else { continue };
                let data: Value = serde_json::from_str(&data).unwrap();
                return (data["fromPeerId"].as_str().unwrap().to_owned(), data["signal"]["type"].clone());
            }
            let chunk = timeout(PATIENCE, self.body.next()).await.unwrap().expect("the stream goes on");
            self.read += std::str::from_utf8(&chunk).unwrap();
        }
    }
}

async fn holds_a_call_and_drops_the_silent(name: &str) {
    let example = start(name).await;
    let peer = |peer: &str| json!({"roomId": "r", "peerId": peer});
    assert_eq!(example.post("/rtc/connect", peer("ann")).await.1["heartbeatIntervalMs"], json!(HEARTBEAT_MS));
    let mut ann = example.stream("ann").await;
    assert_eq!(example.post("/rtc/connect", peer("ben")).await.1["peers"], json!(["ann"]));
    let (status, answer) = example.post("/rtc/connect", peer("ann")).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("ALREADY_IN_ROOM")));
    let mut ben = example.stream("ben").await;
    for kind in ["offer", "candidate"] {
        example.say("ann", "ben", kind).await;
        assert_eq!(ben.signal().await, ("ann".to_owned(), json!(kind)));
    }
    for kind in ["answer", "candidate"] {
        example.say("ben", "ann", kind).await;
        assert_eq!(ann.signal().await, ("ben".to_owned(), json!(kind)));
    }
    // Cat opens no stream and sends one heartbeat, and no more.
    example.post("/rtc/connect", peer("cat")).await;
    assert!(example.post("/rtc/heartbeat", peer("cat")).await.1["lastSeen"].is_u64());
    let watch = async {
        loop {
            let room: Value = example.get("/rtc/rooms/r").await.json().await.unwrap();
            if room["peerCount"] == json!(2) {
                return room;
            }
        }
    };
    let room = timeout(PATIENCE, watch).await.expect("the silent peer is dropped");
    let left: Vec<_> = room["peers"].as_array().unwrap().iter().map(|peer| peer["peerId"].clone()).collect();
    assert_eq!(left, [json!("ann"), json!("ben")], "open streams keep their peers");
    assert_eq!(example.post("/rtc/heartbeat", peer("cat")).await.0, 404);
    assert_eq!(example.post("/rtc/disconnect", peer("ben")).await.1["roomClosed"], json!(false));
    assert_eq!(example.post("/rtc/disconnect", peer("ann")).await.1["roomClosed"], json!(true));
    assert_eq!(example.get("/rtc/rooms/r").await.status().as_u16(), 404);
}

#[tokio::test]
async fn axum_holds_a_call_and_drops_the_silent() {
    holds_a_call_and_drops_the_silent("axum").await;
}

#[tokio::test]
async fn actix_web_holds_a_call_and_drops_the_silent() {
    holds_a_call_and_drops_the_silent("actix-web").await;
}

#[tokio::test]
async fn poem_holds_a_call_and_drops_the_silent() {
    holds_a_call_and_drops_the_silent("poem").await;
}

#[tokio::test]
async fn warp_holds_a_call_and_drops_the_silent() {
    holds_a_call_and_drops_the_silent("warp").await;
}
