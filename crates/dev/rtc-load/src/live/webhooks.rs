//! Measures webhooks: 50 connections post signed ones as fast as they are answered, and the clock stops when the
//! last of them is applied.

use super::Measured;
use super::streams::{Poster, Stream, create};
use crate::figure::Figure;
use crate::http::HttpClient;
use crate::server::{Peer, Programs};
use crate::stage::Stage;
use crate::stats::Latencies;
use crate::window::Window;
use anyhow::{Context, Result, bail, ensure};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Connections that post at a time.
const CONNECTIONS: usize = 50;
/// Livestreams whose viewers come and go.
const STREAMS: usize = 20;
/// Webhooks of each connection before anything counts.
const WARM_UP: usize = 20;
/// How long the queue may take to run empty.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(120);

/// Starts a server and measures it once.
pub async fn measure(programs: &Programs, peer: Peer, quick: bool) -> Result<Measured> {
    let each = if quick { 100 } else { 600 };
    let (stage, app) = Stage::livestreams(programs, peer, "bullmq.mjs", true).await?;
    let address = stage.server.address;
    let streams = match peer {
        Peer::Ours => create(address, &app, STREAMS).await?,
        Peer::Baseline => Vec::new(),
    };
    let rooms: Vec<String> = (0..STREAMS).map(|n| format!("bench-{n}")).collect();
    let poster = Poster::new(&app)?;
    let mut warm_up = lanes(address, &poster, &rooms, 0, WARM_UP).await?;
    post(&mut warm_up).await?;
    drained(address).await?;
    let mut lanes = lanes(address, &poster, &rooms, CONNECTIONS * WARM_UP, each).await?;
    let (window, began) = (Window::open(&stage.server)?, Instant::now());
    let mut latencies = post(&mut lanes).await?;
    let answered = began.elapsed().as_secs_f64();
    drained(address).await?;
    let usage = window.close()?;
    let viewers = CONNECTIONS * (WARM_UP / 2 + each / 2);
    if peer == Peer::Ours {
        ensure!(viewers_of(address, &streams).await? == viewers, "not every webhook reached its stream");
    }
    let posted = (CONNECTIONS * each) as f64;
    let p99_ms = latencies.percentile_ms(99.0).context("nothing was posted")?;
    let figures = vec![
        (Figure::AppliedPerCpuSecond, posted / usage.server_cpu),
        (Figure::AppliedPerSecond, posted / usage.seconds),
        (Figure::IntakePerSecond, posted / answered),
        (Figure::IntakeP99, p99_ms),
    ];
    Ok((figures, usage.other_cores))
}

/// A connection with the requests that it is to send.
struct Lane {
    http: HttpClient,
    requests: Vec<String>,
}

/// Signs everything beforehand, so that the generator does little while it measures. Each viewer joins and leaves.
async fn lanes(
    address: SocketAddr,
    poster: &Poster,
    rooms: &[String],
    first: usize,
    each: usize,
) -> Result<Vec<Lane>> {
    let mut lanes = Vec::with_capacity(CONNECTIONS);
    for lane in 0..CONNECTIONS {
        let http = HttpClient::connect(address).await?;
        let room = &rooms[lane % rooms.len()];
        let requests = (0..each)
            .map(|n| poster.viewer(&http, room, n % 2 == 0, first + lane * each + n / 2))
            .collect::<Result<_>>()?;
        lanes.push(Lane { http, requests });
    }
    Ok(lanes)
}

async fn post(lanes: &mut [Lane]) -> Result<Latencies> {
    let posting = lanes.iter_mut().map(|lane| async move {
        let mut latencies = Latencies::default();
        for request in &lane.requests {
            let began = Instant::now();
            let answer = lane.http.send(request.as_bytes()).await?;
            if answer.status != 200 {
                bail!("a webhook gave {}: {}", answer.status, String::from_utf8_lossy(answer.body));
            }
            latencies.record(began.elapsed().as_nanos() as u64);
        }
        Ok(latencies)
    });
    let mut all = Latencies::default();
    for latencies in futures_util::future::try_join_all(posting).await? {
        all.merge(latencies);
    }
    Ok(all)
}

/// Everybody who has ever watched.
async fn viewers_of(address: SocketAddr, streams: &[Stream]) -> Result<usize> {
    let mut http = HttpClient::connect(address).await?;
    let mut viewers = 0;
    for stream in streams {
        let answer = http.get(&format!("/api/v1/livestreams/{}/state", stream.id), &[]).await?;
        let total =
            answer["data"]["totalViewers"].as_u64().with_context(|| format!("no count in {answer}"))?;
        viewers += usize::try_from(total)?;
    }
    Ok(viewers)
}

/// Waits until nothing is in the queue; a failed webhook is a fault of the measurement.
async fn drained(address: SocketAddr) -> Result<()> {
    let mut http = HttpClient::connect(address).await?;
    let deadline = Instant::now() + DRAIN_TIMEOUT;
    loop {
        let health = http.get("/health", &[]).await?;
        let queue = &health["components"]["queue"]["details"];
        let count = |name: &str| queue[name].as_u64().with_context(|| format!("no `{name}` in {health}"));
        ensure!(count("failed")? == 0, "webhooks failed: {queue}");
        if count("waiting")? + count("active")? + count("delayed")? == 0 {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the queue does not run empty: {queue}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
