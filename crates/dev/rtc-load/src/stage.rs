//! Sets the stage: a server with a tenant, rooms and tokens, all made before anything is measured.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::HttpClient;
use crate::server::{Keys, Peer, Programs, Server};
use crate::surface::{Credential, Seat, Surface};

/// Connections that create rooms and tokens at a time.
const PREPARING_CONNECTIONS: usize = 16;
/// How long a baseline's tokens last.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// A server and the seats that clients may take on it.
pub struct Stage {
    /// The server.
    pub server: Server,
    /// Two a room: 2n and 2n + 1 belong together.
    pub seats: Vec<Seat>,
    /// Lives as long as the server needs its files.
    _dir: TempDir,
}

/// A tenant's key, as REST headers carry it.
pub struct App {
    /// `x-app-id`.
    pub id: String,
    /// `x-app-secret`.
    pub secret: String,
}

impl App {
    /// The header lines of a tenant call.
    pub fn headers(&self) -> Vec<String> {
        vec![format!("x-app-id: {}", self.id), format!("x-app-secret: {}", self.secret)]
    }
}

impl Stage {
    /// Starts the server of `peer` and prepares `seats` seats (an even number) for `surface`.
    ///
    /// Ours is started anew after its rooms and tokens are in the database, so that memory freed by their
    /// creation does not flatter what is measured later.
    pub async fn signaling(programs: &Programs, peer: Peer, surface: Surface, seats: usize) -> Result<Self> {
        let dir = work_dir(programs)?;
        let keys = Keys::generate()?;
        let (server, seats) = match (peer, surface) {
            (Peer::Baseline, Surface::WebSocket) => {
                let server = Server::baseline(programs, "ws.mjs", dir.path(), &keys).await?;
                (server, (0..seats).map(|n| signed_seat(n, &keys.jwt)).collect::<Result<_>>()?)
            }
            (Peer::Baseline, Surface::SocketIo) => {
                let server = Server::baseline(programs, "socketio.mjs", dir.path(), &keys).await?;
                let app = App { id: keys.app_id, secret: keys.app_secret };
                (server, (0..seats).map(|n| app_seat(n, &app)).collect())
            }
            (Peer::Ours, surface) => {
                let server = Server::ours(programs, dir.path(), &keys).await?;
                let app = create_app(&server, &keys).await?;
                let seats = match surface {
                    Surface::WebSocket => create_rooms(&server, &app, seats).await?,
                    Surface::SocketIo => (0..seats).map(|n| app_seat(n, &app)).collect(),
                };
                drop(server);
                (Server::ours(programs, dir.path(), &keys).await?, seats)
            }
        };
        Ok(Self { server, seats, _dir: dir })
    }

    /// Starts the server of `peer` for REST calls and returns the tenant's key beside it.
    pub async fn rest(programs: &Programs, peer: Peer) -> Result<(Self, App)> {
        let dir = work_dir(programs)?;
        let keys = Keys::generate()?;
        let (server, app) = match peer {
            Peer::Ours => {
                let server = Server::ours(programs, dir.path(), &keys).await?;
                let app = create_app(&server, &keys).await?;
                (server, app)
            }
            Peer::Baseline => {
                let server = Server::baseline(programs, "rooms.mjs", dir.path(), &keys).await?;
                (server, App { id: keys.app_id, secret: keys.app_secret })
            }
        };
        Ok((Self { server, seats: Vec::new(), _dir: dir }, app))
    }
}

