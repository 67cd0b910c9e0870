//! The media workers alone as a peer.

use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::surface_c::{self, Door};
use super::{Crew, Programs, Stage};
use crate::media::cases::Shape;
use crate::media::cpu;
use crate::server::{Server, free_address};

/// Starts the workers and fills the rooms.
pub async fn set(shape: &Shape, programs: &Programs, crew: &Crew) -> Result<Stage> {
    let dir = tempfile::Builder::new().prefix("engine-").tempdir_in(&programs.work)?;
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("media-engine").arg("--listen").arg(address.to_string());
    let server = Server::start_at(command, dir.path(), address).await?;
    let idle_kib = cpu::memory_kib(server.pid())?;
    let door = Door { address, auth: Value::Null };
    let peers = surface_c::enter(shape, &door, crew).await?;
    Ok(Stage::new(server, idle_kib, Box::new((peers, dir))))
}
