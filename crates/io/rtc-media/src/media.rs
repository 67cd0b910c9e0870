//! All workers of a process.

use crate::{
    Birth, Machine, MediaConfig, MediaError, Notice, WorkerHandle,
    candidates::{announced, candidates},
    handle::Waker,
    ports,
    worker::{self, Slot},
};
use parking_lot::Mutex;
use rtc_sfu::{Engine, Event, dtls::Identity};
use std::{
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
};
use tokio::sync::mpsc::UnboundedSender;

/// The workers. They end with [`Media::shutdown`] or when the last clone is dropped.
pub struct Media<M: Machine = Engine> {
    inner: Arc<Inner<M>>,
}

struct Inner<M: Machine> {
    slots: Vec<Arc<Slot<M>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<M: Machine> Clone for Media<M> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl Media {
    /// Binds the ports and starts the workers, each with an engine of its own. What they have to say goes to
    /// `notices`.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub fn start(
        config: &MediaConfig,
        identity: Arc<Identity>,
        notices: UnboundedSender<Notice<Event>>,
    ) -> Result<Self, MediaError> {
        let consent_timeout = config.consent_timeout;
        Self::start_with(config, move |birth| birth.engine(Arc::clone(&identity), consent_timeout), notices)
    }
}

impl<M: Machine> Media<M> {
    /// As [`Media::start`], with another machine than the engine; `make` runs on each worker's thread.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub fn start_with(
        config: &MediaConfig,
        make: impl Fn(Birth) -> M + Send + Sync + 'static,
        notices: UnboundedSender<Notice<M::Event>>,
    ) -> Result<Self, MediaError> {
        let listening = ports::listening(config);
        let told = announced(config, &listening)?;
        let make: Arc<worker::Make<M>> = Arc::new(make);
        let mut media = Inner { slots: Vec::new(), threads: Mutex::default() };
        for (index, ports) in ports::bind(config, &listening)?.into_iter().enumerate() {
            let candidates = candidates(&told, ports.port);
            let (slot, commands) = Slot::new(candidates.into(), Arc::new(Waker::new()?));
            let start = worker::Start {
                slot: Arc::clone(&slot),
                config: config.clone(),
                make: Arc::clone(&make),
                notices: notices.clone(),
                ports,
                commands,
            };
            let thread = std::thread::Builder::new().name(format!("media-{index}"));
            media.slots.push(slot);
            media.threads.get_mut().push(thread.spawn(move || worker::live(start))?);
        }
        Ok(Self { inner: Arc::new(media) })
    }

    /// The workers as they are now, one a port.
    pub fn workers(&self) -> Vec<WorkerHandle<M>> {
        self.inner.slots.iter().map(|slot| slot.current()).collect()
    }

    /// The worker to put the next room on. It may be dead where all are.
    ///
    /// # Panics
    /// Never: there is at least one worker.
    pub fn worker_least_loaded(&self) -> WorkerHandle<M> {
        /// What a room that was just placed is taken to weigh, in transports.
        const PICKED: u64 = 4;
        let weight = |worker: &WorkerHandle<M>| {
            let load = worker.load();
            let picked = worker.shared.load.picked.load(Ordering::Relaxed);
            // A thousandth of a core weighs as much as a transport that is silent.
            (!worker.is_alive(), load.busy_permille + load.transports + PICKED * picked)
        };
        let workers = self.workers().into_iter().min_by_key(weight);
        #[allow(clippy::expect_used, reason = "at least one worker is started")]
        let worker = workers.expect("a worker");
        worker.shared.load.picked.fetch_add(1, Ordering::Relaxed);
        worker
    }

    /// Ends the workers and waits for their threads. Transports end without a word to their peers.
    pub async fn shutdown(&self) {
        self.inner.stop();
        let threads: Vec<_> = self.inner.threads.lock().drain(..).collect();
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                // A thread that panicked has ended too.
                let _ = thread.join();
            }
        });
        // It fails only when the runtime ends.
        let _ = joined.await;
    }
}

impl<M: Machine> Inner<M> {
    fn stop(&self) {
        for slot in &self.slots {
            slot.stop();
        }
    }
}

impl<M: Machine> Drop for Inner<M> {
    fn drop(&mut self) {
        self.stop();
    }
}