impl Stage {
    /// Starts the server of `peer` for livestreams; `script` is the Node server, `on_redis` whether it needs one.
    pub async fn livestreams(
        programs: &Programs,
        peer: Peer,
        script: &str,
        on_redis: bool,
    ) -> Result<(Self, App)> {
        let dir = work_dir(programs)?;
        let keys = Keys::generate()?;
        let (server, app) = match peer {
            Peer::Ours => {
                let server = Server::ours(programs, dir.path(), &keys).await?;
                let app = create_app(&server, &keys).await?;
                (server, app)
            }
            Peer::Baseline => {
                let server = match on_redis {
                    true => Server::baseline_on_redis(programs, script, dir.path(), &keys).await?,
                    false => Server::baseline(programs, script, dir.path(), &keys).await?,
                };
                (server, App { id: keys.app_id, secret: keys.app_secret })
            }
        };
        Ok((Self { server, seats: Vec::new(), _dir: dir }, app))
    }
}

fn work_dir(programs: &Programs) -> Result<TempDir> {
    tempfile::Builder::new().prefix("run-").tempdir_in(&programs.work).context("no place for the run's files")
}

/// Makes a tenant.
pub async fn create_app(server: &Server, keys: &Keys) -> Result<App> {
    let mut http = HttpClient::connect(server.address).await?;
    let admin = [format!("authorization: Bearer {}", keys.admin)];
    let app = http.post("/apps", &admin, r#"{"name":"bench"}"#).await?;
    Ok(App { id: text(&app, "id")?, secret: text(&app, "secret")? })
}

/// One room and two tokens for each pair of seats, over REST.
async fn create_rooms(server: &Server, app: &App, seats: usize) -> Result<Vec<Seat>> {
    let pairs = seats / 2;
    let share = pairs.div_ceil(PREPARING_CONNECTIONS).max(1);
    let lanes = (0..pairs).step_by(share).map(|first| async move {
        let mut http = HttpClient::connect(server.address).await?;
        let mut made = Vec::new();
        for pair in first..(first + share).min(pairs) {
            made.extend(create_room(&mut http, app, pair).await?);
        }
        Ok::<_, anyhow::Error>(made)
    });
    let lanes: Vec<Vec<Seat>> = stream::iter(lanes).buffered(PREPARING_CONNECTIONS).try_collect().await?;
    Ok(lanes.into_iter().flatten().collect())
}

async fn create_room(http: &mut HttpClient, app: &App, pair: usize) -> Result<[Seat; 2]> {
    let headers = app.headers();
    let body = json!({ "name": format!("bench {pair}"), "maxParticipants": 2, "topology": "p2p" });
    let room_id = text(&http.post("/rooms", &headers, &body.to_string()).await?, "id")?;
    let mut seats = Vec::with_capacity(2);
    for n in [2 * pair, 2 * pair + 1] {
        let user_id = user_id(n);
        let body = json!({ "userId": user_id }).to_string();
        let token = http.post(&format!("/rooms/{room_id}/token"), &headers, &body).await?;
        let credential = Credential::Token(text(&token, "token")?);
        seats.push(Seat { room_id: room_id.clone(), user_id, credential });
    }
    Ok(seats.try_into().expect("two seats were pushed"))
}

/// A seat whose token the harness signs itself: the `ws` baseline has no REST.
fn signed_seat(n: usize, jwt_secret: &str) -> Result<Seat> {
    let (room_id, user_id) = (format!("bench-{}", n / 2), user_id(n));
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({
        "jti": format!("jti-{n}"), "appId": "bench", "roomId": room_id, "userId": user_id,
        "role": "participant", "iat": now, "exp": now + TOKEN_LIFETIME.as_secs(),
    });
    let key = jsonwebtoken::EncodingKey::from_secret(jwt_secret.as_bytes());
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key)?;
    Ok(Seat { room_id, user_id, credential: Credential::Token(token) })
}

fn app_seat(n: usize, app: &App) -> Seat {
    let credential = Credential::App { id: app.id.clone(), secret: app.secret.clone() };
    Seat { room_id: format!("bench-{}", n / 2), user_id: user_id(n), credential }
}

fn user_id(n: usize) -> String {
    format!("user-{n}")
}

fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field].as_str().with_context(|| format!("no `{field}` in {value}"))?.to_owned())
}
