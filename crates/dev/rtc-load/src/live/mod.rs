//! Livestreams: webhooks in (`rtc-load webhooks`) and events out (`rtc-load sse`), each beside a small Node server
//! that does the same.

pub mod limit;
mod readers;
mod sse;
mod streams;
mod webhooks;
mod wire;

use crate::figure::{Figure, Subject};
use crate::report::{Report, thousands};
use crate::server::{Peer, Programs};
use crate::stats::Summary;
use anyhow::{Context, Result};
use clap::Args;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use wire::Wire;

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
    /// What is between the server and its subscribers (`sse`). By default a wire, where it can be made.
    #[arg(long, value_enum)]
    link: Option<Link>,
}

/// What is between a server and its subscribers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Link {
    /// A wire between two network namespaces: what the readers' half of TCP does is on the harness's time.
    Wire,
    /// The loopback device: the server's time has the readers' half in it.
    Loopback,
}

impl Link {
    fn or_default(chosen: Option<Self>) -> Self {
        chosen.unwrap_or_else(|| match Wire::make() {
            Ok(_) => Self::Wire,
            Err(error) => {
                eprintln!("no wire between server and subscribers ({error}): it is loopback");
                Self::Loopback
            }
        })
    }

    /// Makes it, and tells where a server has to listen.
    fn make(self) -> Result<(Option<Wire>, Ipv4Addr)> {
        match self {
            Self::Wire => Ok((Some(Wire::make()?), Ipv4Addr::UNSPECIFIED)),
            Self::Loopback => Ok((None, Ipv4Addr::LOCALHOST)),
        }
    }

    /// The server's address at the other end.
    fn seen_by_readers(self, address: SocketAddr) -> SocketAddr {
        match self {
            Self::Wire => SocketAddr::new(Wire::address(), address.port()),
            Self::Loopback => address,
        }
    }
}

/// Measures one subject: all servers, round after round, and prints the table.
pub async fn run(subject: Subject, args: LiveArgs) -> Result<()> {
    crate::procfs::raise_open_files()?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let programs = Programs {
        binary: std::path::absolute(&args.server)?,
        baselines: std::path::absolute(&args.baselines)?,
        work: std::path::absolute(&args.out)?,
        host: Ipv4Addr::LOCALHOST,
    };
    let link = Link::or_default(args.link);
    let mut limits = Vec::new();
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
                Subject::Sse => sse::measure(&programs, peer, link, args.quick).await,
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
        if subject == Subject::Sse {
            let limit =
                sse::measure_limit(&programs, link, args.quick).await.context("measuring the limit")?;
            eprintln!(
                "round {round}/{rounds} · {} · limit: {} {limit:.1}",
                subject.name(),
                Figure::EventsPerCpuSecond.name()
            );
            limits.push(limit);
        }
    }
    note_limit(&mut report, subject, link, &limits);
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

/// Says what the machine allows at most, where it was measured, and what each server has of it.
fn note_limit(report: &mut Report, subject: Subject, link: Link, limits: &[f64]) {
    let Some(limit) = Summary::of(limits) else { return };
    let share = |peer| Some(report.summary(subject, peer, Figure::EventsPerCpuSecond)?.median / limit.median);
    let [ours, baseline] = [Peer::Ours, Peer::Baseline]
        .map(|peer| share(peer).map_or_else(|| "-".into(), |share| format!("{:.0} %", share * 100.0)));
    report.note(format!(
        "The machine's limit over {link:?}, a sender without HTTP: {} events per CPU-second (± {:.0} %); \
        rtc-platform has {ours} of it, the baseline {baseline}.",
        thousands(limit.median.round() as i64),
        limit.spread_percent(),
    ));
}

/// The figures of one measurement, and what else ran on the machine meanwhile, in cores.
type Measured = (Vec<(Figure, f64)>, f64);
