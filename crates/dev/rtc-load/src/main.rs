//! Load generator and benchmark harness.
//!
//! `rtc-load calls` measures rtc-platform beside small Node servers that do the same work, interleaved in one
//! run, and prints medians with ratios. Generator and servers share the machine, so what counts is work for each
//! second of the *server's* processor time; the generator itself runs on one thread and keeps its own cost low.

mod calls;
mod client;
mod figure;
mod frame;
mod http;
mod idle;
mod live;
mod media;
mod message;
mod procfs;
mod relay;
mod report;
mod rooms;
mod server;
mod stage;
mod stats;
mod surface;
mod window;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::calls::Plan;
use crate::figure::Subject;
use crate::server::{Peer, Programs};

/// Measures rtc-platform against servers that do the same.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Signaling over WebSocket and Socket.IO, and room creation.
    Calls(CallsArgs),
    /// Webhooks of a media server: taken in durably, and applied.
    Webhooks(live::LiveArgs),
    /// A livestream's events to many subscribers.
    Sse(live::LiveArgs),
    /// Media servers: packets forwarded for a second of processor time.
    Sfu(media::SfuArgs),
    /// Random joins, leaves, publishes and cuts, and whether anything is left of them.
    SfuSoak(media::SoakArgs),
    /// The sender of the machine's limit, which `sfu` starts as a process of its own.
    #[command(hide = true)]
    MediaLimit(media::limit::LimitArgs),
    /// The sender of the machine's limit, which `sse` starts as a process of its own.
    #[command(hide = true)]
    SseLimit(live::limit::LimitArgs),
    /// The media workers alone, which `sfu --peer engine` starts as a process of its own.
    #[command(hide = true)]
    MediaEngine(media::engine::EngineArgs),
}

#[derive(Args)]
struct CallsArgs {
    /// One short round with 2,000 idle connections; the figures are rough.
    #[arg(long)]
    quick: bool,
    /// Measure this subject alone.
    #[arg(long, value_enum)]
    only: Option<Subject>,
    /// Measure this server alone; there are no ratios then.
    #[arg(long, value_enum)]
    only_peer: Option<Peer>,
    /// The rtc-platform binary.
    #[arg(long, value_name = "PATH", default_value = "target/release/rtc-platform")]
    server: PathBuf,
    /// The folder of the Node servers, with their packages installed.
    #[arg(long, value_name = "DIR", default_value = "load/baselines")]
    baselines: PathBuf,
    /// Where the figures go as JSON; databases of the run go beside it and are removed.
    #[arg(long, value_name = "FILE", default_value = "target/bench/calls.json")]
    json: PathBuf,
    /// How often everything is measured.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
    /// Clients that join and wait.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    idle_connections: Option<u32>,
}

fn main() -> Result<()> {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    match Cli::parse().command {
        Command::Calls(args) => tokio::task::LocalSet::new().block_on(&runtime()?, calls(args)),
        Command::Webhooks(args) => {
            tokio::task::LocalSet::new().block_on(&runtime()?, live::run(Subject::Webhooks, args))
        }
        Command::Sse(args) => {
            tokio::task::LocalSet::new().block_on(&runtime()?, live::run(Subject::Sse, args))
        }
        Command::Sfu(args) => tokio::task::LocalSet::new().block_on(&runtime()?, media::sfu(args)),
        Command::SfuSoak(args) => tokio::task::LocalSet::new().block_on(&runtime()?, media::soak(args)),
        Command::MediaLimit(args) => media::limit::run(&args),
        Command::SseLimit(args) => live::limit::run(&args),
        Command::MediaEngine(args) => {
            tokio::task::LocalSet::new().block_on(&runtime()?, media::engine::run(args))
        }
    }
}

async fn calls(args: CallsArgs) -> Result<()> {
    let plan = plan(&args);
    let programs = programs(&args, &plan)?;
    let report = calls::run(&plan, &programs).await?;
    let json = serde_json::to_string_pretty(&report.json(machine(&plan)))?;
    std::fs::write(&args.json, json).with_context(|| format!("cannot write {}", args.json.display()))?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report.table())?;
    writeln!(out, "Every round is in {}.", args.json.display())?;
    Ok(())
}

fn plan(args: &CallsArgs) -> Plan {
    let mut plan = if args.quick { Plan::quick() } else { Plan::full() };
    plan.subjects.retain(|subject| args.only.is_none_or(|only| only == *subject));
    plan.peers.retain(|peer| args.only_peer.is_none_or(|only| only == *peer));
    plan.rounds = args.rounds.map_or(plan.rounds, usize::from);
    plan.idle_connections = args.idle_connections.map_or(plan.idle_connections, |n| n as usize);
    plan
}

/// Absolute paths, since servers run in a folder of their own; what is missing is said before anything starts.
fn programs(args: &CallsArgs, plan: &Plan) -> Result<Programs> {
    let folder = args.json.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let programs = Programs {
        binary: std::path::absolute(&args.server)?,
        baselines: std::path::absolute(&args.baselines)?,
        work: std::path::absolute(folder)?,
        host: std::net::Ipv4Addr::LOCALHOST,
    };
    if plan.peers.contains(&Peer::Ours) {
        let hint = "build it (cargo build --release -p rtc-platform) or give --only-peer baseline";
        ensure!(programs.binary.is_file(), "there is no {}: {hint}", args.server.display());
    }
    if plan.peers.contains(&Peer::Baseline) {
        let hint = "run `npm ci` there or give --only-peer ours";
        ensure!(
            programs.baselines.join("node_modules").is_dir(),
            "no packages in {}: {hint}",
            args.baselines.display()
        );
    }
    Ok(programs)
}

/// What the figures depend on.
fn machine(plan: &Plan) -> serde_json::Value {
    let mut facts = machine_facts();
    facts["rounds"] = json!(plan.rounds);
    facts["warm_up_seconds"] = json!(plan.timing.warm_up.as_secs_f64());
    facts["measure_seconds"] = json!(plan.timing.measure.as_secs_f64());
    facts["idle_connections"] = json!(plan.idle_connections);
    facts
}

/// The machine, as far as it matters.
fn machine_facts() -> serde_json::Value {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let node = std::process::Command::new("node").arg("--version").output();
    let node = node.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).ok();
    json!({
        "cores": std::thread::available_parallelism().map(usize::from).ok(),
        "processor": model.map(|(_, name)| name),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "node": node,
    })
}
