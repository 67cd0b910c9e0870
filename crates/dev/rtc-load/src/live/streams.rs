//! Livestreams to measure with, and the webhooks of their rooms.

use crate::http::HttpClient;
use crate::stage::App;
use anyhow::{Context, Result};
use rtc_auth::livekit::ApiKey;
use serde_json::json;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// What webhooks are posted as.
const WEBHOOK: &str = "application/webhook+json";
/// Where to, on both servers.
const PATH: &str = "/api/v1/webhooks/livekit";

/// A livestream as its webhooks name it.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its id.
    pub id: String,
    /// Its media room.
    pub room: String,
}

/// Makes `count` livestreams over REST.
pub async fn create(address: SocketAddr, app: &App, count: usize) -> Result<Vec<Stream>> {
    let mut http = HttpClient::connect(address).await?;
    let mut made = Vec::with_capacity(count);
    for n in 0..count {
        let room = format!("bench-{n}");
        let body = json!({ "roomName": room, "title": format!("Bench {n}"), "createdBy": "host",
            "maxParticipants": 1_000 });
        let answer = http.post("/api/v1/livestreams", &app.headers(), &body.to_string()).await?;
        let id = answer["data"]["id"].as_str().with_context(|| format!("no id in {answer}"))?.to_owned();
        made.push(Stream { id, room });
    }
    Ok(made)
}

/// How much younger the rooms that webhooks tell of are than those that the built-in media server made, whose place
/// they take.
const YOUNGER_MS: u64 = 60_000;

/// Signs a tenant's webhooks and makes them whole requests.
pub struct Poster {
    key: ApiKey,
    rooms_made_at_ms: u64,
}

impl Poster {
    /// Takes the tenant's key. Its streams are there already.
    pub fn new(app: &App) -> Result<Self> {
        let rooms_made_at_ms = now_ms()? + YOUNGER_MS;
        Ok(Self { key: ApiKey::new(app.id.as_str(), &app.secret), rooms_made_at_ms })
    }

    /// A viewer who joins or leaves a room: `number` tells viewers and webhooks apart.
    pub fn viewer(&self, http: &HttpClient, room: &str, joins: bool, number: usize) -> Result<String> {
        let now_ms = now_ms()?;
        let event = if joins { "participant_joined" } else { "participant_left" };
        let body = json!({
            "event": event,
            "id": format!("EV_{event}_{number}"),
            "createdAt": (now_ms / 1000).to_string(),
            "room": {
                "sid": format!("RM_{room}"), "name": room, "creationTimeMs": self.rooms_made_at_ms.to_string(),
            },
            "participant": {
                "sid": format!("PA_{number}"), "identity": format!("viewer-{number}"),
                "name": format!("Viewer {number}"), "state": if joins { "ACTIVE" } else { "DISCONNECTED" },
                "joinedAtMs": now_ms.to_string(),
            },
        })
        .to_string();
        let header = format!("authorization: {}", self.key.sign_webhook(body.as_bytes(), now_ms));
        Ok(http.request_of(WEBHOOK, PATH, &[header], &body))
    }
}

fn now_ms() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}
