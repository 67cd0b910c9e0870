//! A server with livestreams, on a media server that only says yes.

use async_trait::async_trait;
use reqwest::{Client, Method};
use rtc_app::{
    Bus, JoinGrant, JoinTicket, LivestreamParts, MediaRoom, MediaRoomDraft, MediaRooms, MediaRoomsError,
};
use rtc_auth::livekit::ApiKey;
use rtc_testkit::{Config, TestServer, mount};
use rtc_types::{AppId, UserId};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use surface_livestream::LivestreamSurface;

/// The moment that the test server's clock stands at.
pub const NOW: u64 = 1_800_000_000_000;

#[derive(Default)]
struct Rooms(AtomicU64);

#[async_trait]
impl MediaRooms for Rooms {
    async fn create_room(&self, _: &AppId, room: &MediaRoomDraft) -> Result<MediaRoom, MediaRoomsError> {
        if room.name == "refused" {
            return Err(MediaRoomsError::Refused("no".into()));
        }
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(MediaRoom { sid: format!("RM_{n}"), created_at: NOW })
    }
    fn participants_max(&self) -> u32 {
        500
    }
    async fn update_room(&self, _: &AppId, _: &MediaRoomDraft) -> Result<(), MediaRoomsError> {
        Ok(())
    }
    async fn delete_room(&self, _: &AppId, _: &str) -> Result<(), MediaRoomsError> {
        Ok(())
    }
    async fn remove_participant(&self, _: &AppId, _: &str, _: &UserId) -> Result<(), MediaRoomsError> {
        Ok(())
    }
    async fn mint(&self, _: &AppId, grant: &JoinGrant) -> Result<JoinTicket, MediaRoomsError> {
        Ok(JoinTicket { token: format!("token of {}", grant.user_id), url: None })
    }
}

pub struct World {
    pub server: TestServer,
    pub client: Client,
    pub owner: (String, String),
    pub stranger: (String, String),
}

/// Who asks.
#[derive(Clone, Copy)]
pub enum As<'a> {
    Owner,
    Stranger,
    Nobody,
    Bearer(&'a str),
}

impl World {
    pub async fn new() -> Self {
        let surface = mount(|started| {
            let bus = Bus::in_process(Arc::new(|| NOW));
            started.app.with_livestreams(LivestreamParts {
                rooms: Arc::new(Rooms::default()),
                bus,
                external_key: None,
                token_life_s: 3600,
                workers: 2,
            });
            surface_livestream::router(LivestreamSurface {
                http: started.http.clone(),
                public_url: None,
                endpoint_url: Arc::new(|url| {
                    if url.starts_with("https://") { Ok(()) } else { Err("must be an https: URL".into()) }
                }),
                watchers_max: 100,
            })
        });
        let server = TestServer::start(Config::of(vec![surface])).await;
        let (owner, stranger) = (server.tenant("owner").await, server.tenant("stranger").await);
        Self { server, client: Client::new(), owner, stranger }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.server.base_url())
    }

    pub async fn ask(&self, who: As<'_>, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.client.request(method.parse::<Method>().expect("a method"), self.url(path));
        request = match who {
            As::Owner => request.header("x-app-id", &self.owner.0).header("x-app-secret", &self.owner.1),
            As::Stranger => {
                request.header("x-app-id", &self.stranger.0).header("x-app-secret", &self.stranger.1)
            }
            As::Bearer(token) => request.bearer_auth(token),
            As::Nobody => request,
        };
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["success"], status < 400, "{body}");
        (status, body)
    }

    /// Has the owner's livestreams need a token.
    pub async fn make_private(&self) {
        let limits = rtc_app::AppLimits { private_livestreams: true, ..Default::default() };
        let owner = AppId::new(&self.owner.0).expect("an id");
        self.server.app.update_app(&owner, None, Some(limits)).await.expect("changed");
    }

    /// Makes a livestream of `ann`'s; gives its id.
    pub async fn create(&self, room: &str) -> String {
        let body = json!({ "roomName": room, "title": "The show", "createdBy": "ann" });
        let (status, answer) = self.ask(As::Owner, "POST", "/livestreams", Some(body)).await;
        assert_eq!(status, 201, "{answer}");
        answer["data"]["id"].as_str().expect("an id").to_owned()
    }

    /// Posts a webhook that the owner's key signed, and lets it be applied.
    pub async fn webhook(&self, body: &Value) {
        let text = body.to_string();
        let key = ApiKey::new(self.owner.0.as_str(), &self.owner.1);
        let answer = self
            .client
            .post(self.url("/webhooks/livekit"))
            .header("authorization", key.sign_webhook(text.as_bytes(), NOW))
            .header("content-type", "application/webhook+json")
            .body(text)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        self.server.app.work_once().await.expect("worked");
    }
}
