//! rtc-media as this module uses it.

use super::room::Entity;
use crate::live::RoomCell;
use dashmap::DashMap;
use rtc_sfu::{Engine, Event, Time};
use rtc_types::ortc::IceCandidate;
use std::sync::{Arc, Weak};

/// Names a worker, never twice in a process.
pub(crate) type WorkerId = u32;

/// The worker died before it answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkerLost;

/// What the media workers report.
pub(crate) enum WorkerEvent {
    /// Of a worker's engine.
    Engine(WorkerId, Event),
    /// A worker died; another is in its place.
    Died(WorkerId),
}

/// The media workers, for [`crate::App::with_media`].
pub struct MediaPlane {
    never: Never,
}

enum Never {}

impl MediaPlane {
    /// Workers that run.
    pub fn workers(&self) -> usize {
        match self.never {}
    }

    /// The workers that run.
    pub(crate) fn all(&self) -> Vec<Worker> {
        match self.never {}
    }

    /// Where a new room goes.
    pub(crate) fn least_loaded(&self) -> Result<Worker, WorkerLost> {
        match self.never {}
    }

    /// The next report; `None` where no worker is left, or somebody else listens.
    pub(crate) async fn next_event(&self) -> Option<WorkerEvent> {
        match self.never {}
    }
}

/// One worker.
#[derive(Clone)]
pub(crate) struct Worker(Arc<Never>);

impl Worker {
    pub(crate) fn id(&self) -> WorkerId {
        match *self.0 {}
    }

    /// Runs a command on the worker's thread, in the order of the calls.
    pub(crate) async fn call<R: Send + 'static>(
        &self,
        _command: impl FnOnce(&mut Engine, Time) -> R + Send + 'static,
    ) -> Result<R, WorkerLost> {
        match *self.0 {}
    }

    /// Where clients reach it.
    pub(crate) fn candidates(&self) -> Vec<IceCandidate> {
        match *self.0 {}
    }
}

/// By what the engines name things: in which room they are.
pub(crate) type Index = DashMap<(WorkerId, Entity), Weak<RoomCell>>;

/// What all rooms share.
pub(crate) struct Shared {
    pub(crate) plane: MediaPlane,
    pub(crate) index: Arc<Index>,
}

impl Shared {
    pub(crate) fn new(plane: MediaPlane) -> Self {
        Self { plane, index: Arc::default() }
    }
}
