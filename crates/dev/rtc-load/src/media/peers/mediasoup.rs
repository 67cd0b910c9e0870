//! mediasoup behind the small Node server in `load/baselines/mediasoup`, which speaks surface C.
//!
//! The npm package brings a worker program; where it could not be had, the run says so and goes on.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use super::surface_c::{self, Door};
use super::{Crew, Programs, Stage};
use crate::media::cases::Shape;
use crate::media::cpu;
use crate::server::{Server, free_address};

fn folder(programs: &Programs) -> PathBuf {
    programs.baselines.join("mediasoup")
}

/// Why mediasoup cannot be measured here, if so.
pub fn missing(programs: &Programs) -> Option<String> {
    let package = folder(programs).join("node_modules/mediasoup");
    if !package.is_dir() {
        return Some(format!(
            "the npm package is not installed (npm install in {})",
            folder(programs).display()
        ));
    }
    let check = "await import('mediasoup').then((ms) => ms.createWorker()).then((worker) => worker.close())";
    let works = Command::new("node")
        .args(["--input-type=module", "--eval", check])
        .current_dir(folder(programs))
        .output()
        .is_ok_and(|output| output.status.success());
    (!works).then(|| "the npm package is there, but its worker does not start".to_owned())
}

/// Starts the Node server and fills the rooms. What is measured is the worker: the process that forwards.
pub async fn set(shape: &Shape, programs: &Programs, crew: &Crew) -> Result<Stage> {
    let dir = tempfile::Builder::new().prefix("mediasoup-").tempdir_in(&programs.work)?;
    let address = free_address()?;
    let mut command = Command::new("node");
    command.arg(folder(programs).join("server.mjs")).env("NODE_ENV", "production");
    command.env("PORT", address.port().to_string());
    let server = Server::start_at(command, dir.path(), address).await?;
    let worker = worker_of(server.pid()).context("the Node server has no mediasoup worker")?;
    let idle_kib = cpu::memory_kib(worker)?;
    let door = Door { address, auth: json!({}) };
    let peers = surface_c::enter(shape, &door, crew).await?;
    Ok(Stage::new(server, idle_kib, Box::new((peers, dir))).measuring(worker))
}

/// The child process that is mediasoup's worker.
fn worker_of(parent: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    let mut pids = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    pids.find(|pid| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.contains("mediasoup"))
    })
}
