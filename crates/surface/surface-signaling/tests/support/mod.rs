//! A server on port 0 with a clock that the test sets, and a client that speaks frames.
#![allow(dead_code, reason = "each file of tests uses a part")]

use futures_util::{SinkExt, StreamExt};
use rtc_app::{App, AppConfig, IdempotentAnswer, MediaConfig, MediaPlane, RoomDraft, Tenant, TokenDraft};
use rtc_store::{Store, StoreOptions};
use rtc_types::{Role, RoomId, TopologySetting, UserId};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use surface_signaling::{SignalingConfig, SignalingState};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::CloseFrame},
};

/// Longest wait for something that must happen; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Server {
    pub app: App,
    pub tenant: Tenant,
    pub address: SocketAddr,
    clock: Arc<AtomicU64>,
    _folder: tempfile::TempDir,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(SignalingConfig::default()).await
    }

    pub async fn start_with(config: SignalingConfig) -> Self {
        Self::build(config, None).await
    }

    /// With a media server of one worker.
    pub async fn start_with_media() -> Self {
        let config =
            MediaConfig { workers: 1, listen: vec![[127, 0, 0, 1].into()], ..MediaConfig::default() };
        Self::build(SignalingConfig::default(), Some(MediaPlane::start(&config).expect("media"))).await
    }

    async fn build(config: SignalingConfig, media: Option<MediaPlane>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.expect("store");
        let clock = Arc::new(AtomicU64::new(1_800_000_000_000));
        let app_config = AppConfig {
            jwt_secret: "a-secret-for-tests-of-at-least-32-bytes".into(),
            secrets_key: "another-secret-for-tests-of-32-bytes".into(),
            ..AppConfig::default()
        };
        let time = clock.clone();
        let clock_of_app: rtc_app::Clock = Arc::new(move || time.load(Ordering::SeqCst));
        let app = match media {
            Some(media) => App::with_media(app_config, store, clock_of_app, media),
            None => App::new(app_config, store, clock_of_app),
        };
        tokio::spawn(app.clone().run_media());
        let IdempotentAnswer::First(made) = app.create_app("tests", None).await.expect("app") else {
            panic!("not a repeat")
        };
        let tenant = app.authenticate(made.app.id.as_str(), &made.secret).await.expect("tenant");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address");
        let router = surface_signaling::router(SignalingState::new(app.clone(), config));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, tenant, address, clock, _folder: folder }
    }

    /// Lets time pass, and does what is due then.
    pub fn advance(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
        self.app.sweep();
    }

    pub async fn room(&self, max_participants: u32) -> RoomId {
        self.room_of(max_participants, TopologySetting::P2p).await
    }

    pub async fn room_of(&self, max_participants: u32, topology: TopologySetting) -> RoomId {
        let draft = RoomDraft {
            name: "test".into(),
            max_participants,
            topology,
            metadata: None,
            empty_timeout_s: None,
        };
        match self.app.create_room(&self.tenant, draft, None).await.expect("room") {
            IdempotentAnswer::First(room) => room.id,
            IdempotentAnswer::Repeat(_) => panic!("not a repeat"),
        }
    }

    pub async fn token(&self, room: &RoomId, user: &str, role: Role) -> rtc_app::TokenMinted {
        let draft =
            TokenDraft { user_id: UserId::new(user).expect("id"), role, life_s: None, metadata: None };
        match self.app.create_token(&self.tenant, room, draft, None).await.expect("token") {
            IdempotentAnswer::First(token) => token,
            IdempotentAnswer::Repeat(_) => panic!("not a repeat"),
        }
    }

    pub async fn connect(&self) -> Client {
        let (socket, _) = connect_async(format!("ws://{}/ws", self.address)).await.expect("connects");
        Client { socket, last_seq: 0 }
    }

    pub async fn connect_from(&self, origin: &str) -> Result<(), u16> {
        let mut request = format!("ws://{}/ws", self.address).into_client_request().expect("request");
        request.headers_mut().insert("origin", origin.parse().expect("header"));
        match connect_async(request).await {
            Ok(_) => Ok(()),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A client that has joined, and its `joined`.
    pub async fn joined(&self, room: &RoomId, user: &str, role: Role) -> (Client, Value) {
        let token = self.token(room, user, role).await;
        let mut client = self.connect().await;
        client.send(json!({ "type": "join", "roomId": room.as_str(), "token": token.token })).await;
        let joined = client.receive().await;
        assert_eq!(joined["type"], "joined", "{joined}");
        (client, joined)
    }

    /// Two who are in a room of two: the first has heard of the second.
    pub async fn pair(&self) -> (RoomId, Client, Value, Client, Value) {
        let room = self.room(2).await;
        let (mut ana, ana_joined) = self.joined(&room, "ana", Role::Host).await;
        let (ben, ben_joined) = self.joined(&room, "ben", Role::Participant).await;
        assert_eq!(ana.receive().await["type"], "peer-joined");
        (room, ana, ana_joined, ben, ben_joined)
    }
}

fn is_of_media(frame: &Value) -> bool {
    let kind = frame["type"].as_str().unwrap_or_default();
    frame.get("target").is_some() || ["tracks", "layers", "active-speaker", "network-quality"].contains(&kind)
}

pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub last_seq: u64,
}

impl Client {
    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("sent");
    }

    /// The next text frame; its `seq` must follow the last one's.
    pub async fn receive(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => {
                    let value: Value = serde_json::from_str(&text).expect("JSON");
                    let seq = value["seq"].as_u64().expect("every frame has a seq");
                    if value["type"] == "joined" {
                        self.last_seq = seq;
                    } else if value["type"] == "error" || is_of_media(&value) {
                        assert!(seq <= self.last_seq, "this does not count: {value}");
                    } else {
                        assert_eq!(seq, self.last_seq + 1, "{value}");
                        self.last_seq = seq;
                    }
                    return value;
                }
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("a text frame was expected, not {other:?}"),
            }
        }
    }

    pub async fn expect_error(&mut self, code: &str) -> Value {
        let error = self.receive().await;
        assert_eq!((error["type"].as_str(), error["code"].as_str()), (Some("error"), Some(code)), "{error}");
        error
    }

    /// Reads until the server closes; gives the code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(Message::Close(Some(CloseFrame { code, .. }))) => return code.into(),
                Some(Message::Close(None)) => return 1005,
                None => return 1006,
                Some(_) => {}
            }
        }
    }

    /// Asks for something that is always answered, so that what came before is known to be dealt with.
    pub async fn settle(&mut self) {
        self.send(json!({ "type": "ice", "candidate": null, "to": "nobody", "id": null })).await;
        self.expect_error("PEER_NOT_FOUND").await;
    }

    /// [`Self::settle`], passing over who comes and goes. Nothing else may come.
    pub async fn settle_past_peers(&mut self) {
        self.send(json!({ "type": "ice", "candidate": null, "to": "nobody" })).await;
        loop {
            let frame = self.receive().await;
            match frame["type"].as_str() {
                Some("peer-joined" | "peer-left" | "network-quality" | "active-speaker") => {}
                Some("error") if frame["code"] == "PEER_NOT_FOUND" => return,
                _ => panic!("nothing else was to come: {frame}"),
            }
        }
    }

    pub async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.close(Some(frame)).await.expect("closed");
    }

    /// Breaks the connection as a dead network does: no close frame.
    pub fn cut(self) {
        drop(self);
    }

    async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("something must come");
        next.and_then(Result::ok)
    }
}
