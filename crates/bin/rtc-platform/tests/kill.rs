//! `kill -9` in the middle of writes: what was acknowledged is there after the restart.
#![allow(clippy::unwrap_used)]

#[path = "../../../io/rtc-store/tests/support/postgres.rs"]
#[allow(dead_code)]
mod postgres;
mod support;

use futures_util::{SinkExt as _, StreamExt as _, future::join_all};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use support::{STRONG, Serving, program};
use tokio::sync::Notify;
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// Clients that write at the same time; every second one makes rooms, the others revoke tokens.
const WRITERS: usize = 100;
/// Tokens that each revoking client has to revoke.
const TOKENS_PER_WRITER: usize = 4;
/// Moments of the kill: acknowledgements that came before it are drawn from each seed.
const SEEDS: [u64; 5] = [1, 2, 3, 5, 8];
/// Acknowledgements before the kill, at most. There are 200 revocations, and rooms without end.
const ACKNOWLEDGED_MAX: u64 = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_kill_9_is_there_after_it_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    rounds(folder.path(), "sqlite:./rtc.sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_kill_9_is_there_after_it_on_postgresql() {
    let Some(server) = postgres::Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    rounds(folder.path(), &server.url()).await;
}

async fn rounds(folder: &Path, database: &str) {
    let app = create_app(folder, database);
    let (mut rooms, mut revocations) = (0, 0);
    for seed in SEEDS {
        let platform = Platform::start(folder, database, &app);
        let tokens = platform.tokens(WRITERS / 2 * TOKENS_PER_WRITER).await;
        let spared = platform.tokens(1).await.remove(0);
        let acknowledged = platform.write_until_killed(tokens, draw(seed)).await;
        rooms += acknowledged.rooms.len();
        revocations += acknowledged.revoked.len();

        let platform = Platform::start(folder, database, &app);
        for room in &acknowledged.rooms {
            let (status, _) = platform.ask(Method::GET, &format!("/rooms/{room}"), None).await.unwrap();
            assert_eq!(status, StatusCode::OK, "room {room} was acknowledged and is gone, seed {seed}");
        }
        for token in &acknowledged.revoked {
            let answer = platform.join(token).await;
            assert_eq!(
                answer["code"], "INVALID_TOKEN",
                "a revoked token was admitted, seed {seed}: {answer}"
            );
        }
        assert_eq!(platform.join(&spared).await["type"], "joined", "a token that nobody revoked admits");
    }
    assert!(
        rooms > 0 && revocations > 0,
        "nothing was acknowledged: {rooms} rooms, {revocations} revocations"
    );
}

/// An app by the command line, as an operator makes the first one: its id and its secret.
fn create_app(folder: &Path, database: &str) -> (String, String) {
    let output =
        configured(program(folder).args(["app", "create", "Kill", "--json"]), database).output().unwrap();
    assert!(output.status.success(), "{}", support::stderr(&output));
    let app: Value = serde_json::from_slice(&output.stdout).unwrap();
    (app["id"].as_str().unwrap().to_owned(), app["secret"].as_str().unwrap().to_owned())
}

fn configured<'a>(command: &'a mut std::process::Command, database: &str) -> &'a mut std::process::Command {
    command
        .envs(STRONG)
        .env("DATABASE_URL", database)
        .env("RTC_ENV", "production")
        .env("LOG_FORMAT", "pretty")
        .env("LOG_LEVEL", "warn")
        .env("API_RATE_PER_APP", "1000000")
        .env("API_RATE_PER_ADDRESS", "1000000")
}

/// A number from 1 to `ACKNOWLEDGED_MAX` (splitmix64).
fn draw(seed: u64) -> usize {
    let mixed = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from((mixed ^ (mixed >> 31)) % ACKNOWLEDGED_MAX + 1).unwrap()
}

#[derive(Clone)]
struct Token {
    jti: String,
    room: String,
    text: String,
}

#[derive(Default)]
struct Acknowledged {
    rooms: Vec<String>,
    revoked: Vec<Token>,
}

