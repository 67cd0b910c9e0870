//! The subscribers of a run: a thread that looks at all their sockets every few milliseconds and never waits on them.
//!
//! A reader that sleeps in the kernel bills its wake-up to the sender, that is to the server under test.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::wire::Wire;

/// Between two looks at all sockets.
const ROUND: Duration = Duration::from_millis(5);
/// Longest wait for an event to reach everybody: the throttle's 5 s, and some.
const EVENT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest wait for the state of all.
const STATE_TIMEOUT: Duration = Duration::from_secs(60);
/// What a connection begins with.
const STATE: &[u8] = b"event: state";
/// What an event holds that the state does not.
const MARK: &[u8] = b"event: viewer_count_update";

/// The handle of the thread; it ends when the handle is dropped.
pub struct Readers {
    shared: Arc<Shared>,
    count: usize,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// Who has the present event.
    heard: AtomicUsize,
    /// Whose connection has ended.
    lost: AtomicUsize,
    /// When the present event was first and last seen to have come.
    seen: Mutex<Option<(Instant, Instant)>>,
}

impl Readers {
    /// Connects `count` readers and returns when each has its stream's state. They are at the other end of the wire,
    /// if there is one. Blocks for seconds.
    pub fn start(address: SocketAddr, path: &str, count: usize, wire: Option<Wire>) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
        let (ready, is_ready) = mpsc::channel();
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new().name("readers".into());
        let thread = thread.spawn(move || {
            let mut wire = wire;
            let connected = connect(address, request.as_bytes(), count, wire.as_mut());
            let (sockets, told) = match connected {
                Ok(sockets) => (sockets, Ok(())),
                Err(error) => (Vec::new(), Err(error)),
            };
            if ready.send(told).is_ok() {
                watch(sockets, &of_thread);
            }
        });
        let readers = Self { shared, count, thread: Some(thread.context("no thread")?) };
        is_ready.recv().context("the readers' thread ended")??;
        Ok(readers)
    }

    /// Waits until all have the event, and gives the time from the first to the last.
    pub async fn all(&self) -> Result<Duration> {
        let deadline = Instant::now() + EVENT_TIMEOUT;
        loop {
            let heard = self.shared.heard.load(Ordering::Acquire);
            ensure!(self.shared.lost.load(Ordering::Relaxed) == 0, "the server dropped subscribers");
            if heard >= self.count {
                break;
            }
            ensure!(Instant::now() < deadline, "{heard} of {} subscribers have the event", self.count);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.shared.heard.store(0, Ordering::Release);
        let seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(seen.map_or(Duration::ZERO, |(first, last)| last - first))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Connects all, each of which then has the state of its stream.
fn connect(
    address: SocketAddr,
    request: &[u8],
    count: usize,
    wire: Option<&mut Wire>,
) -> Result<Vec<TcpStream>> {
    if let Some(wire) = wire {
        wire.enter()?;
    }
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let mut socket = TcpStream::connect(address).context("connecting")?;
        socket.write_all(request)?;
        socket.set_nonblocking(true)?;
        sockets.push(socket);
    }
    let deadline = Instant::now() + STATE_TIMEOUT;
    let mut heads = vec![Vec::new(); count];
    loop {
        let mut missing = 0;
        for (socket, head) in sockets.iter_mut().zip(&mut heads).filter(|(_, head)| !contains(head, STATE)) {
            missing += 1;
            let mut piece = [0; 4096];
            match socket.read(&mut piece) {
                Ok(0) => anyhow::bail!("refused: {}", String::from_utf8_lossy(head)),
                Ok(length) => head.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        if missing == 0 {
            return Ok(sockets);
        }
        ensure!(Instant::now() < deadline, "{missing} subscribers wait for the state");
        std::thread::sleep(ROUND);
    }
}

/// Counts events until it is told to stop.
fn watch(mut sockets: Vec<TcpStream>, shared: &Shared) {
    let mut buffer = [0; 4096];
    while !shared.stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let (mut heard, mut lost) = (0, 0);
        sockets.retain_mut(|socket| match socket.read(&mut buffer) {
            // An event is far smaller than the buffer and written at once, so it comes in one piece.
            Ok(length) if length > 0 => {
                heard += usize::from(contains(&buffer[..length], MARK));
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            _ => {
                lost += 1;
                false
            }
        });
        if heard > 0 {
            let now = Instant::now();
            let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
            *seen = Some((seen.map_or(began, |(first, _)| first), now));
            drop(seen);
            shared.heard.fetch_add(heard, Ordering::Release);
        }
        shared.lost.fetch_add(lost, Ordering::Relaxed);
        std::thread::sleep(ROUND.saturating_sub(began.elapsed()));
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
