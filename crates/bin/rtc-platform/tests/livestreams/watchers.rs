//! Thousands of watchers of one stream, one of whom reads nothing.

use crate::{
    platform::{FLAGS, Platform, UNLIMITED, key_of},
    support::{Serving, program},
    traffic::joined,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

/// Where the system lets one process have that many connections.
const WATCHERS: usize = 5_000;
/// Files that a process opens beside its connections.
const OTHER_FILES: u64 = 500;
/// Watchers that connect at a time.
const CONNECTING: usize = 64;
/// Viewers that come at once.
const VIEWERS: usize = 50;

/// Raises the limit of open files, and gives how many watchers it leaves room for.
fn watchers() -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let room = limit.maximum.map_or(u64::MAX, |most| most.saturating_sub(OTHER_FILES));
    WATCHERS.min(usize::try_from(room).unwrap_or(WATCHERS))
}

async fn watch(mut socket: TcpStream, path: &str) -> io::Result<TcpStream> {
    socket.write_all(format!("GET {path} HTTP/1.1\r\nhost: here\r\n\r\n").as_bytes()).await?;
    Ok(socket)
}

/// Reads until `mark` has come; gives all that came.
async fn read_until(socket: &mut TcpStream, mark: &str) -> io::Result<String> {
    let mut got = Vec::new();
    loop {
        if socket.read_buf(&mut got).await? == 0 {
            return Err(io::Error::other(format!(
                "it ended before {mark}: {}",
                String::from_utf8_lossy(&got)
            )));
        }
        let text = String::from_utf8_lossy(&got);
        if text.contains(mark) && text.ends_with("\n\n") {
            return Ok(text.into_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_watchers_hear_each_count_and_the_end_whatever_one_of_them_does() {
    let watchers = watchers();
    let folder = tempfile::tempdir().unwrap();
    let serving =
        Serving::start(program(folder.path()).args(FLAGS).envs(UNLIMITED).env("LOG_LEVEL", "error"));
    let platform = Platform { http: Client::new(), base: serving.url("") };
    let key = key_of(folder.path());
    let id = platform.stream("watched").await;
    let address = format!("127.0.0.1:{}", serving.port).parse().unwrap();
    let path = format!("/api/v1/livestreams/{id}/events");

    // Its socket takes next to nothing, and it never reads.
    let stalled = TcpSocket::new_v4().unwrap();
    stalled.set_recv_buffer_size(1).unwrap();
    let stalled = watch(stalled.connect(address).await.unwrap(), &path).await.unwrap();
    let connect = async |_| {
        let mut socket = watch(TcpStream::connect(address).await?, &path).await?;
        let state = read_until(&mut socket, "event: state\n").await?;
        assert!(state.starts_with("HTTP/1.1 200 OK\r\n") && state.contains("\"viewerCount\":0,"), "{state}");
        Ok::<_, io::Error>(socket)
    };
    let mut sockets: Vec<TcpStream> =
        stream::iter(0..watchers).map(connect).buffer_unordered(CONNECTING).try_collect().await.unwrap();

    for viewer in 0..VIEWERS {
        let (status, answer) = platform.post(&key, &joined("watched", viewer)).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    // The first count goes out at once, the last when the throttle lets it, and all hear the same.
    let last = format!("\"viewerCount\":{VIEWERS},");
    let heard = stream::iter(sockets.iter_mut().map(|socket| read_until(socket, &last)));
    let heard: Vec<String> = heard.buffer_unordered(watchers).try_collect().await.unwrap();
    let counts = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("data: ")).map(str::to_owned).collect()
    };
    assert!(heard.iter().all(|text| counts(text) == counts(&heard[0])), "all hear the same");
    let health = platform.ask("/health", None).await;
    let connections = health["components"]["state"]["details"]["activeConnections"].as_u64().unwrap();
    // On a slow machine the one that reads nothing is cut off by now.
    assert!(connections >= u64::try_from(watchers).unwrap(), "{health}");
    let end = platform.http.delete(format!("{}/api/v1/livestreams/{id}", platform.base));
    let ended = end.json(&json!({ "requestingUserId": "host" })).send().await.unwrap();
    assert_eq!(ended.status(), StatusCode::OK);
    let ends = stream::iter(sockets.iter_mut().map(async |socket| {
        let mut rest = String::new();
        socket.read_to_string(&mut rest).await.map(|_| rest)
    }));
    let ends: Vec<String> = ends.buffer_unordered(watchers).try_collect().await.unwrap();
    assert!(ends.iter().all(|rest| rest.contains("event: room_ended\n")), "all hear of the end");
    drop(sockets);
    // Nothing is left of anybody, whether he read or not.
    loop {
        let health = platform.ask("/health", None).await;
        if health["components"]["state"]["details"]
            == json!({ "activeConnections": 0, "subscribedStreams": 0 })
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(stalled);
}
