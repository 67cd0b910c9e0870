//! A serving process: how it starts, what it serves, how it ends.
#![allow(clippy::unwrap_used)]

mod support;

use futures_util::{SinkExt as _, StreamExt as _};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{io::Read as _, net::TcpListener, os::unix::fs::PermissionsExt as _, time::Instant};
use support::{STRONG, Serving, json as command, program, stderr};
use tokio_tungstenite::{connect_async, tungstenite::Message};

#[test]
fn a_taken_port_is_told_with_the_variable_that_moves_it() {
    let folder = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    for (flag, variable) in
        [("--port", "PORT"), ("--signaling-port", "SIGNALING_PORT"), ("--extra-ports", "EXTRA_PORTS")]
    {
        let free = [("--port", "0"), ("--signaling-port", ""), ("--extra-ports", "")];
        let others = free.iter().filter(|(name, _)| *name != flag).flat_map(|(name, value)| [*name, *value]);
        let output = program(folder.path()).args(["dev", flag, &port]).args(others).output().unwrap();
        assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
        let told = stderr(&output);
        let line = told.lines().last().unwrap();
        assert_eq!(
            line,
            format!("port {port} is taken by another program; set {variable} (or {flag}) to move it")
        );
    }
}

#[test]
fn the_first_start_makes_keys_and_a_tenant_and_the_next_one_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Serving::dev(folder.path());
    let given = secret_of(&mut first);
    assert!(given.starts_with("sk_"), "{given}");
    for name in ["jwt-secret", "secrets-key", "dev-app-secret"] {
        let mode = std::fs::metadata(folder.path().join("data").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(command(folder.path(), "app list")[0]["id"], "dev");
    drop(first);
    let mut second = Serving::dev(folder.path());
    assert_eq!(secret_of(&mut second), given, "the same after kill -9 and a new start");
}

#[tokio::test]
async fn health_reads_healthy_and_parts_that_do_not_exist_read_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::dev(folder.path());
    for path in ["/health", "/readyz", "/livez"] {
        let response = reqwest::get(serving.url(path)).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let health: Value = response.json().await.unwrap();
        assert_eq!((&health["success"], &health["status"]), (&json!(true), &json!("healthy")), "{path}");
        assert_eq!(health["service"], "rtc-platform");
    }
    let health: Value = reqwest::get(serving.url("/health")).await.unwrap().json().await.unwrap();
    let status = |part: &str| health["components"][part]["status"].as_str().unwrap().to_owned();
    assert_eq!([status("api"), status("database"), status("state"), status("media")], ["healthy"; 4]);
    assert_eq!([status("queue"), status("redis")], ["healthy", "disabled"]);
    assert_eq!(health["components"]["queue"]["details"]["waiting"], 0);
    assert_eq!(health["components"]["media"]["details"]["rooms"], 0);
}

#[tokio::test]
async fn a_server_without_media_says_so_and_is_healthy() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["dev", "--port", "0", "--signaling-port", "", "--extra-ports", "", "--media-workers", "0"];
    let serving = Serving::start(program(folder.path()).args(flags));
    let health: Value = reqwest::get(serving.url("/health")).await.unwrap().json().await.unwrap();
    assert_eq!(
        (&health["success"], &health["components"]["media"]["status"]),
        (&json!(true), &json!("disabled"))
    );
}

#[test]
fn media_ports_that_are_taken_are_told_with_the_variables_that_move_them() {
    let folder = tempfile::tempdir().unwrap();
    let holder = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let flags = ["dev", "--port", "0", "--signaling-port", "", "--extra-ports", "", "--media-workers", "1"];
    let range = ["--rtc-min-port", &port, "--rtc-max-port", &port];
    let output = program(folder.path()).args(flags).args(range).output().unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    assert!(
        stderr(&output).contains(&port) && stderr(&output).contains("RTC_MIN_PORT"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_sends_clients_away_with_1012_and_exits_0() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::dev(folder.path());
    let room = command(folder.path(), "room create Daily --app dev");
    let room = room["id"].as_str().unwrap();
    let token = command(folder.path(), &format!("token create --app dev --room {room} --user ana"));
    let (mut joined, _) = connect_async(format!("ws://127.0.0.1:{}/", serving.port)).await.unwrap();
    let (mut idle, _) = connect_async(format!("ws://127.0.0.1:{}/ws", serving.port)).await.unwrap();
    let join = json!({ "type": "join", "roomId": room, "token": token["token"] }).to_string();
    joined.send(Message::text(join)).await.unwrap();
    let answer = joined.next().await.unwrap().unwrap();
    assert!(answer.to_text().unwrap().contains("\"joined\""), "{answer}");

    let told = Instant::now();
    serving.signal(Signal::TERM);
    for socket in [&mut joined, &mut idle] {
        let close = loop {
            match socket.next().await.unwrap().unwrap() {
                Message::Close(frame) => break frame.unwrap(),
                _ => continue,
            }
        };
        assert_eq!(u16::from(close.code), 1012);
    }
    let status = tokio::task::block_in_place(|| serving.process.wait()).unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(told.elapsed().as_secs() < 5, "no need to wait for the whole grace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_go_is_cut_off_within_the_grace() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--port", "0", "--signaling-port", "", "--extra-ports", "", "--shutdown-grace-ms", "500"];
    let mut serving = Serving::start(program(folder.path()).arg("dev").args(flags));
    // Half a request keeps its connection busy.
    let mut slow = tokio::net::TcpStream::connect(("127.0.0.1", serving.port)).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(
        &mut slow,
        b"POST /demo/api/login HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n",
    )
    .await
    .unwrap();
    let told = Instant::now();
    serving.signal(Signal::INT);
    let status = tokio::task::spawn_blocking(move || serving.process.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(told.elapsed().as_millis() < 5000);
}

#[test]
fn a_second_signal_exits_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--port", "0", "--signaling-port", "", "--extra-ports", "", "--shutdown-grace-ms", "600000"];
    let mut serving = Serving::start(program(folder.path()).arg("dev").args(flags));
    let mut busy = std::net::TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    std::io::Write::write_all(&mut busy, b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let mut answer = [0; 64];
    assert_ne!(busy.read(&mut answer).unwrap(), 0);
    std::io::Write::write_all(
        &mut busy,
        b"POST /demo/api/login HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n",
    )
    .unwrap();
    serving.signal(Signal::TERM);
    // The first signal has been taken once the port is closed.
    while std::net::TcpStream::connect(("127.0.0.1", serving.port)).is_ok() {
        std::thread::yield_now();
    }
    serving.signal(Signal::TERM);
    let told = Instant::now();
    assert_eq!(serving.process.wait().unwrap().code(), Some(1));
    assert!(told.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn production_serves_without_demo_and_guards_what_operators_see() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.args(["serve", "--port", "0", "--log-format", "pretty"]).envs(STRONG);
    let serving = Serving::start(&mut command);
    let status = async |path: &str| reqwest::get(serving.url(path)).await.unwrap().status().as_u16();
    assert_eq!(status("/health").await, 200);
    assert_eq!(status("/demo/api/login").await, 404);
    assert!(!serving.text.contains("App secret"));
}

fn secret_of(serving: &mut Serving) -> String {
    use std::io::BufRead as _;
    loop {
        let mut line = String::new();
        assert_ne!(serving.out.read_line(&mut line).unwrap(), 0, "the secret is announced");
        if let Some(secret) = line.trim().strip_prefix("App secret") {
            return secret.trim().to_owned();
        }
    }
}
