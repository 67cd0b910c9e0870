//! Measures a livestream's events: many subscribers wait, viewers come, and each change of the count goes to all of
//! them, at most every five seconds, as the contract has it.

use super::Measured;
use super::streams::{Poster, create};
use crate::figure::Figure;
use crate::http::HttpClient;
use crate::server::{Peer, Programs};
use crate::stage::Stage;
use crate::window::Window;
use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Subscribers that connect at a time.
const CONNECTING: usize = 64;
/// Left to a server before its memory is read.
const SETTLE: Duration = Duration::from_secs(2);
/// Viewers who come between two events: as many as the throttle lets through at once.
const VIEWERS_EACH: usize = 5;
/// Longest wait for an event to reach everybody: the throttle's 5 s, and some.
const EVENT_TIMEOUT: Duration = Duration::from_secs(20);
/// What an event holds that the state does not.
const MARK: &[u8] = b"event: viewer_count_update";

/// Starts a server and measures it once.
pub async fn measure(programs: &Programs, peer: Peer, quick: bool) -> Result<Measured> {
    let (subscribers, events) = if quick { (1_000, 2) } else { (5_000, 6) };
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
    let heard = Rc::new(Heard::default());
    let readers: Vec<tokio::task::JoinHandle<Result<()>>> = stream::iter(0..subscribers)
        .map(|_| subscribe(address, &path, heard.clone()))
        .buffer_unordered(CONNECTING)
        .try_collect()
        .await?;
    tokio::time::sleep(SETTLE).await;
    let kib = (stage.server.resident_kib()? - resident) / subscribers as f64;

    crowd.comes(1).await?;
    heard.all(subscribers).await?;
    let window = Window::open(&stage.server)?;
    let mut spreads = 0.0;
    for _ in 0..events {
        crowd.comes(VIEWERS_EACH).await?;
        spreads += heard.all(subscribers).await?.as_secs_f64();
    }
    let usage = window.close()?;
    ensure!(readers.iter().all(|reader| !reader.is_finished()), "the server dropped subscribers");
    for reader in readers {
        reader.abort();
    }
    let figures = vec![
        (Figure::EventsPerCpuSecond, (subscribers * events) as f64 / usage.server_cpu.max(0.01)),
        (Figure::EventSpread, spreads / events as f64 * 1e3),
        (Figure::SubscriberMemory, kib),
    ];
    Ok((figures, usage.other_cores))
}

/// What the subscribers of a run share: when the present event reached the first of them, and how many have it.
#[derive(Default)]
struct Heard {
    count: Cell<usize>,
    first: RefCell<Option<Instant>>,
    last: RefCell<Option<Instant>>,
}

impl Heard {
    fn one(&self) {
        let now = Instant::now();
        self.first.borrow_mut().get_or_insert(now);
        *self.last.borrow_mut() = Some(now);
        self.count.set(self.count.get() + 1);
    }

    /// Waits until all have the event, and gives the time from the first to the last.
    async fn all(&self, subscribers: usize) -> Result<Duration> {
        let deadline = Instant::now() + EVENT_TIMEOUT;
        while self.count.get() < subscribers {
            let got = self.count.get();
            ensure!(Instant::now() < deadline, "{got} of {subscribers} subscribers have the event");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.count.set(0);
        let (first, last) = (self.first.borrow_mut().take(), self.last.borrow_mut().take());
        Ok(last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first))
    }
}

/// Connects, waits for the state, and counts events from then on.
async fn subscribe(
    address: SocketAddr,
    path: &str,
    heard: Rc<Heard>,
) -> Result<tokio::task::JoinHandle<Result<()>>> {
    let mut socket = TcpStream::connect(address).await.context("connecting")?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut head = Vec::with_capacity(1024);
    while !contains(&head, b"event: state") {
        ensure!(socket.read_buf(&mut head).await? > 0, "refused: {}", String::from_utf8_lossy(&head));
    }
    drop(head);
    Ok(tokio::task::spawn_local(async move {
        let mut buffer = [0; 1024];
        loop {
            // An event is far smaller than the buffer and written at once, so it comes in one piece.
            match socket.read(&mut buffer).await? {
                0 => bail!("the server closed the connection"),
                length if contains(&buffer[..length], MARK) => heard.one(),
                _ => {}
            }
        }
    }))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// How viewers come: by webhooks to us, by a call to the Node server.
enum Crowd {
    Webhooks { http: HttpClient, poster: Box<Poster>, room: String, come: usize },
    Told(HttpClient),
}

impl Crowd {
    async fn comes(&mut self, viewers: usize) -> Result<()> {
        match self {
            Crowd::Webhooks { http, poster, room, come } => {
                for _ in 0..viewers {
                    let request = poster.viewer(http, room, true, *come)?;
                    *come += 1;
                    let answer = http.send(request.as_bytes()).await?;
                    ensure!(answer.status == 200, "a webhook gave {}", answer.status);
                }
            }
            Crowd::Told(http) => {
                http.post("/viewers", &[], &format!("{{\"by\":{viewers}}}")).await?;
            }
        }
        Ok(())
    }
}
