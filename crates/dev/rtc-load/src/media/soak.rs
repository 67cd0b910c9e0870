//! `rtc-load sfu-soak`: what a day brings, in half an hour. People join rooms, publish, watch, stop, leave, close
//! their laptops and lose their network, at random; in the end all have gone and nothing may be left of them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use serde_json::{Value, json};

use super::cases::{Shape, Video};
use super::cpu;
use super::peers::surface_c::{self, Door, Guest};
use super::peers::{Crew, Programs, soon};
use super::poller::SessionId;
use crate::http::HttpClient;
use crate::procfs;
use crate::server::{Keys, Server};
use crate::stage;

/// Rooms at a time.
const ROOMS: usize = 6;
/// People at a time, in all rooms.
const PEOPLE: usize = 30;
/// Between two things that happen.
const PACE: Duration = Duration::from_millis(120);
/// Memory is compared from here on: by then caches are filled and every kind of thing has happened often.
const SETTLED: Duration = Duration::from_secs(300);
/// How much memory may have grown by from there to the end, in percent.
const GROWTH_MAX_PERCENT: f64 = 10.0;
/// How long the server may take to notice that all have gone: a lost network is noticed by silence.
const GONE_AFTER: Duration = Duration::from_secs(90);

/// `rtc-load sfu-soak`.
#[derive(clap::Args)]
pub struct SoakArgs {
    /// How long.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// What happens when; the same seed does the same in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The rtc-platform binary.
    #[arg(long, value_name = "PATH", default_value = "target/release/rtc-platform")]
    server: PathBuf,
}

/// Someone in a room.
struct Person {
    room: usize,
    guest: Guest,
    send: (Value, SessionId),
    receive: (Value, SessionId),
    producers: Vec<Value>,
    consumers: Vec<Value>,
}

/// The crowd and where it goes.
struct Crowd {
    door: Door,
    crew: Crew,
    random: Rng,
    people: Vec<Person>,
    joined: usize,
    /// How often each thing happened.
    done: BTreeMap<&'static str, u64>,
    /// Refusals that a race explains: what was asked for had just gone.
    raced: u64,
}

/// Runs for so many minutes. Fails when memory grew, or when something is left.
pub async fn soak(args: SoakArgs) -> Result<()> {
    procfs::raise_open_files()?;
    let dir = tempfile::tempdir()?;
    let programs = Programs {
        binary: std::path::absolute(&args.server)?,
        baselines: PathBuf::new(),
        work: dir.path().to_owned(),
        host: std::net::Ipv4Addr::LOCALHOST,
    };
    let keys = Keys::generate()?;
    let server = Server::ours(&programs, dir.path(), &keys).await?;
    let app = stage::create_app(&server, &keys).await?;
    let door = Door { address: server.address, auth: json!({ "appId": app.id, "appSecret": app.secret }) };
    let mut crowd = Crowd {
        door,
        crew: Crew::start(1, false)?,
        random: Rng::with_seed(args.seed),
        people: Vec::new(),
        joined: 0,
        done: BTreeMap::new(),
        raced: 0,
    };
    let mut out = std::io::stdout();
    writeln!(out, "minute  memory  people  transports  producers  consumers  files")?;
    let began = Instant::now();
    let end = began + Duration::from_secs(args.minutes * 60);
    let mut settled = Vec::new();
    let mut minute = 0;
    while Instant::now() < end {
        let next = Instant::now() + PACE;
        crowd.step().await?;
        if began.elapsed() >= Duration::from_secs(minute * 60) {
            let memory = cpu::memory_kib(server.pid())?;
            if began.elapsed() >= SETTLED {
                settled.push(memory);
            }
            let media = &figures(&server, &keys).await?["media"];
            let files = open_files(server.pid())?;
            writeln!(
                out,
                "{minute:>6}  {:>6.1}  {:>6}  {:>10}  {:>9}  {:>9}  {files:>5}",
                memory / 1024.0,
                crowd.people.len(),
                media["transports"],
                media["producers"],
                media["consumers"]
            )?;
            minute += 1;
        }
        tokio::time::sleep_until(next.into()).await;
    }
    let files_before = open_files(server.pid())?;
    crowd.disperse();
    let left = until_gone(&server, &keys).await?;
    let (memory, files) = (cpu::memory_kib(server.pid())? / 1024.0, open_files(server.pid())?);
    writeln!(out, "What happened: {:?}; {} requests came too late", crowd.done, crowd.raced)?;
    writeln!(
        out,
        "After the last had gone: {left}; {memory:.1} MiB, {files} files open ({files_before} before)"
    )?;
    let growth = growth_percent(&settled);
    if let Some(growth) = growth {
        writeln!(out, "Memory from minute {} to the end: {growth:+.1} %", SETTLED.as_secs() / 60)?;
        ensure!(growth <= GROWTH_MAX_PERCENT, "memory grew by {growth:.1} %");
    }
    Ok(())
}

