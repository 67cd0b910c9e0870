//! A server with two tenants, and a client that checks what every answer must have.

use axum::Router;
use reqwest::{Client, Method, header::HeaderMap};
use rtc_app::{Access, DuplicatePolicy, JoinRequest, Liveness, Session};
use rtc_http::HttpLimits;
use rtc_testkit::{Config, TestServer, mount};
use rtc_types::{Role, RoomId, UserId};
use serde_json::{Value, json};
use surface_rest::RestState;

pub const ADMIN_KEY: &str = "an-admin-key-for-tests-of-32-bytes";

pub type Headers = Vec<(&'static str, String)>;

pub struct World {
    pub server: TestServer,
    pub client: Client,
    /// Id and secret of the tenant that owns what tests make.
    pub owner: (String, String),
    /// Of one that owns nothing.
    pub stranger: (String, String),
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON was expected: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks status, code and shape of an error; gives its details.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str, what: &str) -> Vec<Value> {
        assert_eq!(self.status, status, "{what}: {}", self.text);
        let body = self.json();
        assert_eq!(body["error"]["code"], code, "{what}: {body}");
        assert!(body["error"]["message"].as_str().is_some_and(|text| text.len() > 5), "{what}: {body}");
        assert_eq!(body["requestId"].as_str(), self.header("x-request-id"), "{what}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{what}");
        body["error"]["details"].as_array().cloned().unwrap_or_default()
    }

    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn limited(limits: HttpLimits) -> Self {
        Self::with(move |config| config.limits = limits).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let rest =
            mount(|started| surface_rest::router(RestState { http: started.http.clone(), public_url: None }));
        let panics = mount(|_| Router::new().route("/panic", axum::routing::get(panic)));
        let mut config = Config::of(vec![rest, panics]);
        change(&mut config);
        let server = TestServer::start(config).await;
        let (owner, stranger) = (server.tenant("owner").await, server.tenant("stranger").await);
        Self { server, client: Client::new(), owner, stranger }
    }

    pub fn as_owner(&self) -> Headers {
        credentials(&self.owner)
    }

    pub fn as_stranger(&self) -> Headers {
        credentials(&self.stranger)
    }

    pub async fn send(&self, method: &str, path: &str, headers: &Headers, body: Option<Vec<u8>>) -> Answer {
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.server.base_url()));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, text: response.text().await.unwrap() };
        assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()), "{path}: {answer:?}");
        answer
    }

    /// Sends JSON.
    pub async fn call(&self, method: &str, path: &str, headers: &Headers, body: Value) -> Answer {
        let mut headers = headers.clone();
        headers.push(("content-type", "application/json".into()));
        self.send(method, path, &headers, Some(body.to_string().into_bytes())).await
    }

    pub async fn get(&self, path: &str, headers: &Headers) -> Answer {
        self.send("GET", path, headers, None).await
    }

    /// A room of the owner's.
    pub async fn room(&self, name: &str) -> String {
        let room = self.call("POST", "/rooms", &self.as_owner(), json!({ "name": name })).await.expect(201);
        room["id"].as_str().unwrap().to_owned()
    }

    pub async fn token(&self, room: &str, user: &str) -> Value {
        let path = format!("/rooms/{room}/token");
        self.call("POST", &path, &self.as_owner(), json!({ "userId": user })).await.expect(201)
    }

    /// Lets a user sit down in a room of the owner's.
    pub async fn seat(&self, room: &str, user: &str) -> Session {
        let tenant = self.server.app.authenticate(&self.owner.0, &self.owner.1).await.unwrap();
        let request = JoinRequest {
            access: Access::Tenant {
                tenant,
                user_id: UserId::new(user).unwrap(),
                role: Role::Participant,
                metadata: None,
            },
            room_id: RoomId::new(room).unwrap(),
            seat: self.server.app.new_seat_id(),
            liveness: LIVENESS,
            duplicates: DuplicatePolicy::Replace,
            mailbox: None,
            ad_hoc_capacity: None,
            topology: None,
        };
        self.server.app.join(request).await.unwrap()
    }
}

/// Kept while heartbeats come, so that a seat needs no connection.
const LIVENESS: Liveness = Liveness::Heartbeat { interval_ms: 60_000 };

async fn panic() {
    panic!("the-inner-text-of-a-panic");
}

pub fn credentials((id, secret): &(String, String)) -> Headers {
    vec![("x-app-id", id.clone()), ("x-app-secret", secret.clone())]
}

pub fn as_admin() -> Headers {
    vec![("authorization", format!("Bearer {ADMIN_KEY}"))]
}
