//! `kill -9` while webhooks are posted.

use crate::{
    platform::{FLAGS, Platform, UNLIMITED, key_of, now_ms},
    support::{Serving, program},
    traffic::{Event, Traffic},
};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use rtc_auth::livekit::ApiKey;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio::sync::watch;

/// Connections that post at the same time.
const WRITERS: usize = 50;
/// How often the server is killed meanwhile.
const KILLS: usize = 5;
/// Webhooks in the gate.
const POSTS: usize = 1_500;

fn start(folder: &Path) -> (Serving, Platform) {
    let serving = Serving::start(program(folder).args(FLAGS).envs(UNLIMITED).env("LOG_LEVEL", "error"));
    let platform = Platform { http: Client::new(), base: serving.url("") };
    (serving, platform)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_that_got_their_200_are_applied_once_however_often_the_server_is_killed() {
    let posts = std::env::var("RTC_TEST_WEBHOOKS").map_or(POSTS, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (mut serving, mut platform) = start(folder.path());
    let key = Arc::new(key_of(folder.path()));
    let endpoint = platform.endpoint().await;
    let streams = platform.streams().await;
    // Newer than the rooms that the built-in media server made, whose place it takes.
    let traffic = Arc::new(Traffic::new(posts, now_ms() + 5_000));

    let began = Instant::now();
    let (alive, platforms) = watch::channel(platform.clone());
    let (next, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let writer = |_| {
        let (traffic, next, answered) = (traffic.clone(), next.clone(), answered.clone());
        let (key, platforms) = (key.clone(), platforms.clone());
        tokio::spawn(async move {
            let mut cut_off = 0;
            while let Some(event) = traffic.posts.get(next.fetch_add(1, Ordering::Relaxed)) {
                cut_off += post_until_taken(&key, event, platforms.clone()).await;
                answered.fetch_add(1, Ordering::Relaxed);
            }
            cut_off
        })
    };
    let writers: Vec<_> = (0..WRITERS).map(writer).collect();
    for kill in 1..=KILLS {
        while answered.load(Ordering::Relaxed) < traffic.posts.len() * kill / (KILLS + 1) {
            tokio::task::yield_now().await;
        }
        // SIGKILL on Unix.
        serving.process.kill().unwrap();
        serving.process.wait().unwrap();
        (serving, platform) = start(folder.path());
        alive.send(platform.clone()).unwrap();
    }
    let cut_off: usize = join_all(writers).await.into_iter().map(Result::unwrap).sum();
    let posted = began.elapsed();
    platform.drained().await;
    println!(
        "{} webhooks in {posted:.1?}, {cut_off} of them cut off by {KILLS} kills; all applied after {:.1?}",
        traffic.posts.len(),
        began.elapsed()
    );

    assert!(cut_off > 0, "no kill cut a webhook off");
    for (room, stream) in streams.iter().enumerate() {
        assert_eq!(platform.outcome(stream).await, traffic.outcome(room), "room {room}");
    }
    let told = platform.told(&endpoint).await;
    assert_eq!(told, traffic.published, "the tenant is told of each track once");
}

/// Posts as a media server does: again until there is an answer. Gives how often it was cut off.
async fn post_until_taken(key: &ApiKey, event: &Event, mut platforms: watch::Receiver<Platform>) -> usize {
    let mut cut_off = 0;
    loop {
        let platform = platforms.borrow_and_update().clone();
        match platform.post(key, event).await {
            Some((StatusCode::OK, _)) => return cut_off,
            Some((status, answer)) => panic!("{status} {answer}"),
            None => {
                cut_off += 1;
                platforms.changed().await.unwrap();
            }
        }
    }
}
