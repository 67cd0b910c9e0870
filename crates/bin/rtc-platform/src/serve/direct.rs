//! A socket that whoever has a frame for it writes to at once, and whose own task sees to the rest: a reader that
//! falls behind, stalls or goes.

use crate::tracked::Tracked;
use bytes::Bytes;
use parking_lot::Mutex;
use rtc_http::Outlet;
use std::{collections::VecDeque, io, time::Duration};
use tokio::{
    io::Interest,
    net::TcpStream,
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

/// Frames that wait for a reader beside what the kernel holds for it. Whoever is further behind is dropped.
const BEHIND_MAX: usize = 32;
/// Whoever sends this much after its request is no reader of events.
const IGNORED_BYTES_MAX: usize = 16 * 1024;

/// The socket.
pub(super) struct Direct {
    stream: TcpStream,
    patience: Duration,
    state: Mutex<State>,
    /// The state is to be looked at.
    changed: Notify,
    _open: mpsc::Sender<()>,
}

#[derive(Default)]
struct State {
    behind: VecDeque<Bytes>,
    /// Nothing follows.
    has_ended: bool,
    /// Nothing more can be sent.
    is_lost: bool,
}

/// How things are.
pub(super) enum Standing {
    /// All that there is has been sent.
    Level,
    /// Frames wait for room.
    Behind,
    /// There is nothing left to do.
    Over,
}

/// What its task keeps between two looks.
#[derive(Default)]
pub(super) struct Care {
    /// Since when the reader has taken nothing although there is something.
    stalled_since: Option<Instant>,
    ignored_bytes: usize,
}

impl Direct {
    pub(super) fn new(socket: Tracked) -> Self {
        let (stream, open, patience) = socket.into_parts();
        Self { stream, patience, state: Mutex::default(), changed: Notify::new(), _open: open }
    }

    pub(super) fn standing(&self) -> Standing {
        let state = self.state.lock();
        match (state.behind.is_empty(), state.has_ended, state.is_lost) {
            (.., true) | (true, true, _) => Standing::Over,
            (true, ..) => Standing::Level,
            (false, ..) => Standing::Behind,
        }
    }

    /// Waits until something is to be looked at: the reader has gone, there is room for what waits, or the state has
    /// changed. Cancelling the wait loses nothing.
    pub(super) async fn care(&self, is_behind: bool, care: &mut Care) -> io::Result<()> {
        if !is_behind {
            care.stalled_since = None;
            return tokio::select! {
                () = self.changed.notified() => Ok(()),
                ready = self.stream.ready(Interest::READABLE) => ready.and_then(|_| self.ignore(care)),
            };
        }
        let since = *care.stalled_since.get_or_insert_with(Instant::now);
        tokio::select! {
            () = self.changed.notified() => Ok(()),
            ready = self.stream.ready(Interest::READABLE | Interest::WRITABLE) => {
                let ready = ready?;
                if ready.is_readable() {
                    self.ignore(care)?;
                }
                if ready.is_writable() && self.catch_up()? {
                    care.stalled_since = None;
                }
                Ok(())
            }
            () = sleep_until(since + self.patience) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Reads what nobody asked for.
    fn ignore(&self, care: &mut Care) -> io::Result<()> {
        match self.stream.try_read(&mut [0; 256]) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                care.ignored_bytes += length;
                if care.ignored_bytes > IGNORED_BYTES_MAX {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends what waits as far as there is room; tells whether anything went.
    fn catch_up(&self) -> io::Result<bool> {
        let mut state = self.state.lock();
        let mut has_moved = false;
        while let Some(frame) = state.behind.front_mut() {
            match self.stream.try_write(frame) {
                Ok(length) => {
                    has_moved = true;
                    if length < frame.len() {
                        drop(frame.split_to(length));
                    } else {
                        state.behind.pop_front();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(has_moved)
    }
}

impl Outlet for Direct {
    fn push(&self, frame: &Bytes) {
        let mut state = self.state.lock();
        if state.has_ended || state.is_lost {
            return;
        }
        let mut sent = 0;
        if state.behind.is_empty() {
            match self.stream.try_write(frame) {
                Ok(length) if length == frame.len() => return,
                Ok(length) => sent = length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => state.is_lost = true,
            }
        }
        if state.behind.len() < BEHIND_MAX {
            state.behind.push_back(frame.slice(sent..));
        } else {
            state.is_lost = true;
        }
        drop(state);
        self.changed.notify_one();
    }

    fn end(&self) {
        self.state.lock().has_ended = true;
        self.changed.notify_one();
    }
}