/// By how much the last third is above the first third, in percent; by means, since people come and go.
fn growth_percent(memory: &[f64]) -> Option<f64> {
    let third = memory.len() / 3;
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    (third > 0).then(|| (mean(&memory[memory.len() - third..]) / mean(&memory[..third]) - 1.0) * 100.0)
}

async fn figures(server: &Server, keys: &Keys) -> Result<Value> {
    let admin = [format!("authorization: Bearer {}", keys.admin)];
    HttpClient::connect(server.address).await?.get("/stats", &admin).await
}

fn open_files(pid: u32) -> Result<usize> {
    Ok(std::fs::read_dir(format!("/proc/{pid}/fd")).context("the server has gone")?.count())
}

/// Waits until `/stats` counts nothing any more.
async fn until_gone(server: &Server, keys: &Keys) -> Result<String> {
    let deadline = Instant::now() + GONE_AFTER;
    loop {
        let stats = figures(server, keys).await?;
        let media = &stats["media"];
        let counted = ["rooms", "peers", "routers", "transports", "producers", "consumers"];
        let left: Vec<String> = counted
            .iter()
            .filter(|name| media[**name] != 0)
            .map(|name| format!("{} {name}", media[*name]))
            .chain((stats["rooms"] != 0).then(|| format!("{} live rooms", stats["rooms"])))
            .chain((stats["peers"] != 0).then(|| format!("{} live peers", stats["peers"])))
            .collect();
        if left.is_empty() {
            return Ok("nothing is left".to_owned());
        }
        if Instant::now() > deadline {
            bail!("left after {GONE_AFTER:?}: {}", left.join(", "));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

impl Crowd {
    /// Lets one thing happen.
    async fn step(&mut self) -> Result<()> {
        let few = self.people.len() < PEOPLE / 2;
        let full = self.people.len() >= PEOPLE;
        let what = match self.random.u8(0..100) {
            _ if self.people.is_empty() => "join",
            0..45 if few => "join",
            0..25 if !full => "join",
            0..35 => "leave",
            35..45 => "cut",
            45..50 => "lose the network",
            50..65 => "publish",
            65..75 => "unpublish",
            75..85 => "pause and resume",
            85..90 => "restart ICE",
            _ => "watch",
        };
        *self.done.entry(what).or_default() += 1;
        if what == "join" {
            return self.join().await.context("joining");
        }
        let at = self.random.usize(0..self.people.len());
        let done = match what {
            "leave" => {
                let person = self.take(at);
                person.guest.io.ask("leaveRoom", Value::Null).await.map(drop)
            }
            "cut" => {
                drop(self.take(at));
                Ok(())
            }
            "lose the network" => {
                // The signaling connection stays; the server notices by silence that media does not come.
                let Person { send, receive, .. } = &self.people[at];
                self.crew.publishing.remove(send.1);
                self.crew.receiver(0).remove(receive.1);
                Ok(())
            }
            "publish" => self.publish(at).await,
            "unpublish" => self.unpublish(at).await,
            "pause and resume" => self.pause(at).await,
            "restart ICE" => {
                let Person { guest, receive, .. } = &self.people[at];
                guest.io.ask("restartIce", json!({ "transportId": receive.0 })).await.map(drop)
            }
            _ => self.watch(at).await,
        };
        // What was asked for may have gone meanwhile: a transport that fell silent, a producer whose owner left.
        match done {
            Ok(()) => Ok(()),
            Err(error) if is_race(&error) => {
                self.raced += 1;
                Ok(())
            }
            Err(error) => Err(error.context(what)),
        }
    }

    async fn join(&mut self) -> Result<()> {
        self.joined += 1;
        let room = self.random.usize(0..ROOMS);
        let guest =
            surface_c::join(&self.door, &format!("soak-{room}"), &format!("person-{}", self.joined)).await?;
        let send = surface_c::open(&guest, "send", &self.crew, &self.crew.publishing).await?;
        let receive = surface_c::open(&guest, "recv", &self.crew, self.crew.receiver(0)).await?;
        let (producers, consumers) = (Vec::new(), Vec::new());
        self.people.push(Person { room, guest, send, receive, producers, consumers });
        let at = self.people.len() - 1;
        for then in [self.publish(at).await, self.watch(at).await] {
            if let Err(error) = then
                && !is_race(&error)
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes someone out of the crowd: media falls silent, the connection ends when the person is dropped.
    fn take(&mut self, at: usize) -> Person {
        let person = self.people.swap_remove(at);
        self.crew.publishing.remove(person.send.1);
        self.crew.receiver(0).remove(person.receive.1);
        person
    }

    async fn publish(&mut self, at: usize) -> Result<()> {
        let audio = self.random.bool();
        let video = if audio { Video::None } else { Video::Single(300_000) };
        let shape = Shape { rooms: 1, members: 1, viewers: 0, audio, video };
        let person = &mut self.people[at];
        if person.producers.len() >= 4 {
            return Ok(());
        }
        for mut track in surface_c::tracks(&shape)? {
            // Media sections of one connection have names of their own.
            track.mid = format!("{}", self.joined * 100 + self.done.values().sum::<u64>() as usize);
            let (transport, id) = &person.send;
            let produced =
                surface_c::publish(&person.guest, transport, *id, track, soon(), &self.crew).await?;
            person.producers.push(produced);
        }
        Ok(())
    }

    async fn unpublish(&mut self, at: usize) -> Result<()> {
        let person = &mut self.people[at];
        let Some(producer) = person.producers.pop() else { return Ok(()) };
        person.guest.io.ask("closeProducer", json!({ "producerId": producer })).await.map(drop)
    }

    async fn pause(&mut self, at: usize) -> Result<()> {
        let person = &self.people[at];
        if let Some(producer) = person.producers.first() {
            person.guest.io.ask("pauseProducer", json!({ "producerId": producer })).await?;
            person.guest.io.ask("resumeProducer", json!({ "producerId": producer })).await?;
        }
        if let Some(consumer) = person.consumers.first() {
            person.guest.io.ask("pauseConsumer", json!({ "consumerId": consumer })).await?;
            person.guest.io.ask("resumeConsumer", json!({ "consumerId": consumer })).await?;
        }
        Ok(())
    }

    /// Watches what someone else in the room publishes.
    async fn watch(&mut self, at: usize) -> Result<()> {
        let room = self.people[at].room;
        let others = self.people.iter().enumerate().filter(|(n, other)| *n != at && other.room == room);
        let published: Vec<Value> = others.flat_map(|(_, other)| other.producers.iter().cloned()).collect();
        let person = &mut self.people[at];
        for producer in published.into_iter().take(6) {
            let (transport, id) = &person.receive;
            let poller = self.crew.receiver(0);
            let consumer = surface_c::consume(&person.guest, transport, &producer, *id, poller).await?;
            person.consumers.push(consumer);
        }
        Ok(())
    }

    /// All go, without a word.
    fn disperse(&mut self) {
        while !self.people.is_empty() {
            drop(self.take(0));
        }
    }
}

/// Whether a refusal says that something is no longer there.
fn is_race(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    ["NOT_FOUND", "ROOM_CLOSED", "CONFLICT"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::growth_percent;

    #[test]
    fn growth_compares_the_ends_of_the_run() {
        assert_eq!(growth_percent(&[100.0, 100.0]), None);
        let flat = growth_percent(&[100.0, 104.0, 96.0, 100.0, 98.0, 102.0]).expect("long enough");
        assert!(flat.abs() < 3.0);
        assert_eq!(growth_percent(&[100.0, 150.0, 200.0]), Some(100.0));
    }
}
