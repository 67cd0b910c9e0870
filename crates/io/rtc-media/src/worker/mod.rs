//! A worker's thread: wait, read, drive the machine, send, tell.
//!
//! The thread keeps its sockets for life. When its machine panics, the machine, its TCP connections and the
//! queue of commands go, and new ones take their place.

mod body;
#[cfg(test)]
mod tests;

use crate::{
    Birth, Machine, MediaConfig, Notice, WorkerHandle, WorkerId,
    handle::{COMMANDS_MAX, Command, LoadCells, Shared, Waker},
    ports::Ports,
};
use body::Body;
use parking_lot::RwLock;
use rtc_types::ortc::IceCandidate;
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::mpsc::{self, UnboundedSender};

/// Makes machines.
pub(crate) type Make<M> = dyn Fn(Birth) -> M + Send + Sync;

/// Names for workers, across the process.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A port and the worker that has it now.
pub(crate) struct Slot<M: Machine> {
    current: RwLock<WorkerHandle<M>>,
    candidates: Arc<[IceCandidate]>,
    waker: Arc<Waker>,
    stopping: AtomicBool,
}

impl<M: Machine> Slot<M> {
    /// A slot with its first worker, and where that one gets its commands.
    pub(crate) fn new(
        candidates: Arc<[IceCandidate]>,
        waker: Arc<Waker>,
    ) -> (Arc<Self>, mpsc::Receiver<Command<M>>) {
        let (handle, commands) = newborn(&candidates, &waker);
        let current = RwLock::new(handle);
        (Arc::new(Self { current, candidates, waker, stopping: AtomicBool::new(false) }), commands)
    }

    pub(crate) fn current(&self) -> WorkerHandle<M> {
        self.current.read().clone()
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.waker.wake();
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Puts a new worker in the place of the last one.
    fn replace(&self) -> mpsc::Receiver<Command<M>> {
        let (handle, commands) = newborn(&self.candidates, &self.waker);
        *self.current.write() = handle;
        commands
    }
}

fn newborn<M: Machine>(
    candidates: &Arc<[IceCandidate]>,
    waker: &Arc<Waker>,
) -> (WorkerHandle<M>, mpsc::Receiver<Command<M>>) {
    let (sender, receiver) = mpsc::channel(COMMANDS_MAX);
    let shared = Shared {
        id: WorkerId(NEXT_ID.fetch_add(1, Ordering::Relaxed)),
        commands: sender,
        waker: Arc::clone(waker),
        candidates: Arc::clone(candidates),
        load: LoadCells::default(),
        stats: parking_lot::Mutex::default(),
    };
    (WorkerHandle { shared: Arc::new(shared) }, receiver)
}

/// What a thread is started with.
pub(crate) struct Start<M: Machine> {
    pub(crate) slot: Arc<Slot<M>>,
    pub(crate) config: MediaConfig,
    pub(crate) make: Arc<Make<M>>,
    pub(crate) notices: UnboundedSender<Notice<M::Event>>,
    pub(crate) ports: Ports,
    pub(crate) commands: mpsc::Receiver<Command<M>>,
}

/// The thread's life.
pub(crate) fn live<M: Machine>(start: Start<M>) {
    let Start { slot, config, make, notices, ports, mut commands } = start;
    let mut body = match Body::new(ports, &config, Arc::clone(&slot.waker)) {
        Ok(body) => body,
        Err(error) => {
            // Dropping the receiver of its commands tells the callers.
            tracing::error!(%error, "a media worker cannot set its sockets up");
            return;
        }
    };
    loop {
        let worker = slot.current();
        let machine = catch_unwind(AssertUnwindSafe(|| Ok::<M, io::Error>(make(birth(body.epoch())?))));
        let Ok(Ok(mut machine)) = machine else {
            tracing::error!(worker = %worker.id(), "a media worker's engine cannot be made");
            return;
        };
        let lived = catch_unwind(AssertUnwindSafe(|| {
            body.run(&mut machine, &worker.shared, &mut commands, &notices, &slot.stopping);
        }));
        // What panicked may panic again when it is taken apart.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(machine)));
        if lived.is_ok() && dropped.is_ok() || slot.is_stopping() {
            return;
        }
        body.reset();
        let died = worker.id();
        // Its commands fail with the receiver, and only then can the new one be found.
        drop(commands);
        commands = slot.replace();
        tracing::error!(worker = %died, replacement = %slot.current().id(), "a media worker died of a panic");
        // Nobody listens any more: the process is ending.
        let _ = notices.send(Notice::WorkerDied { worker: died });
    }
}

/// Randomness and the clocks at `epoch`.
fn birth(epoch: Instant) -> io::Result<Birth> {
    let mut seed = [0; 32];
    let filled = rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty())?;
    if filled != seed.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ok(Birth { seed, unix_epoch: wall.saturating_sub(epoch.elapsed()), instant_epoch: epoch })
}
