//! A server on port 0, and a client that speaks Socket.IO by hand over a WebSocket.

#![allow(dead_code, clippy::unwrap_used)]

use futures_util::{SinkExt, StreamExt};
use rtc_app::{
    App, AppConfig, IdempotentAnswer, MediaConfig, MediaPlane, RoomDraft, SystemClock, Tenant, TokenDraft,
};
use rtc_store::{Store, StoreOptions};
use rtc_types::{AppId, Role, RoomId, TopologySetting, UserId};
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use surface_socketio::{SocketIo, SocketIoConfig};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// Longest wait for something that must happen; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// An app and its secret.
pub struct Credentials {
    pub tenant: Tenant,
    pub id: String,
    pub secret: String,
}

pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    pub io: SocketIo,
    /// Two tenants.
    pub apps: [Credentials; 2],
    _folder: tempfile::TempDir,
}

impl Server {
    /// Everybody must say who they are.
    pub async fn production() -> Self {
        Self::start(SocketIoConfig::default(), false, None).await
    }

    /// Who does not say acts as the first app.
    pub async fn development(config: SocketIoConfig) -> Self {
        Self::start(config, true, None).await
    }

    /// As [`Server::production`], with a media worker on the loopback address.
    pub async fn with_media() -> Self {
        Self::start(SocketIoConfig::default(), false, Some(media())).await
    }

    /// As [`Server::development`], with a media worker on the loopback address.
    pub async fn development_with_media() -> Self {
        Self::start(SocketIoConfig::default(), true, Some(media())).await
    }

    async fn start(config: SocketIoConfig, development: bool, media: Option<MediaPlane>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        let app_config = AppConfig {
            jwt_secret: "a-secret-for-tests-of-at-least-32-bytes".into(),
            secrets_key: "another-secret-for-tests-of-32-bytes".into(),
            default_tenant: development.then(|| AppId::new("first").unwrap()),
            ..AppConfig::default()
        };
        let app = match media {
            Some(media) => App::with_media(app_config, store, SystemClock::clock(), media),
            None => App::new(app_config, store, SystemClock::clock()),
        };
        tokio::spawn(app.clone().run_media());
        let apps = [make_app(&app, "first").await, make_app(&app, "second").await];
        let (layer, io) = surface_socketio::layer(app.clone(), config);
        let http = rtc_http::HttpState::new(app.clone(), rtc_http::HttpLimits::default());
        let router = surface_socketio::router(http).layer(layer);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, address, io, apps, _folder: folder }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn room(&self, tenant: &Tenant, max_participants: u32) -> RoomId {
        self.room_of(tenant, max_participants, TopologySetting::P2p).await
    }

    pub async fn room_of(&self, tenant: &Tenant, max_participants: u32, topology: TopologySetting) -> RoomId {
        let draft = RoomDraft {
            name: "test".into(),
            max_participants,
            topology,
            metadata: None,
            empty_timeout_s: None,
        };
        first(self.app.create_room(tenant, draft, None).await.unwrap()).id
    }

    pub async fn token(&self, tenant: &Tenant, room: &RoomId, user: &str) -> rtc_app::TokenMinted {
        self.token_as(tenant, room, user, Role::Participant).await
    }

    pub async fn token_as(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &str,
        role: Role,
    ) -> rtc_app::TokenMinted {
        let user_id = UserId::new(user).unwrap();
        let draft = TokenDraft { user_id, role, life_s: None, metadata: None };
        first(self.app.create_token(tenant, room, draft, None).await.unwrap())
    }

    /// A connected client that acts as the first app.
    pub async fn connect(&self) -> Client {
        self.connect_as(json!({ "appId": self.apps[0].id, "appSecret": self.apps[0].secret })).await
    }

    /// A connected client with these credentials.
    pub async fn connect_as(&self, auth: Value) -> Client {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", self.address);
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Client { socket, id: String::new(), asked: 0, events: VecDeque::new() };
        client.packet("0").await;
        client.send(&format!("40{auth}")).await;
        let connected: Value = serde_json::from_str(&client.packet("40").await).unwrap();
        client.id = connected["sid"].as_str().unwrap().into();
        client
    }

