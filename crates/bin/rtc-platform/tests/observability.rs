//! What a serving process tells those who operate it: log lines, traces, metrics.
#![allow(clippy::unwrap_used)]

mod support;

use axum::{Router, body::Bytes, http::Uri, routing::any};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};
use support::{STRONG, Serving, program};
use tokio::sync::mpsc;

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_traced_to_the_collector_that_is_named() {
    let (sent, mut received) = mpsc::unbounded_channel();
    let take = move |uri: Uri, body: Bytes| async move { _ = sent.send((uri.path().to_owned(), body)) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let collector = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(any(take))).await });

    let folder = tempfile::tempdir().unwrap();
    let flags = ["dev", "--port", "0", "--signaling-port", "", "--extra-ports", ""];
    let mut command = program(folder.path());
    let mut serving = Serving::start(command.args(flags).env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector));
    let id = "trace-me-4711";
    let request = reqwest::Client::new().get(serving.url("/health")).header("x-request-id", id);
    assert_eq!(request.send().await.unwrap().status(), 200);
    serving.signal(Signal::TERM);
    let status = tokio::task::spawn_blocking(move || serving.process.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0), "flushing the traces is part of a clean end");

    let mut found = false;
    while let Ok((path, body)) = received.try_recv() {
        assert_eq!(path, "/v1/traces");
        found |= body.windows(id.len()).any(|window| window == id.as_bytes());
    }
    assert!(found, "the request's span arrived with its id");
}

#[test]
fn production_logs_one_json_object_a_line_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.args(["serve", "--port", "0", "--log-level", "debug"]).envs(STRONG);
    let mut process = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut listening = false;
    let mut text = String::new();
    for line in BufReader::new(process.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        text += &line;
        if event["message"] == "listening" && !listening {
            listening = true;
            assert_eq!(event["mode"], "production");
            let id = rustix::process::Pid::from_raw(process.id().try_into().unwrap()).unwrap();
            rustix::process::kill_process(id, Signal::TERM).unwrap();
        }
    }
    assert!(listening, "{text}");
    assert_eq!(process.wait().unwrap().code(), Some(0));
    for (name, secret) in &STRONG[..3] {
        assert!(!text.contains(secret), "{name} is not logged");
    }
}

#[tokio::test]
async fn operators_see_metrics_and_stats_with_the_admin_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.args(["serve", "--port", "0", "--log-format", "pretty", "--media-workers", "2"]).envs(STRONG);
    let serving = Serving::start(&mut command);
    let client = reqwest::Client::new();
    let ask = async |path: &str, key: Option<&str>| {
        let request = client.get(serving.url(path));
        let request = key.into_iter().fold(request, |request, key| request.bearer_auth(key));
        request.send().await.unwrap()
    };
    for path in ["/metrics", "/stats"] {
        for key in [None, Some("wrong"), Some("")] {
            let refused = ask(path, key).await;
            assert_eq!(refused.status(), 401, "{path} {key:?}");
            let id = refused.headers()["x-request-id"].to_str().unwrap().to_owned();
            let body: Value = refused.json().await.unwrap();
            assert_eq!(
                (body["error"]["code"].as_str(), body["requestId"].as_str()),
                (Some("UNAUTHORIZED"), Some(&*id))
            );
        }
    }
    let key = Some(STRONG[1].1);
    let stats: Value = ask("/stats", key).await.json().await.unwrap();
    assert_eq!((&stats["rooms"], &stats["peers"], &stats["workers"]), (&0.into(), &0.into(), &2.into()));
    assert_eq!((&stats["media"]["rooms"], &stats["media"]["transports"]), (&0.into(), &0.into()));
    let metrics = ask("/metrics", key).await;
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = metrics.text().await.unwrap();
    for name in [
        "rtc_http_requests_total",
        "rtc_http_request_duration_seconds_bucket",
        "rtc_signaling_messages_received_total",
        "rtc_media_rtp_packets_sent_total{worker=\"1\"}",
        "rtc_media_worker_up{worker=\"0\"} 1",
    ] {
        assert!(text.contains(name), "{name} is among\n{text}");
    }
}
