//! Measures a livestream's events: many subscribers wait, viewers come, and each change of the count goes to all of
//! them, at most every five seconds, as the contract has it.

use super::readers::Readers;
use super::streams::{Poster, create};
use super::{Link, Measured, limit};
use crate::figure::Figure;
use crate::http::HttpClient;
use crate::server::{Peer, Programs, Server};
use crate::stage::Stage;
use crate::window::Window;
use anyhow::{Context, Result, ensure};
use std::process::Command;
use std::time::Duration;

/// Left to a server before its memory is read.
const SETTLE: Duration = Duration::from_secs(2);

/// Subscribers and events of a run.
const fn shape(quick: bool) -> (usize, usize) {
    if quick { (1_000, 2) } else { (5_000, 6) }
}

/// Starts a server and measures it once.
pub async fn measure(programs: &Programs, peer: Peer, link: Link, quick: bool) -> Result<Measured> {
    let (subscribers, events) = shape(quick);
    let (wire, host) = link.make()?;
    let programs = &Programs { host, ..programs.clone() };
    let (stage, app) = Stage::livestreams(programs, peer, "sse.mjs", false).await?;
    let address = stage.server.address;
    let (path, mut crowd) = match peer {
        Peer::Ours => {
            let stream = create(address, &app, 1).await?.pop().context("no stream was made")?;
            let http = HttpClient::connect(address).await?;
            let crowd =
                Crowd::Webhooks { http, poster: Box::new(Poster::new(&app)?), room: stream.room, come: 0 };
            (format!("/api/v1/livestreams/{}/events", stream.id), crowd)
        }
        Peer::Baseline => ("/events".to_owned(), Crowd::Told(HttpClient::connect(address).await?)),
    };
    tokio::time::sleep(SETTLE).await;
    let resident = stage.server.resident_kib()?;
    let readers = Readers::start(link.seen_by_readers(address), &path, subscribers, wire)?;
    tokio::time::sleep(SETTLE).await;
    let kib = (stage.server.resident_kib()? - resident) / subscribers as f64;

    crowd.one_comes().await?;
    readers.all().await?;
    let window = Window::open(&stage.server)?;
    let mut spreads = 0.0;
    for _ in 0..events {
        crowd.one_comes().await?;
        spreads += readers.all().await?.as_secs_f64();
    }
    let usage = window.close()?;
    let figures = vec![
        (Figure::EventsPerCpuSecond, (subscribers * events) as f64 / usage.server_cpu),
        (Figure::EventSpread, spreads / events as f64 * 1e3),
        (Figure::SubscriberMemory, kib),
    ];
    Ok((figures, usage.other_cores))
}

/// What the machine allows: events for each second of processor time of a process that only writes them.
pub async fn measure_limit(programs: &Programs, link: Link, quick: bool) -> Result<f64> {
    let (subscribers, events) = shape(quick);
    let (wire, _) = link.make()?;
    let dir = tempfile::tempdir_in(&programs.work)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("sse-limit");
    let server = Server::start(command, dir.path()).await?;
    let address = server.address;
    let readers = Readers::start(link.seen_by_readers(address), "/", subscribers, wire)?;
    limit::event(address).await?;
    readers.all().await?;
    let window = Window::open(&server)?;
    for _ in 0..events {
        limit::event(address).await?;
        readers.all().await?;
    }
    Ok((subscribers * events) as f64 / window.close()?.server_cpu)
}

/// How viewers come: by webhooks to us, by a call to the Node server.
enum Crowd {
    Webhooks { http: HttpClient, poster: Box<Poster>, room: String, come: usize },
    Told(HttpClient),
}

impl Crowd {
    /// One viewer comes, which moves the count of so few by more than a tenth: the throttle lets it through.
    async fn one_comes(&mut self) -> Result<()> {
        match self {
            Crowd::Webhooks { http, poster, room, come } => {
                let request = poster.viewer(http, room, true, *come)?;
                *come += 1;
                let answer = http.send(request.as_bytes()).await?;
                ensure!(answer.status == 200, "a webhook gave {}", answer.status);
            }
            Crowd::Told(http) => {
                http.post("/viewers", &[], "{\"by\":1}").await?;
            }
        }
        Ok(())
    }
}