    /// A client that has joined.
    pub async fn joined(&self, room: &str, user: &str) -> Client {
        let mut client = self.connect().await;
        client.emit("join-room", &json!({ "roomId": room, "userId": user })).await;
        client.expect("room-users").await;
        client
    }
}

fn media() -> MediaPlane {
    let config = MediaConfig { workers: 1, listen: vec![[127, 0, 0, 1].into()], ..MediaConfig::default() };
    MediaPlane::start(&config).unwrap()
}

fn first<T>(answer: IdempotentAnswer<T>) -> T {
    match answer {
        IdempotentAnswer::First(value) => value,
        IdempotentAnswer::Repeat(_) => panic!("not a repeat"),
    }
}

async fn make_app(app: &App, id: &str) -> Credentials {
    let made = first(app.create_app_as(AppId::new(id).unwrap(), id, None).await.unwrap());
    let tenant = app.authenticate(id, &made.secret).await.unwrap();
    Credentials { tenant, id: id.into(), secret: made.secret }
}

pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub id: String,
    asked: u64,
    /// Events that came while an answer was waited for.
    events: VecDeque<Value>,
}

impl Client {
    pub async fn send(&mut self, packet: &str) {
        self.socket.send(Message::text(packet)).await.unwrap();
    }

    pub async fn emit(&mut self, event: &str, payload: &Value) {
        self.send(&format!("42{}", json!([event, payload]))).await;
    }

    /// The next packet, pings aside; `None` when the connection has ended.
    pub async fn next_packet(&mut self) -> Option<String> {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a packet in time") {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => self.send("3").await,
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// What follows `prefix` in the next packet, which must begin with it.
    pub async fn packet(&mut self, prefix: &str) -> String {
        let packet = self.next_packet().await.expect("not ended");
        packet.strip_prefix(prefix).unwrap_or_else(|| panic!("{packet} begins with {prefix}")).into()
    }

    /// Asks, and gives the acknowledgement. Events that come meanwhile are kept for [`Client::expect`].
    pub async fn ask(&mut self, event: &str, payload: Value) -> Value {
        self.asked += 1;
        self.send(&format!("42{}{}", self.asked, json!([event, payload]))).await;
        let prefix = format!("43{}[", self.asked);
        loop {
            let packet = self.next_packet().await.expect("not ended");
            if let Some(answer) = packet.strip_prefix(&prefix) {
                return serde_json::from_str::<Value>(&format!("[{answer}")).unwrap()[0].take();
            }
            let event = packet.strip_prefix("42").unwrap_or_else(|| panic!("{packet} is an event"));
            self.events.push_back(serde_json::from_str(event).unwrap());
        }
    }

    /// [`Client::ask`] for something that must succeed; its data.
    pub async fn get(&mut self, event: &str, payload: Value) -> Value {
        let mut answer = self.ask(event, payload).await;
        assert_eq!(answer["success"], true, "{event}: {answer}");
        answer["data"].take()
    }

    /// [`Client::ask`] for something that must be refused; the code.
    pub async fn refused(&mut self, event: &str, payload: Value) -> String {
        let answer = self.ask(event, payload).await;
        assert_eq!(answer["success"], false, "{event}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
        answer["error"]["code"].as_str().unwrap().into()
    }

    /// The next event of this name; others before it are dropped.
    pub async fn until(&mut self, event: &str) -> Value {
        loop {
            let mut packet = self.next_event().await;
            if packet[0] == event {
                return packet[1].take();
            }
        }
    }

    async fn next_event(&mut self) -> Value {
        match self.events.pop_front() {
            Some(event) => event,
            None => serde_json::from_str(&self.packet("42").await).unwrap(),
        }
    }

    /// The payload of the next event, which must be this one.
    pub async fn expect(&mut self, event: &str) -> Value {
        let mut packet = self.next_event().await;
        assert_eq!(packet[0], event, "{packet}");
        packet[1].take()
    }
}
