//! The real `socket.io-client`, from Node, against the surface. The scenarios are in `client/*.test.mjs`.

#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use std::{path::Path, process::Stdio};
use support::Server;
use surface_socketio::SocketIoConfig;
use tokio::process::Command;

/// Soon enough for a test, late enough for every other client of it.
const HASTY_JOIN_DEADLINE_MS: u64 = 300;

/// Installs the client as its lock file says, where that was not done yet.
async fn install(folder: &Path) {
    if ["socket.io-client", "mediasoup-client"]
        .iter()
        .all(|name| folder.join("node_modules").join(name).exists())
    {
        return;
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).status().await;
    assert!(npm.unwrap().success(), "npm ci failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socketio_client_of_npm_works_unmodified() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
    install(&folder).await;
    let development = Server::development(SocketIoConfig::default()).await;
    let production = Server::production().await;
    let hasty = SocketIoConfig { join_deadline_ms: HASTY_JOIN_DEADLINE_MS, ..SocketIoConfig::default() };
    let hasty = Server::development(hasty).await;
    let calls = Server::development_with_media().await;
    let tenant = &production.apps[0].tenant;
    let room = production.room(tenant, 2).await;
    let mut tokens = json!({});
    for user in ["ana", "ben", "eve"] {
        tokens[user] = production.token(tenant, &room, user).await.token.into();
    }
    let apps: Vec<_> =
        production.apps.iter().map(|app| json!({ "id": app.id, "secret": app.secret })).collect();
    let world = json!({
        "development": development.url(),
        "production": production.url(),
        "hasty": hasty.url(),
        "calls": calls.url(),
        "apps": apps,
        "room": room.as_str(),
        "tokens": tokens,
    });
    let files = ["relay", "payloads", "access", "limits", "calls"].map(|name| format!("{name}.test.mjs"));
    let node = Command::new("node")
        .arg("--test")
        .args(files)
        .env("RELAY_TESTS", world.to_string())
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stdout));
    assert_eq!(development.app.live_stats().peers, 0, "every client is gone, and so is every seat");
}
