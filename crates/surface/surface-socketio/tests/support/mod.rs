//! A server on port 0, and a client that speaks Socket.IO by hand over a WebSocket.

#![allow(dead_code, clippy::unwrap_used)]

use futures_util::{SinkExt, StreamExt};
use rtc_app::{App, AppConfig, IdempotentAnswer, RoomDraft, SystemClock, Tenant, TokenDraft};
use rtc_store::{Store, StoreOptions};
use rtc_types::{AppId, Role, RoomId, TopologySetting, UserId};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
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
        Self::start(SocketIoConfig::default(), false).await
    }

    /// Who does not say acts as the first app.
    pub async fn development(config: SocketIoConfig) -> Self {
        Self::start(config, true).await
    }

    async fn start(config: SocketIoConfig, development: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        let app_config = AppConfig {
            jwt_secret: "a-secret-for-tests-of-at-least-32-bytes".into(),
            secrets_key: "another-secret-for-tests-of-32-bytes".into(),
            default_tenant: development.then(|| AppId::new("first").unwrap()),
            ..AppConfig::default()
        };
        let app = App::new(app_config, store, SystemClock::clock());
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
        let draft = RoomDraft {
            name: "test".into(),
            max_participants,
            topology: TopologySetting::P2p,
            metadata: None,
            empty_timeout_s: None,
        };
        first(self.app.create_room(tenant, draft, None).await.unwrap()).id
    }

    pub async fn token(&self, tenant: &Tenant, room: &RoomId, user: &str) -> rtc_app::TokenMinted {
        let user_id = UserId::new(user).unwrap();
        let draft = TokenDraft { user_id, role: Role::Participant, life_s: None, metadata: None };
        first(self.app.create_token(tenant, room, draft, None).await.unwrap())
    }

    /// A connected client that acts as the first app.
    pub async fn connect(&self) -> Client {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", self.address);
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Client { socket, id: String::new() };
        client.packet("0").await;
        let auth = json!({ "appId": self.apps[0].id, "appSecret": self.apps[0].secret });
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

    /// The payload of the next event, which must be this one.
    pub async fn expect(&mut self, event: &str) -> Value {
        let mut packet: Value = serde_json::from_str(&self.packet("42").await).unwrap();
        assert_eq!(packet[0], event, "{packet}");
        packet[1].take()
    }
}
