//! A thread that owns many sessions and looks at each every two milliseconds. It never waits on a socket.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::client::session::{Asked, Scrutiny, Session};
use super::latency::{self, Samples};
use super::publish::Publication;
use super::receive::{Counts, Expected};
use super::socket::Batch;

/// Between two looks.
const ROUND: Duration = Duration::from_millis(2);
/// A frame that is nearer than this is waited for by looking around, since a sleep is not that exact.
const TOO_SHORT: Duration = Duration::from_micros(60);
/// How many packets go by for each one that is decrypted, in a window that measures processor time.
const SELDOM: u64 = 256;
/// Likewise, in a window that measures latency.
const OFTEN: u64 = 16;

/// Names a session within a run.
pub type SessionId = u64;

enum Task {
    Add(SessionId, Box<Session>),
    Expect(SessionId, Vec<Expected>),
    Publish(SessionId, Box<Publication>),
    Remove(SessionId),
    NoteArrivals(bool),
    Snapshot(Sender<Snapshot>),
}

/// What a poller's sessions have come to.
#[derive(Default)]
pub struct Snapshot {
    /// Sessions.
    pub sessions: usize,
    /// Sessions that media may flow in.
    pub connected: usize,
    /// Packets and what was lost, since the start.
    pub counts: Counts,
    /// Packets sent by publishers, since the start.
    pub sent: u64,
    /// What was asked of publishers, since the start.
    pub asked: Asked,
    /// Sessions by cipher.
    pub ciphers: BTreeMap<String, usize>,
    /// Why sessions failed; the first few.
    pub failures: Vec<String>,
    /// What was looked at since the last snapshot.
    pub samples: Samples,
}

impl Snapshot {
    /// Adds another poller's.
    pub fn merge(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.connected += other.connected;
        self.counts.add(&other.counts);
        self.sent += other.sent;
        self.asked.key_frames += other.asked.key_frames;
        self.asked.again += other.asked.again;
        for (cipher, count) in other.ciphers {
            *self.ciphers.entry(cipher).or_default() += count;
        }
        self.failures.extend(other.failures);
        self.samples.merge(other.samples);
    }
}

/// The handle of such a thread; it ends when the handle is dropped.
pub struct Poller {
    tasks: Option<Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl Poller {
    /// Starts the thread. `cut`: segmented sends are cut on the sender's time.
    pub fn start(name: &str, cut: bool) -> Result<Self> {
        let (tasks, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || Round::new(cut).run(&inbox)).context("no thread")?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    fn tell(&self, task: Task) {
        // The thread lives as long as the handle; it ends early only by a panic, which the snapshot tells.
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(task);
        }
    }

    /// Hands a session over.
    pub fn add(&self, id: SessionId, session: Session) {
        self.tell(Task::Add(id, Box::new(session)));
    }

    /// Has a session wait for more tracks.
    pub fn expect(&self, id: SessionId, tracks: Vec<Expected>) {
        self.tell(Task::Expect(id, tracks));
    }

    /// Has a session send a track.
    pub fn publish(&self, id: SessionId, publication: Publication) {
        self.tell(Task::Publish(id, Box::new(publication)));
    }

    /// Ends a session without a word to the server, as a lost network does.
    pub fn remove(&self, id: SessionId) {
        self.tell(Task::Remove(id));
    }

    /// Measures latency from now on, or no longer: the kernel notes arrivals, and more packets are decrypted.
    pub fn note_arrivals(&self, on: bool) {
        self.tell(Task::NoteArrivals(on));
    }

    /// What its sessions have come to. Blocks for a round.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let (reply, answer) = mpsc::channel();
        self.tell(Task::Snapshot(reply));
        answer.recv().context("a media thread has ended")
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own state.
struct Round {
    cut: bool,
    sessions: Vec<Session>,
    places: HashMap<SessionId, usize>,
    batch: Batch,
    timing: bool,
    samples: Samples,
}

impl Round {
    fn new(cut: bool) -> Self {
        Self {
            cut,
            sessions: Vec::new(),
            places: HashMap::new(),
            batch: Batch::new(),
            timing: false,
            samples: Samples::default(),
        }
    }

    fn run(mut self, inbox: &Receiver<Task>) {
        loop {
            loop {
                match inbox.try_recv() {
                    Ok(task) => self.take(task),
                    Err(mpsc::TryRecvError::Empty) => break,
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            }
            let began = Instant::now();
            let next_frame = self.look_around(began);
            let until = next_frame.map_or(began + ROUND, |at| at.min(began + ROUND));
            let left = until.saturating_duration_since(Instant::now());
            if left > TOO_SHORT {
                std::thread::sleep(left);
            }
        }
    }

    /// One look at every session; returns when the next frame is due.
    fn look_around(&mut self, now: Instant) -> Option<Instant> {
        let one_in = if self.timing { OFTEN } else { SELDOM };
        let look = Scrutiny { one_in, timed: self.timing, now, wall_ns: latency::wall_ns() };
        let mut next: Option<Instant> = None;
        for session in &mut self.sessions {
            session.receive(&mut self.batch, look, &mut self.samples);
            session.tick(now);
            let frame = session.next_frame();
            next = [next, frame].into_iter().flatten().min();
        }
        next
    }

    fn take(&mut self, task: Task) {
        match task {
            Task::Add(id, session) => {
                self.places.insert(id, self.sessions.len());
                if self.timing {
                    let _ = session.note_arrivals(true);
                }
                if self.cut {
                    let _ = session.cut_segments();
                }
                self.sessions.push(*session);
            }
            Task::Expect(id, tracks) => self.with(id, |session| session.expect(&tracks)),
            Task::Publish(id, publication) => self.with(id, |session| session.publish(*publication)),
            Task::Remove(id) => self.remove(id),
            Task::NoteArrivals(on) => {
                self.timing = on && self.sessions.iter().all(|session| session.note_arrivals(on).is_ok());
            }
            // Whoever asked may have gone.
            Task::Snapshot(reply) => drop(reply.send(self.snapshot())),
        }
    }

    fn with(&mut self, id: SessionId, act: impl FnOnce(&mut Session)) {
        if let Some(session) = self.places.get(&id).and_then(|at| self.sessions.get_mut(*at)) {
            act(session);
        }
    }

    fn remove(&mut self, id: SessionId) {
        let Some(place) = self.places.remove(&id) else { return };
        self.sessions.swap_remove(place);
        let moved = self.sessions.len();
        if let Some(other) = self.places.values_mut().find(|other| **other == moved) {
            *other = place;
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        let mut sum = Snapshot { samples: std::mem::take(&mut self.samples), ..Snapshot::default() };
        for session in &self.sessions {
            sum.sessions += 1;
            sum.connected += usize::from(session.connected());
            sum.counts.add(&session.counts());
            sum.sent += session.sent();
            sum.asked.key_frames += session.asked().key_frames;
            sum.asked.again += session.asked().again;
            if let Some(profile) = session.profile() {
                *sum.ciphers.entry(format!("{profile:?}")).or_default() += 1;
            }
            if let Some(failure) = session.failure().filter(|_| sum.failures.len() < 5) {
                sum.failures.push(failure.to_owned());
            }
        }
        sum
    }
}
