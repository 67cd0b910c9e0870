//! A worker as its callers see it.

use crate::{Machine, WorkerDied, WorkerStats};
use parking_lot::Mutex;
use rtc_sfu::{Engine, Event, Time};
use rtc_types::ortc::IceCandidate;
use rustix::event::{EventfdFlags, eventfd};
use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};

/// Commands that wait at a worker at most; callers wait beyond.
pub(crate) const COMMANDS_MAX: usize = 1024;

/// A worker's name. One that takes over from a dead one has another: ids of the dead one's engine mean
/// nothing to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(pub(crate) u64);

impl std::fmt::Display for WorkerId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// What a worker tells its owner.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice<E = Event> {
    /// A fact of its engine.
    Event {
        /// Whose.
        worker: WorkerId,
        /// What.
        event: E,
    },
    /// It has died with all that it held; another has its ports already. No event of it follows.
    WorkerDied {
        /// Which.
        worker: WorkerId,
    },
}

/// How busy a worker is, over the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Transports that it holds.
    pub transports: u64,
    /// UDP datagrams a second, both ways.
    pub packets_per_second: u64,
    /// CPU time of the thread, in thousandths of a core.
    pub busy_permille: u64,
}

/// [`Load`] where the worker writes it.
#[derive(Default)]
pub(crate) struct LoadCells {
    pub(crate) transports: AtomicU64,
    pub(crate) packets_per_second: AtomicU64,
    pub(crate) busy_permille: AtomicU64,
    /// How often it was picked since the figures were taken: what was placed there does not show in them yet.
    pub(crate) picked: AtomicU64,
}

/// A closure for the worker's thread.
pub(crate) type Command<M> = Box<dyn FnOnce(&mut M, Time) + Send>;

/// Ends a worker's wait.
pub(crate) struct Waker {
    fd: OwnedFd,
    signalled: AtomicBool,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { fd, signalled: AtomicBool::new(false) })
    }

    pub(crate) fn wake(&self) {
        if !self.signalled.swap(true, Ordering::AcqRel) {
            // It fails only when the counter is full, and then the worker is awake.
            let _ = rustix::io::write(&self.fd, &1_u64.to_ne_bytes());
        }
    }

    /// Called by the worker before it looks for what it was woken for.
    pub(crate) fn reset(&self) {
        // It fails only when nothing was written, and then there is nothing to take back.
        let _ = rustix::io::read(&self.fd, &mut [0_u8; 8]);
        self.signalled.swap(false, Ordering::AcqRel);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// What a worker and its callers share.
pub(crate) struct Shared<M> {
    pub(crate) id: WorkerId,
    pub(crate) commands: mpsc::Sender<Command<M>>,
    pub(crate) waker: Arc<Waker>,
    pub(crate) candidates: Arc<[IceCandidate]>,
    pub(crate) load: LoadCells,
    pub(crate) stats: Mutex<WorkerStats>,
}

/// One worker. It stands for the worker that it was taken from and never for the one that took over when
/// that one died: it is dead then for good.
pub struct WorkerHandle<M: Machine = Engine> {
    pub(crate) shared: Arc<Shared<M>>,
}

impl<M: Machine> Clone for WorkerHandle<M> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<M: Machine> std::fmt::Debug for WorkerHandle<M> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WorkerHandle").field("id", &self.shared.id).finish_non_exhaustive()
    }
}

impl<M: Machine> WorkerHandle<M> {
    /// Its name.
    pub fn id(&self) -> WorkerId {
        self.shared.id
    }

    /// Whether it has not died. It may the next moment.
    pub fn is_alive(&self) -> bool {
        !self.shared.commands.is_closed()
    }

    /// The ICE candidates of its sockets, for every announced address: UDP, then passive TCP.
    pub fn candidates(&self) -> Vec<IceCandidate> {
        self.shared.candidates.to_vec()
    }

    /// How busy it was over the last second.
    pub fn load(&self) -> Load {
        let cells = &self.shared.load;
        Load {
            transports: cells.transports.load(Ordering::Relaxed),
            packets_per_second: cells.packets_per_second.load(Ordering::Relaxed),
            busy_permille: cells.busy_permille.load(Ordering::Relaxed),
        }
    }

    /// Its figures, at most a second old.
    pub fn stats(&self) -> WorkerStats {
        *self.shared.stats.lock()
    }

    /// Runs a closure on the worker's thread and gives its result. Calls of one task run in their order; what
    /// they cause to be sent is sent right after. The closure must not block: media waits for it.
    ///
    /// # Errors
    /// The worker died before the closure was done, or the closure panicked, of which the worker dies.
    pub async fn call<R: Send + 'static>(
        &self,
        run: impl FnOnce(&mut M, Time) -> R + Send + 'static,
    ) -> Result<R, WorkerDied> {
        let (answer, result) = oneshot::channel();
        let command: Command<M> = Box::new(move |machine, now| {
            // A caller that has gone needs no answer.
            let _ = answer.send(run(machine, now));
        });
        self.shared.commands.send(command).await.map_err(|_| WorkerDied)?;
        self.shared.waker.wake();
        result.await.map_err(|_| WorkerDied)
    }

    /// Runs a closure on the worker's thread some time, without waiting for it; for what cleans up. It is
    /// dropped where the worker is dead, and `false` given where it is dead or 1,024 commands wait already.
    pub fn post(&self, run: impl FnOnce(&mut M, Time) + Send + 'static) -> bool {
        let is_queued = self.shared.commands.try_send(Box::new(run)).is_ok();
        self.shared.waker.wake();
        is_queued
    }
}
