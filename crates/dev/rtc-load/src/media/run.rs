//! The run: every case, every server that is here, round after round.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::cases::Case;
use super::measure::{self, Timing};
use super::peers::{Peer, Programs};
use super::report::Report;
use crate::procfs;

/// Open files of one session: its socket here, and what the server under test opens for it.
const FILES_EACH: u64 = 4;
/// Open files beside them.
const SPARE_FILES: u64 = 256;

/// Media servers beside each other: packets forwarded for a second of processor time.
#[derive(clap::Args)]
pub struct SfuArgs {
    /// One round with short windows; the figures are rough.
    #[arg(long)]
    quick: bool,
    /// Measure this case alone: fanout-video-N, fanout-audio-N, fanouts-N, meeting-N, many-rooms-N. May be repeated.
    #[arg(long = "case", value_name = "CASE")]
    cases: Vec<Case>,
    /// Measure this server alone. May be repeated.
    #[arg(long = "peer", value_enum)]
    peers: Vec<Peer>,
    /// Length of the window that counts processor time.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<f64>,
    /// How often everything is measured.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
    /// Threads that receive.
    #[arg(long, value_name = "N", default_value_t = 1)]
    receivers: usize,
    /// Cut segmented sends on the server's time, as with a network card that cannot.
    #[arg(long)]
    cut_segments: bool,
    /// The rtc-platform binary.
    #[arg(long, value_name = "PATH", default_value = "target/release/rtc-platform")]
    server: PathBuf,
    /// The folder of the Node servers, with their packages installed.
    #[arg(long, value_name = "DIR", default_value = "load/baselines")]
    baselines: PathBuf,
    /// Where the figures go as JSON; files of the run go beside it and are removed.
    #[arg(long, value_name = "FILE", default_value = "target/bench/sfu.json")]
    json: PathBuf,
}

struct Plan {
    cases: Vec<Case>,
    peers: Vec<Peer>,
    rounds: usize,
    timing: Timing,
}

impl Plan {
    fn of(args: &SfuArgs) -> Self {
        let (rounds, timing) = match args.quick {
            true => (1, Timing { warm_up: 5.0, window: 4.0, latency: 2.0 }),
            false => (5, Timing { warm_up: 6.0, window: 6.0, latency: 3.0 }),
        };
        let window = args.seconds.unwrap_or(timing.window);
        let all = [Peer::RtcPlatform, Peer::Mediasoup, Peer::Janus, Peer::JanusDefault, Peer::Limit];
        Self {
            cases: if args.cases.is_empty() { Case::ALL.to_vec() } else { args.cases.clone() },
            peers: if args.peers.is_empty() { all.to_vec() } else { args.peers.clone() },
            rounds: args.rounds.map_or(rounds, usize::from),
            timing: Timing { window, ..timing },
        }
    }

    /// The servers of a case in this round's order, which turns so that none is always the first.
    fn order(&self, case: Case, round: usize) -> Vec<Peer> {
        let mut peers: Vec<Peer> = self.peers.iter().copied().filter(|peer| peer.plays(case)).collect();
        if !peers.is_empty() {
            let by = round % peers.len();
            peers.rotate_left(by);
        }
        peers
    }
}

/// Runs what the arguments ask for, prints the table and writes the JSON.
pub async fn sfu(args: SfuArgs) -> Result<()> {
    let mut plan = Plan::of(&args);
    let programs = programs(&args)?;
    let mut report = Report::default();
    plan.peers.retain(|peer| match peer.missing(&programs) {
        Some(why) => {
            eprintln!("{} is left out: {why}", peer.name());
            report.note(format!("{} is left out: {why}.", peer.name()));
            false
        }
        None => true,
    });
    ensure!(!plan.peers.is_empty(), "no server is left to be measured");
    let files = procfs::raise_open_files()?;
    for round in 1..=plan.rounds {
        for case in plan.cases.clone() {
            let shape = case.shape();
            let needed = shape.subscribers() as u64 * FILES_EACH + SPARE_FILES;
            ensure!(files >= needed, "{} needs {needed} open files, {files} are allowed", case.name());
            for peer in plan.order(case, round - 1) {
                let what = format!("round {round}/{} · {} · {}", plan.rounds, case.name(), peer.name());
                match measure::measure(
                    peer,
                    &shape,
                    plan.timing,
                    &programs,
                    (args.receivers, args.cut_segments),
                )
                .await
                {
                    Ok(outcome) => {
                        eprintln!("{what}: {:.0} packets per CPU-second", outcome.packets_per_cpu_second);
                        report.add(case, peer, outcome);
                    }
                    // One server that fails does not end the others' run; the report tells.
                    Err(error) => {
                        eprintln!("{what}: failed: {error:#}");
                        report.note(format!("{what} failed: {error:#}."));
                    }
                }
            }
        }
    }
    let json = serde_json::to_string_pretty(&report.json(crate::machine_facts(), plan.timing))?;
    std::fs::write(&args.json, json).with_context(|| format!("cannot write {}", args.json.display()))?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report.table())?;
    writeln!(out, "Every round is in {}.", args.json.display())?;
    Ok(())
}

/// Absolute paths, since servers run in folders of their own.
fn programs(args: &SfuArgs) -> Result<Programs> {
    let folder = args.json.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(Programs {
        binary: std::path::absolute(&args.server)?,
        baselines: std::path::absolute(&args.baselines)?,
        work: std::path::absolute(folder)?,
        host: std::net::Ipv4Addr::LOCALHOST,
    })
}
