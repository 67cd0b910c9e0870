//! The real server, asked over HTTP: what it made of the webhooks.

use crate::traffic::{self, ENDED, Event, ROOMS, Traffic};
use reqwest::{Client, StatusCode};
use rtc_auth::livekit::ApiKey;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long the queue may take to run empty: a killed worker's leases have to run out first.
const DRAIN_MAX: Duration = Duration::from_secs(120);

/// The flags of a server that needs nothing but its folder.
pub const FLAGS: [&str; 9] =
    ["dev", "--port", "0", "--signaling-port", "", "--extra-ports", "", "--media-workers", "1"];
/// High enough that no limit is met.
pub const UNLIMITED: [(&str, &str); 3] = [
    ("API_RATE_PER_APP", "1000000"),
    ("API_RATE_PER_ADDRESS", "1000000"),
    ("PUBLIC_RATE_PER_ADDRESS", "1000000"),
];

pub fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The key that the tenant of development signs with.
pub fn key_of(folder: &Path) -> ApiKey {
    let secret = std::fs::read_to_string(folder.join("data/dev-app-secret")).unwrap();
    ApiKey::new("dev", secret.trim())
}

/// Asks until the answer is there. Every wait has an end.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DRAIN_MAX;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What a room's stream came to, and each of its media sessions.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: String,
    pub viewers: u64,
    pub total: u64,
    /// By sid: how many rows, and whether they have left.
    pub sessions: BTreeMap<String, (usize, bool)>,
}

#[derive(Clone)]
pub struct Platform {
    pub http: Client,
    pub base: String,
}

impl Platform {
    /// Posts a webhook once; `None`: no answer came.
    pub async fn post(&self, key: &ApiKey, event: &Event) -> Option<(StatusCode, Value)> {
        let request = self
            .http
            .post(format!("{}/api/v1/webhooks/livekit", self.base))
            .header("content-type", "application/webhook+json")
            .header("authorization", key.sign_webhook(event.body.as_bytes(), now_ms()))
            .body(event.body.clone());
        let answer = request.send().await.ok()?;
        let status = answer.status();
        Some((status, serde_json::from_slice(&answer.bytes().await.ok()?).unwrap()))
    }

    pub async fn ask(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.base);
        let request = match body {
            Some(body) => self.http.post(url).json(&body),
            None => self.http.get(url),
        };
        request.send().await.unwrap().json().await.unwrap()
    }

    /// An endpoint of the tenant that nobody answers at, so that its deliveries stay in the log.
    pub async fn endpoint(&self) -> String {
        let body = json!({ "url": "http://127.0.0.1:9/", "events": ["track_published"] });
        let made = self.ask("/api/v1/webhook-endpoints", Some(body)).await;
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    /// A stream under this room name; its id.
    pub async fn stream(&self, room: &str) -> String {
        let body =
            json!({ "roomName": room, "title": "Title", "createdBy": "host", "maxParticipants": 1_000 });
        let made = self.ask("/api/v1/livestreams", Some(body)).await;
        made["data"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// The streams of the traffic's rooms.
    pub async fn streams(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for room in 0..ROOMS {
            ids.push(self.stream(&format!("room-{room}")).await);
        }
        ids
    }

    /// Waits until every webhook that was taken is applied. One that failed for good is a fault.
    pub async fn drained(&self) {
        until("the queue runs empty", async || {
            let health = self.ask("/health", None).await;
            let queue = &health["components"]["queue"]["details"];
            let count = |name: &str| queue[name].as_u64().unwrap();
            assert_eq!(count("failed"), 0, "{queue}");
            (count("waiting") + count("active") + count("delayed") == 0).then_some(())
        })
        .await;
    }

    pub async fn outcome(&self, stream: &str) -> Outcome {
        let state = self.ask(&format!("/api/v1/livestreams/{stream}/state"), None).await;
        let state = &state["data"];
        let mut sessions = BTreeMap::new();
        let (mut offset, mut total) = (0, 1);
        while offset < total {
            let path = format!("/api/v1/livestreams/{stream}/participants?limit=200&offset={offset}");
            let page = self.ask(&path, None).await;
            total = page["total"].as_u64().unwrap();
            for row in page["data"].as_array().unwrap() {
                let sid = row["livekitParticipantSid"].as_str().unwrap().to_owned();
                let (rows, _) = sessions.get(&sid).copied().unwrap_or_default();
                sessions.insert(sid, (rows + 1, row["status"] == "LEFT"));
                offset += 1;
            }
        }
        Outcome {
            status: state["status"].as_str().unwrap().to_owned(),
            viewers: state["viewerCount"].as_u64().unwrap(),
            total: state["totalViewers"].as_u64().unwrap(),
            sessions,
        }
    }

    /// The ids of the webhooks that the endpoint is told, and how often each.
    pub async fn told(&self, endpoint: &str) -> BTreeMap<String, usize> {
        let mut told = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/webhook-endpoints/{endpoint}/deliveries?limit=200{cursor}");
            let page = self.ask(&path, None).await;
            let rows = page["data"].as_array().unwrap();
            for row in rows {
                let body: Value = serde_json::from_str(row["payload"].as_str().unwrap()).unwrap();
                *told.entry(body["id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            let Some(last) = rows.last() else { return told };
            cursor = format!("&cursor={}", last["id"].as_str().unwrap());
        }
    }
}

impl Traffic {
    /// What must have come of a room, in whatever order its webhooks were applied.
    pub fn outcome(&self, room: usize) -> Outcome {
        let has_ended = ENDED.contains(&room);
        let of_room = || self.sessions.iter().filter(|session| session.room == room);
        let count = |test: fn(&traffic::Session) -> bool| {
            u64::try_from(of_room().filter(|session| test(session)).count()).unwrap()
        };
        Outcome {
            status: if has_ended { "ENDED" } else { "LIVE" }.to_owned(),
            viewers: if has_ended { 0 } else { count(|session| !session.leaves) },
            total: count(|_| true),
            sessions: of_room()
                .map(|session| (session.sid.clone(), (1, session.leaves || has_ended)))
                .collect(),
        }
    }
}
