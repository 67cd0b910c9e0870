//! The benchmark of calls: all subjects and both servers interleaved, round after round, in one run.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::figure::{Figure, Subject};
use crate::relay::{Offer, RelayFigures, Timing};
use crate::report::Report;
use crate::server::{Peer, Programs};
use crate::stage::Stage;
use crate::stats::Summary;
use crate::surface::Surface;
use crate::{idle, procfs, relay, rooms};

/// Connections of the relay: 200 rooms of two.
const RELAY_SEATS: usize = 400;
/// More cores than this taken by other processes make a measurement doubtful.
const DISTURBED_CORES: f64 = 0.1;
/// Open files that neither side needs for clients.
const SPARE_FILES: u64 = 256;

/// What to run.
pub struct Plan {
    /// The subjects, in order.
    pub subjects: Vec<Subject>,
    /// The servers.
    pub peers: Vec<Peer>,
    /// How often everything is measured.
    pub rounds: usize,
    /// For each measurement.
    pub timing: Timing,
    /// Clients that join and wait.
    pub idle_connections: usize,
}

impl Plan {
    /// The whole benchmark: three rounds of 5 s and 10,000 idle connections.
    pub fn full() -> Self {
        Self::new(3, Duration::from_secs(1), Duration::from_secs(5), 10_000)
    }

    /// One short round, to see that all works; its figures are rough.
    pub fn quick() -> Self {
        Self::new(1, Duration::from_millis(500), Duration::from_secs(2), 2_000)
    }

    fn new(rounds: usize, warm_up: Duration, measure: Duration, idle_connections: usize) -> Self {
        Self {
            subjects: vec![Subject::Ws, Subject::Socketio, Subject::Rooms],
            peers: vec![Peer::Ours, Peer::Baseline],
            rounds,
            timing: Timing { warm_up, measure },
            idle_connections,
        }
    }
}

/// Runs the plan and returns what was measured. Progress goes to standard error.
pub async fn run(plan: &Plan, programs: &Programs) -> Result<Report> {
    let files = procfs::raise_open_files()?;
    let idle_connections = plan.idle_connections.min(files.saturating_sub(SPARE_FILES) as usize) & !1;
    let mut bench =
        Bench { plan, programs, idle_connections, report: Report::default(), other_cores: Vec::new() };
    if idle_connections < plan.idle_connections {
        let note = format!("Idle connections: {idle_connections} only, since {files} files may be open.");
        bench.report.note(note);
    }
    for round in 1..=plan.rounds {
        for subject in &plan.subjects {
            match subject {
                Subject::Ws => bench.signaling(round, *subject, Surface::WebSocket).await?,
                Subject::Socketio => bench.signaling(round, *subject, Surface::SocketIo).await?,
                Subject::Rooms => bench.rooms(round).await?,
                // Measured by commands of their own.
                Subject::Webhooks | Subject::Sse => {}
            }
        }
    }
    bench.note_disturbance();
    Ok(bench.report)
}

struct Bench<'a> {
    plan: &'a Plan,
    programs: &'a Programs,
    idle_connections: usize,
    report: Report,
    /// What else ran on the machine, in cores, during each measurement.
    other_cores: Vec<f64>,
}

