//! The machine's limit as a peer: a process that sends, and receivers that count without keys.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use super::{Crew, Programs, Stage, fanout_bitrate, ssrc};
use crate::media::cases::Shape;
use crate::media::client::{link::Link, session::Session};
use crate::media::receive::Expected;
use crate::media::socket::Socket;
use crate::media::{cpu, limit};
use crate::server::{Server, free_address};

/// Binds all receivers, then starts the sender towards them.
pub async fn set(shape: &Shape, programs: &Programs, crew: &Crew) -> Result<Stage> {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let from = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut targets = String::new();
    for n in 0..shape.viewers {
        let socket = Socket::connect(local, from)?;
        writeln!(targets, "{}", socket.local()?)?;
        let mut session = Session::new(socket, Link::Plain, ssrc()?, Instant::now());
        session.expect(&[Expected { ssrc: limit::SSRC, twcc_id: 0 }]);
        let id = crew.next_id();
        crew.receiver(n).add(id, session);
    }
    let dir = tempfile::Builder::new().prefix("limit-").tempdir_in(&programs.work)?;
    let file = dir.path().join("targets");
    std::fs::write(&file, targets)?;
    let ready: SocketAddr = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("media-limit").arg("--targets").arg(&file);
    command.arg("--from").arg(from.to_string()).arg("--ready").arg(ready.to_string());
    if let Some(bitrate) = fanout_bitrate(shape) {
        command.arg("--video").arg(bitrate.to_string());
    }
    let server = Server::start_at(command, dir.path(), ready).await?;
    let idle_kib = cpu::memory_kib(server.pid())?;
    Ok(Stage::new(server, idle_kib, Box::new(dir)))
}
