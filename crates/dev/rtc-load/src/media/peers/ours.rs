//! This project's server, entered by surface C.

use anyhow::Result;
use serde_json::json;

use super::surface_c::{self, Door};
use super::{Crew, Programs, Stage};
use crate::media::cases::Shape;
use crate::media::cpu;
use crate::server::{Keys, Server};
use crate::stage;

/// Starts the release binary with a tenant of its own, and fills the rooms.
pub async fn set(shape: &Shape, programs: &Programs, crew: &Crew) -> Result<Stage> {
    let dir = tempfile::Builder::new().prefix("ours-").tempdir_in(&programs.work)?;
    let keys = Keys::generate()?;
    let server = Server::ours(programs, dir.path(), &keys).await?;
    let app = stage::create_app(&server, &keys).await?;
    let idle_kib = cpu::memory_kib(server.pid())?;
    let auth = json!({ "appId": app.id, "appSecret": app.secret });
    let door = Door { address: server.address, auth };
    let peers = surface_c::enter(shape, &door, crew).await?;
    Ok(Stage::new(server, idle_kib, Box::new((peers, dir))))
}
