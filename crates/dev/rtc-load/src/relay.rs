//! Measures the relay: pairs of clients send candidates to each other, as fast as they come or at a fixed rate.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::client::{Receiver, Sender};
use crate::message::{StampReader, Template};
use crate::stage::Stage;
use crate::stats::Latencies;
use crate::surface::{Joined, Seat, Surface};
use crate::window::{Usage, Window};

/// Messages under way in a room when the relay runs as fast as it can.
pub const WINDOW: usize = 4;
/// Clients that join at a time.
const JOINING: usize = 32;
/// How long messages may still arrive after the last was sent.
const DRAIN: Duration = Duration::from_secs(3);
/// How often a fixed rate is topped up; the timer's own resolution.
const PACE: Duration = Duration::from_millis(1);

/// How messages are offered.
#[derive(Clone, Copy, Debug)]
pub enum Offer {
    /// [`WINDOW`] messages under way in each room: every arrival is answered with the next.
    Window,
    /// This many messages a second in all, whatever the server does.
    PerSecond(f64),
}

/// How long to warm up and to measure.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Before anything counts.
    pub warm_up: Duration,
    /// What counts.
    pub measure: Duration,
}

/// What came out.
#[derive(Clone, Copy, Debug)]
pub struct RelayFigures {
    /// Messages delivered a second.
    pub per_second: f64,
    /// Messages delivered for each second of the server's processor time.
    pub per_cpu_second: f64,
    /// From the sender's write to the receiver's read, in milliseconds.
    pub p50_ms: f64,
    /// Likewise, the 99th percentile.
    pub p99_ms: f64,
    /// Processor time meanwhile.
    pub usage: Usage,
}

/// What the tasks of a run share; all run on one thread.
struct Run {
    epoch: Instant,
    surface: Surface,
    /// Arrivals count.
    measuring: Cell<bool>,
    /// Arrivals are answered.
    answering: Cell<bool>,
    sent: Cell<u64>,
    received: Cell<u64>,
    latencies: RefCell<Latencies>,
    failure: RefCell<Option<anyhow::Error>>,
}