/// The production server and one tenant's backend.
struct Platform {
    serving: Serving,
    caller: Caller,
}

impl Platform {
    fn start(folder: &Path, database: &str, app: &(String, String)) -> Self {
        let serving = Serving::start(configured(program(folder).args(["serve", "--port", "0"]), database));
        let caller = Caller { base: serving.url(""), app: app.clone(), http: Client::new() };
        Self { serving, caller }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        self.caller.ask(method, path, body).await
    }

    async fn tokens(&self, count: usize) -> Vec<Token> {
        let room = self.caller.create_room().await.unwrap();
        let mint = |user: usize| {
            let (caller, room) = (self.caller.clone(), room.clone());
            async move {
                let body = json!({ "userId": format!("user {user}") });
                let (status, token) =
                    caller.ask(Method::POST, &format!("/rooms/{room}/token"), Some(body)).await.unwrap();
                assert_eq!(status, StatusCode::CREATED, "{token}");
                let text = |field: &str| token[field].as_str().unwrap().to_owned();
                Token { jti: text("jti"), text: text("token"), room }
            }
        };
        join_all((0..count).map(mint)).await
    }

    /// All clients write until the process is killed, which is as soon as so many writes are acknowledged.
    async fn write_until_killed(mut self, tokens: Vec<Token>, kill_after: usize) -> Acknowledged {
        let done = Arc::new(Mutex::new(Acknowledged::default()));
        let (count, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let mut shares = tokens.chunks(TOKENS_PER_WRITER).map(<[Token]>::to_vec);
        let writers = (0..WRITERS).map(|writer| {
            let (caller, done) = (self.caller.clone(), done.clone());
            let (count, enough) = (count.clone(), enough.clone());
            let acknowledged = move || {
                if count.fetch_add(1, Ordering::Relaxed) + 1 == kill_after {
                    enough.notify_one();
                }
            };
            let share = if writer % 2 == 0 { None } else { shares.next() };
            tokio::spawn(async move {
                match share {
                    None => {
                        while let Some(room) = caller.create_room().await {
                            done.lock().unwrap().rooms.push(room);
                            acknowledged();
                        }
                    }
                    Some(tokens) => {
                        for token in tokens {
                            let Some(()) = caller.revoke(&token.jti).await else { return };
                            done.lock().unwrap().revoked.push(token);
                            acknowledged();
                        }
                    }
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        enough.notified().await;
        // SIGKILL on Unix.
        self.serving.process.kill().unwrap();
        self.serving.process.wait().unwrap();
        for writer in join_all(writers).await {
            writer.unwrap();
        }
        std::mem::take(&mut *done.lock().unwrap())
    }

    /// The server's first answer to a join.
    async fn join(&self, token: &Token) -> Value {
        let (mut socket, _) = connect_async(format!("ws://127.0.0.1:{}/", self.serving.port)).await.unwrap();
        let join = json!({ "type": "join", "roomId": token.room, "token": token.text });
        socket.send(Message::text(join.to_string())).await.unwrap();
        loop {
            if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }
}

#[derive(Clone)]
struct Caller {
    base: String,
    app: (String, String),
    http: Client,
}

impl Caller {
    /// `None`: no whole answer came, so nothing was acknowledged.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("x-app-id", &self.app.0)
            .header("x-app-secret", &self.app.1);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.ok()?;
        let status = response.status();
        let text = response.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    async fn create_room(&self) -> Option<String> {
        let (status, room) = self.ask(Method::POST, "/rooms", Some(json!({ "name": "Kill" }))).await?;
        assert_eq!(status, StatusCode::CREATED, "{room}");
        Some(room["id"].as_str().unwrap().to_owned())
    }

    async fn revoke(&self, jti: &str) -> Option<()> {
        let (status, answer) = self.ask(Method::DELETE, &format!("/tokens/{jti}"), None).await?;
        assert!(status.is_success(), "{status} {answer}");
        Some(())
    }
}
