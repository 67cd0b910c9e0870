//! One measurement: all sessions up, a window that counts processor time, then one that counts latency.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde::Serialize;

use super::cases::Shape;
use super::cpu;
use super::peers::{Crew, Peer, Programs, Stage};
use super::poller::Snapshot;
use crate::procfs;

/// How long sessions may take to come up, a session.
const CONNECT_EACH: Duration = Duration::from_millis(100);
/// And all together, at least.
const CONNECT: Duration = Duration::from_secs(15);
/// Between two looks at how far they are.
const LOOK: Duration = Duration::from_millis(100);
/// What is under way has arrived after this.
const DRAIN: Duration = Duration::from_millis(200);

/// How long everything takes.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Timing {
    /// From the last connection to the first window, in seconds: bandwidth estimates grow meanwhile.
    pub warm_up: f64,
    /// The window that counts processor time, in seconds.
    pub window: f64,
    /// The window that counts latency, in seconds.
    pub latency: f64,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Packets that arrived at subscribers for each second of the server's processor time.
    pub packets_per_cpu_second: f64,
    /// Packets that arrived at subscribers a second.
    pub packets_per_second: f64,
    /// UDP payload bytes a packet.
    pub bytes_per_packet: f64,
    /// Packets that publishers sent a second.
    pub packets_in_per_second: f64,
    /// Packets that were skipped by the numbers, in percent.
    pub lost_percent: f64,
    /// Retransmissions and probes a second.
    pub other_packets_per_second: f64,
    /// Cores that the server kept busy.
    pub server_cores: f64,
    /// Cores that this generator kept busy.
    pub generator_cores: f64,
    /// Cores that everything else on the machine kept busy: near zero, or the figures are disturbed.
    pub other_cores: f64,
    /// From a publisher's send to the arrival at a subscriber's socket, in milliseconds; not for the limit.
    pub latency_p50_ms: Option<f64>,
    /// Likewise, the 99th percentile.
    pub latency_p99_ms: Option<f64>,
    /// Memory that the server grew by from its start, a subscriber, in KiB.
    pub kib_per_subscriber: f64,
    /// From the server's start to the last packet awaited, in seconds.
    pub set_up_seconds: f64,
    /// Packets decrypted and found right.
    pub verified: u64,
    /// Streams that were awaited and silent in the end.
    pub silent_streams: u64,
    /// Key frames asked of publishers, in all.
    pub key_frames_asked: u64,
    /// Packets asked of publishers again, in all.
    pub packets_asked_again: u64,
    /// The ciphers that were agreed, with the number of sessions.
    pub ciphers: String,
}

/// Measures `peer` in one case.
pub async fn measure(
    peer: Peer,
    shape: &Shape,
    timing: Timing,
    programs: &Programs,
    (receivers, cut): (usize, bool),
) -> Result<Outcome> {
    let crew = Crew::start(receivers, cut)?;
    let began = Instant::now();
    let stage = Stage::set(peer, shape, programs, &crew).await?;
    all_up(&crew, shape).await?;
    let set_up_seconds = began.elapsed().as_secs_f64();
    sleep(timing.warm_up).await;
    crew.snapshot()?;
    let window = Window::open(&stage, &crew)?;
    sleep(timing.window).await;
    let (measured, before, after) = window.close(&stage, &crew)?;
    let kib = cpu::memory_kib(stage.pid)? - stage.idle_kib;
    crew.note_arrivals(true);
    sleep(timing.latency).await;
    let mut timed = crew.snapshot()?;
    crew.note_arrivals(false);
    tokio::time::sleep(DRAIN).await;
    let wrong = after.samples.wrong + timed.samples.wrong;
    ensure!(wrong == 0, "{wrong} packets did not decrypt to what was sent");
    ensure!(timed.failures.is_empty(), "sessions failed: {}", timed.failures.join("; "));
    let counts = after.counts.since(&before.counts);
    let (packets, seconds) = (counts.packets as f64, measured.seconds);
    ensure!(packets > 0.0, "no packet arrived in {seconds:.1} s");
    let ciphers: Vec<String> = timed.ciphers.iter().map(|(name, n)| format!("{name} {n}")).collect();
    Ok(Outcome {
        packets_per_cpu_second: packets / measured.server_cpu,
        packets_per_second: packets / seconds,
        bytes_per_packet: counts.bytes as f64 / packets,
        packets_in_per_second: (after.sent - before.sent) as f64 / seconds,
        lost_percent: counts.lost() as f64 * 100.0 / counts.expected.max(1) as f64,
        other_packets_per_second: counts.others as f64 / seconds,
        server_cores: measured.server_cpu / seconds,
        generator_cores: measured.generator_cpu / seconds,
        other_cores: measured.other_cores,
        latency_p50_ms: timed.samples.latencies.percentile_ms(50.0),
        latency_p99_ms: timed.samples.latencies.percentile_ms(99.0),
        kib_per_subscriber: kib / shape.subscribers() as f64,
        set_up_seconds,
        verified: after.samples.verified + timed.samples.verified,
        silent_streams: counts.silent,
        key_frames_asked: timed.asked.key_frames,
        packets_asked_again: timed.asked.again,
        ciphers: ciphers.join(", "),
    })
}

async fn sleep(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// Waits until every session is connected and every awaited track has sent something.
async fn all_up(crew: &Crew, shape: &Shape) -> Result<()> {
    let patience = CONNECT + CONNECT_EACH * shape.subscribers() as u32;
    let deadline = Instant::now() + patience;
    loop {
        let Snapshot { sessions, connected, counts, failures, .. } = crew.snapshot()?;
        ensure!(failures.is_empty(), "sessions failed: {}", failures.join("; "));
        if connected == sessions && counts.silent == 0 && counts.packets > 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "after {patience:?}: {connected} of {sessions} sessions connected, {} tracks silent",
                counts.silent
            );
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// An open stretch of time.
struct Window {
    began: Instant,
    server_ns: u64,
    generator_ns: u64,
    machine: f64,
    before: Snapshot,
}

/// Processor time taken in it.
struct Measured {
    seconds: f64,
    server_cpu: f64,
    generator_cpu: f64,
    other_cores: f64,
}

impl Window {
    fn open(stage: &Stage, crew: &Crew) -> Result<Self> {
        Ok(Self {
            before: crew.snapshot()?,
            server_ns: cpu::process_ns(stage.pid)?,
            generator_ns: cpu::process_ns(std::process::id())?,
            machine: procfs::machine_cpu_seconds()?,
            began: Instant::now(),
        })
    }

    fn close(self, stage: &Stage, crew: &Crew) -> Result<(Measured, Snapshot, Snapshot)> {
        let after = crew.snapshot()?;
        let seconds = self.began.elapsed().as_secs_f64();
        let since = |then: u64, now: u64| (now - then) as f64 / 1e9;
        let server_cpu = since(self.server_ns, cpu::process_ns(stage.pid)?);
        let generator_cpu = since(self.generator_ns, cpu::process_ns(std::process::id())?);
        let others = procfs::machine_cpu_seconds()? - self.machine - server_cpu - generator_cpu;
        let other_cores = (others / seconds).max(0.0);
        Ok((Measured { seconds, server_cpu, generator_cpu, other_cores }, self.before, after))
    }
}
