//! Livestreams: webhooks in (`rtc-load webhooks`) and events out (`rtc-load sse`), each beside a small Node server
//! that does the same.

mod sse;
mod streams;
mod webhooks;

use crate::figure::{Figure, Subject};
use crate::report::Report;
use crate::server::{Peer, Programs};
use crate::stats::Summary;
use anyhow::{Context, Result};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// What both commands take.
#[derive(Args)]
pub struct LiveArgs {
    /// One short round; the figures are rough.
    #[arg(long)]
    quick: bool,
    /// Measure this server alone; there are no ratios then.
    #[arg(long, value_enum)]
    only_peer: Option<Peer>,
    /// The rtc-platform binary.
    #[arg(long, value_name = "PATH", default_value = "target/release/rtc-platform")]
    server: PathBuf,
    /// The folder of the Node servers, with their packages installed.
    #[arg(long, value_name = "DIR", default_value = "load/baselines")]
    baselines: PathBuf,
    /// The folder for the figures as JSON; databases of the run go there and are removed.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
    /// How often everything is measured.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
}

/// Measures one subject: all servers, round after round, and prints the table.
pub async fn run(subject: Subject, args: LiveArgs) -> Result<()> {
    crate::procfs::raise_open_files()?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let programs = Programs {
        binary: std::path::absolute(&args.server)?,
        baselines: std::path::absolute(&args.baselines)?,
        work: std::path::absolute(&args.out)?,
    };
    let rounds = args.rounds.map_or(if args.quick { 1 } else { 3 }, usize::from);
    let mut report = Report::default();
    let mut disturbance = Vec::new();
    for round in 1..=rounds {
        // The order alternates, so that neither is always the first.
        let mut peers = vec![Peer::Ours, Peer::Baseline];
        peers.retain(|peer| args.only_peer.is_none_or(|only| only == *peer));
        if round.is_multiple_of(2) {
            peers.reverse();
        }
        for peer in peers {
            let measured = match subject {
                Subject::Sse => sse::measure(&programs, peer, args.quick).await,
                _ => webhooks::measure(&programs, peer, args.quick).await,
            };
            let (figures, other_cores) = measured.with_context(|| format!("measuring {peer}"))?;
            disturbance.push(other_cores);
            for (figure, value) in figures {
                eprintln!(
                    "round {round}/{rounds} · {} · {peer}: {} {value:.1}",
                    subject.name(),
                    figure.name()
                );
                report.add(subject, peer, figure, value);
            }
        }
    }
    if let Some(others) = Summary::of(&disturbance) {
        report.note(format!("Other processes took {:.2} cores meanwhile (median).", others.median));
    }
    let mut machine = crate::machine_facts();
    machine["rounds"] = serde_json::json!(rounds);
    let file = args.out.join(format!("{}.json", subject.name()));
    std::fs::write(&file, serde_json::to_string_pretty(&report.json(machine))?)?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report.table())?;
    writeln!(out, "Every round is in {}.", file.display())?;
    Ok(())
}

/// The figures of one measurement, and what else ran on the machine meanwhile, in cores.
type Measured = (Vec<(Figure, f64)>, f64);