impl Run {
    fn now_ns(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    fn send(&self, line: &Line, now_ns: u64) {
        line.sender.stamped(&line.template, now_ns);
        self.sent.set(self.sent.get() + 1);
    }

    fn failed(&self, failure: anyhow::Error) {
        self.failure.borrow_mut().get_or_insert(failure);
    }

    fn check(&self) -> Result<()> {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }
}

/// A client's way to its partner.
struct Line {
    sender: Sender,
    template: Template,
}

/// Joins all seats of the stage and relays between each two.
pub async fn measure(stage: &Stage, surface: Surface, offer: Offer, timing: Timing) -> Result<RelayFigures> {
    let joined: Vec<Joined> = stream::iter(&stage.seats)
        .map(|seat| surface.join(stage.server.address, seat))
        .buffered(JOINING)
        .try_collect()
        .await?;
    let run = Rc::new(Run {
        epoch: Instant::now(),
        surface,
        measuring: Cell::new(false),
        answering: Cell::new(matches!(offer, Offer::Window)),
        sent: Cell::new(0),
        received: Cell::new(0),
        latencies: RefCell::default(),
        failure: RefCell::default(),
    });
    let lines = spawn_readers(&run, &stage.seats, joined);
    let pacer = match offer {
        Offer::Window => {
            open_windows(&run, &lines)?;
            None
        }
        Offer::PerSecond(rate) => Some(tokio::task::spawn_local(pace(run.clone(), lines.clone(), rate))),
    };
    let figures = window_of_time(stage, &run, timing).await;
    if let Some(pacer) = pacer {
        pacer.abort();
    }
    let figures = figures?;
    drain(&run, &lines).await?;
    Ok(figures)
}

fn spawn_readers(run: &Rc<Run>, seats: &[Seat], joined: Vec<Joined>) -> Rc<Vec<Rc<Line>>> {
    let sockets: Vec<String> = joined.iter().map(|client| client.socket_id.clone()).collect();
    let mut lines = Vec::with_capacity(joined.len());
    for (n, client) in joined.into_iter().enumerate() {
        let partner = n ^ 1;
        let template = run.surface.relayed(&seats[n], &sockets[partner]);
        let line = Rc::new(Line { sender: client.client.sender, template });
        lines.push(line.clone());
        let (run, from, from_socket) = (run.clone(), seats[partner].clone(), sockets[partner].clone());
        let receiver = client.client.receiver;
        tokio::task::spawn_local(async move {
            if let Err(failure) = read(&run, receiver, &line, &from, &from_socket).await {
                run.failed(failure);
            }
        });
    }
    Rc::new(lines)
}

/// Takes what arrives until the connection ends, and answers it where the offer is a window.
async fn read(run: &Run, mut receiver: Receiver, line: &Line, from: &Seat, from_socket: &str) -> Result<()> {
    let mut stamps = StampReader::default();
    let mut checked = false;
    loop {
        receiver.fill().await?;
        let now_ns = run.now_ns();
        while let Some(text) = receiver.next_text()? {
            let Some(stamp) = stamps.read(text) else {
                if let Some(answer) = run.surface.heartbeat_answer(text) {
                    line.sender.text(answer);
                } else if text.windows(5).any(|word| word == b"error") {
                    bail!("the server said {}", String::from_utf8_lossy(text));
                }
                continue;
            };
            if !checked {
                run.surface.check_relayed(text, from, from_socket)?;
                checked = true;
            }
            run.received.set(run.received.get() + 1);
            if run.measuring.get() {
                run.latencies.borrow_mut().record(now_ns.saturating_sub(stamp));
            }
            if run.answering.get() {
                run.send(line, now_ns);
            }
        }
        line.sender.flush()?;
    }
}

fn open_windows(run: &Run, lines: &[Rc<Line>]) -> Result<()> {
    for line in lines.iter().step_by(2) {
        for _ in 0..WINDOW {
            run.send(line, run.now_ns());
        }
        line.sender.flush()?;
    }
    Ok(())
}

/// Sends `rate` messages a second, one client after the other.
async fn pace(run: Rc<Run>, lines: Rc<Vec<Rc<Line>>>, rate: f64) {
    let start = Instant::now();
    let mut next = lines.iter().cycle();
    loop {
        tokio::time::sleep(PACE).await;
        let due = (start.elapsed().as_secs_f64() * rate) as u64;
        while run.sent.get() < due {
            let Some(line) = next.next() else { return };
            run.send(line, run.now_ns());
            if let Err(failure) = line.sender.flush() {
                return run.failed(failure);
            }
        }
    }
}

async fn window_of_time(stage: &Stage, run: &Run, timing: Timing) -> Result<RelayFigures> {
    tokio::time::sleep(timing.warm_up).await;
    run.check()?;
    let (window, received) = (Window::open(&stage.server)?, run.received.get());
    run.measuring.set(true);
    tokio::time::sleep(timing.measure).await;
    run.measuring.set(false);
    let (messages, usage) = ((run.received.get() - received) as f64, window.close()?);
    run.check()?;
    let mut latencies = run.latencies.borrow_mut();
    let (Some(p50_ms), Some(p99_ms)) = (latencies.percentile_ms(50.0), latencies.percentile_ms(99.0)) else {
        bail!("no message arrived in {:.1} s", usage.seconds);
    };
    Ok(RelayFigures {
        per_second: messages / usage.seconds,
        per_cpu_second: messages / usage.server_cpu,
        p50_ms,
        p99_ms,
        usage,
    })
}

/// Waits for what is under way: a relay that loses messages has not earned its figures.
async fn drain(run: &Run, lines: &[Rc<Line>]) -> Result<()> {
    run.answering.set(false);
    let deadline = Instant::now() + DRAIN;
    while run.received.get() < run.sent.get() {
        run.check()?;
        if Instant::now() > deadline {
            bail!("{} of {} messages were lost", run.sent.get() - run.received.get(), run.sent.get());
        }
        for line in lines {
            line.sender.flush()?;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