impl Bench<'_> {
    /// The servers in this round's order, which alternates so that neither is always the first.
    fn peers(&self, round: usize) -> Vec<Peer> {
        let mut peers = self.plan.peers.clone();
        if round.is_multiple_of(2) {
            peers.reverse();
        }
        peers
    }

    fn progress(&self, round: usize, subject: Subject, peer: Peer, what: &str) {
        eprintln!("round {round}/{} · {} · {peer}: {what}", self.plan.rounds, subject.name());
    }

    async fn signaling(&mut self, round: usize, subject: Subject, surface: Surface) -> Result<()> {
        for peer in self.peers(round) {
            let figures = self.relay(peer, surface, Offer::Window).await?;
            let said = format!("{:.0} messages per CPU-second", figures.per_cpu_second);
            self.progress(round, subject, peer, &said);
            self.add(
                subject,
                peer,
                [
                    (Figure::PerCpuSecond, figures.per_cpu_second),
                    (Figure::PerSecond, figures.per_second),
                    (Figure::ServerCores, figures.usage.server_cpu / figures.usage.seconds),
                    (Figure::GeneratorCores, figures.usage.generator_cpu / figures.usage.seconds),
                ],
            );
        }
        let rate = self.half_load(round, subject)?;
        for peer in self.peers(round) {
            let figures = self.relay(peer, surface, Offer::PerSecond(rate)).await?;
            let said = format!("p99 {:.2} ms at {:.0} messages a second", figures.p99_ms, figures.per_second);
            self.progress(round, subject, peer, &said);
            self.add(
                subject,
                peer,
                [
                    (Figure::HalfLoadP50, figures.p50_ms),
                    (Figure::HalfLoadP99, figures.p99_ms),
                    (Figure::HalfLoadPerCpuSecond, figures.per_cpu_second),
                ],
            );
        }
        for peer in self.peers(round) {
            let stage = Stage::signaling(self.programs, peer, surface, self.idle_connections).await;
            let stage = stage.with_context(|| format!("starting {peer}"))?;
            let figures = idle::measure(&stage, surface).await.with_context(|| format!("idle on {peer}"))?;
            self.other_cores.push(figures.usage.other_cores);
            let said = format!("{:.1} KiB per idle connection", figures.kib_per_connection);
            self.progress(round, subject, peer, &said);
            self.add(
                subject,
                peer,
                [
                    (Figure::IdleMemory, figures.kib_per_connection),
                    (Figure::JoinsPerSecond, figures.joins_per_second),
                    (Figure::JoinCpu, figures.cpu_ms_per_join),
                ],
            );
        }
        Ok(())
    }

    async fn relay(&mut self, peer: Peer, surface: Surface, offer: Offer) -> Result<RelayFigures> {
        let stage = Stage::signaling(self.programs, peer, surface, RELAY_SEATS).await;
        let stage = stage.with_context(|| format!("starting {peer}"))?;
        let measured = relay::measure(&stage, surface, offer, self.plan.timing).await;
        let figures = measured.with_context(|| format!("relaying on {peer}"))?;
        self.other_cores.push(figures.usage.other_cores);
        Ok(figures)
    }

    /// Half of what the slower server relayed in the first round, so that both bear the same load in all rounds.
    fn half_load(&mut self, round: usize, subject: Subject) -> Result<f64> {
        let firsts = self.plan.peers.iter().filter_map(|peer| {
            self.report
                .summary(subject, *peer, Figure::PerSecond)
                .and_then(|summary| summary.rounds.first().copied())
        });
        let rate = firsts.reduce(f64::min).context("no relay was measured")? / 2.0;
        if round == 1 {
            self.report
                .note(format!("Half load of {}: {rate:.0} messages a second for both.", subject.name()));
        }
        Ok(rate)
    }

    async fn rooms(&mut self, round: usize) -> Result<()> {
        for peer in self.peers(round) {
            let stage = Stage::rest(self.programs, peer).await;
            let (stage, app) = stage.with_context(|| format!("starting {peer}"))?;
            let figures = rooms::measure(&stage, &app, self.plan.timing).await;
            let figures = figures.with_context(|| format!("creating rooms on {peer}"))?;
            self.other_cores.push(figures.usage.other_cores);
            let said = format!("{:.0} rooms per CPU-second", figures.per_cpu_second);
            self.progress(round, Subject::Rooms, peer, &said);
            self.add(
                Subject::Rooms,
                peer,
                [
                    (Figure::RoomsPerCpuSecond, figures.per_cpu_second),
                    (Figure::RoomsPerSecond, figures.per_second),
                    (Figure::RoomsP99, figures.p99_ms),
                ],
            );
        }
        Ok(())
    }

    /// Says how quiet the machine was: both servers share it with whatever else runs.
    fn note_disturbance(&mut self) {
        let Some(others) = Summary::of(&self.other_cores) else {
            return;
        };
        let advice = if others.median > DISTURBED_CORES { "; run it again on a quiet machine" } else { "" };
        let (median, most) = (others.median, others.max);
        let note =
            format!("Other processes took {median:.2} cores meanwhile (median; at most {most:.2}){advice}.");
        self.report.note(note);
    }

    fn add<const N: usize>(&mut self, subject: Subject, peer: Peer, figures: [(Figure, f64); N]) {
        for (figure, value) in figures {
            self.report.add(subject, peer, figure, value);
        }
    }
}
