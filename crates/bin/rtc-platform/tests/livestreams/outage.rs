//! PostgreSQL and Redis that stop and start while webhooks are posted.

use crate::{
    platform::{FLAGS, Platform, UNLIMITED, key_of, now_ms, until},
    postgres, redis,
    support::{Serving, program},
    traffic::{Event, Traffic},
};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use rtc_auth::livekit::ApiKey;
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// Connections that post at the same time.
const WRITERS: usize = 50;
/// Webhooks that they post.
const POSTS: usize = 1_000;
/// Between two attempts of a writer that was refused.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The server, what is posted to it, and its streams.
struct Scene {
    _serving: Serving,
    platform: Platform,
    key: Arc<ApiKey>,
    traffic: Arc<Traffic>,
    streams: Vec<String>,
    /// Webhooks that were taken, and posts that were refused.
    taken: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
}

impl Scene {
    async fn start(folder: &Path, variable: &str, url: &str) -> Self {
        let mut command = program(folder);
        let serving =
            Serving::start(command.args(FLAGS).envs(UNLIMITED).env("LOG_LEVEL", "off").env(variable, url));
        let platform = Platform { http: Client::new(), base: serving.url("") };
        let streams = platform.streams().await;
        let traffic = Arc::new(Traffic::new(POSTS, now_ms() + 5_000));
        let (taken, refused) = Default::default();
        Self { _serving: serving, platform, key: Arc::new(key_of(folder)), traffic, streams, taken, refused }
    }

    /// Posts everything, each until it is taken.
    fn write(&self) -> Vec<JoinHandle<()>> {
        let next = Arc::new(AtomicUsize::new(0));
        let writer = |_| {
            let (platform, key, traffic) = (self.platform.clone(), self.key.clone(), self.traffic.clone());
            let (next, taken, refused) = (next.clone(), self.taken.clone(), self.refused.clone());
            tokio::spawn(async move {
                while let Some(event) = traffic.posts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    while !is_taken(&platform, &key, event).await {
                        refused.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        (0..WRITERS).map(writer).collect()
    }

    async fn wait_for(&self, what: &str, count: &AtomicUsize, least: usize) {
        until(what, async || (count.load(Ordering::Relaxed) >= least).then_some(())).await;
    }

    async fn outcome_is_right(&self) {
        for (room, stream) in self.streams.iter().enumerate() {
            assert_eq!(self.platform.outcome(stream).await, self.traffic.outcome(room), "room {room}");
        }
    }
}

async fn is_taken(platform: &Platform, key: &ApiKey, event: &Event) -> bool {
    match platform.post(key, event).await.expect("an answer") {
        (StatusCode::OK, _) => true,
        (status, answer) => {
            is_unavailable(status, &answer);
            false
        }
    }
}

/// 503 in the one shape that errors have.
fn is_unavailable(status: StatusCode, answer: &Value) {
    assert_eq!((status, &answer["success"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(false)), "{answer}");
    assert_eq!(answer["error"]["code"], "UNAVAILABLE", "{answer}");
    assert!(answer["error"]["message"].is_string() && answer["requestId"].is_string(), "{answer}");
}

async fn get(platform: &Platform, path: &str) -> (StatusCode, Value) {
    let answer = platform.http.get(format!("{}{path}", platform.base)).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_stops_and_starts_loses_no_webhook_that_was_taken() {
    let Some(server) = postgres::Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path(), "DATABASE_URL", &server.url()).await;
    let writers = scene.write();
    scene.wait_for("a third is taken", &scene.taken, POSTS / 3).await;
    server.stop();
    scene.wait_for("every writer is refused", &scene.refused, WRITERS).await;
    for path in ["/api/v1/livestreams".to_owned(), format!("/api/v1/livestreams/{}", scene.streams[0])] {
        let (status, answer) = get(&scene.platform, &path).await;
        is_unavailable(status, &answer);
    }
    assert_eq!(get(&scene.platform, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    server.resume();
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    scene.platform.drained().await;
    scene.outcome_is_right().await;
    assert_eq!(get(&scene.platform, "/readyz").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stops_and_starts_empty_delays_what_watchers_see_and_nothing_else() {
    let Some(server) = redis::Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path(), "REDIS_URL", &server.url()).await;
    let path = |room: usize, what: &str| format!("/api/v1/livestreams/{}/{what}", scene.streams[room]);
    let watched = format!("{}{}", scene.platform.base, path(0, "events"));
    let mut events = scene.platform.http.get(&watched).send().await.unwrap();
    let writers = scene.write();
    scene.wait_for("a third is taken", &scene.taken, POSTS / 3).await;
    server.stop();
    // The database is the truth: webhooks are taken and applied without Redis.
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    scene.platform.drained().await;
    assert_eq!(scene.refused.load(Ordering::Relaxed), 0);
    for what in ["state", "events"] {
        let (status, answer) = get(&scene.platform, &path(0, what)).await;
        is_unavailable(status, &answer);
    }
    assert_eq!(get(&scene.platform, &path(0, "participants")).await.0, StatusCode::OK);
    let (status, health) = get(&scene.platform, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health["components"]["redis"]["status"], "unhealthy");

    server.resume();
    let viewers = scene.traffic.outcome(0).viewers;
    let mut heard = String::new();
    while !heard.contains(&format!("\"viewerCount\":{viewers},")) {
        let piece = events.chunk().await.unwrap().expect("the watcher stays");
        heard.push_str(std::str::from_utf8(&piece).unwrap());
    }
    until("every state is right", async || {
        let mut is_right = true;
        for (room, stream) in scene.streams.iter().enumerate() {
            let (status, answer) = get(&scene.platform, &format!("/api/v1/livestreams/{stream}/state")).await;
            let expected = scene.traffic.outcome(room);
            is_right &= status == StatusCode::OK
                && answer["data"]["viewerCount"] == expected.viewers
                && answer["data"]["totalViewers"] == expected.total
                && answer["data"]["status"] == expected.status;
        }
        is_right.then_some(())
    })
    .await;
    scene.outcome_is_right().await;
    assert_eq!(get(&scene.platform, "/readyz").await.0, StatusCode::OK);
}
