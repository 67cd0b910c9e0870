//! Janus: its streaming plugin for fan-out, its videoroom plugin for meetings, over its WebSocket API.

mod api;
mod config;
mod network;
mod sdp;
mod streaming;
mod videoroom;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use self::api::Api;
use self::config::Config;
use self::network::Network;
use self::sdp::Description;
use super::{Crew, Local, Programs, Remote, Stage};
use crate::media::cases::Shape;
use crate::media::client::session::Session;
use crate::media::cpu;
use crate::media::receive::Expected;
use crate::server::{Server, free_address, free_udp_port};

const PROGRAM: &str = "/usr/bin/janus";
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu/janus";

/// Why Janus cannot be measured here, if so.
pub fn missing() -> Option<String> {
    let files = [PathBuf::from(PROGRAM), plugin("streaming"), plugin("videoroom"), transport()];
    let found = files.iter().all(|file| file.exists());
    (!found).then(|| "the Debian package `janus` is not installed".to_owned())
}

fn plugin(name: &str) -> PathBuf {
    Path::new(LIBRARIES).join("plugins").join(format!("libjanus_{name}.so"))
}

fn transport() -> PathBuf {
    Path::new(LIBRARIES).join("transports/libjanus_websockets.so")
}

/// Starts Janus and fills its mountpoint or its rooms.
pub async fn set(shape: &Shape, programs: &Programs, crew: &Crew, tuned: bool) -> Result<Stage> {
    let network = Network::make()?;
    let dir = tempfile::Builder::new().prefix("janus-").tempdir_in(&programs.work)?;
    let control = free_address()?;
    let config = Config { control, feed: free_udp_port()?, address: network.address, tuned };
    config::write(dir.path(), &config, shape)?;
    let mut command = Command::new(PROGRAM);
    command.arg("--configs-folder").arg(dir.path()).arg("--disable-colors");
    let server = Server::start_at(command, dir.path(), control).await?;
    let idle_kib = cpu::memory_kib(server.pid())?;
    let mut api = Api::connect(control).await?;
    if shape.members == 1 {
        streaming::fill(shape, &mut api, &network, crew, config.feed).await?;
    } else {
        videoroom::fill(shape, &mut api, &network, crew).await?;
    }
    Ok(Stage::new(server, idle_kib, Box::new((api, network, dir))))
}

/// The session that a description of the server's side makes, waiting for all tracks that it announces.
fn session(local: Local, theirs: Description, crew: &Crew) -> Result<Session> {
    let announced = theirs.media.iter().filter_map(|media| Some((media.ssrc?, media.twcc_id)));
    let expected: Vec<Expected> = announced.map(|(ssrc, twcc_id)| Expected { ssrc, twcc_id }).collect();
    let Description { credentials, fingerprint, candidate, .. } = theirs;
    let mut session =
        local.session(Remote { credentials, fingerprint, address: candidate }, crew.identity())?;
    session.expect(&expected);
    Ok(session)
}
