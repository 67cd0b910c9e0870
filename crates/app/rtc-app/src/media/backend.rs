//! rtc-media as this module uses it.

use super::room::Entity;
use crate::live::RoomCell;
use dashmap::DashMap;
use rtc_media::{Media, MediaConfig, Notice, WorkerHandle};
use rtc_sfu::dtls::Identity;
use std::sync::{Arc, Weak};
use thiserror::Error;
use tokio::sync::{Mutex, mpsc::UnboundedReceiver};

pub(crate) use rtc_media::{WorkerDied, WorkerId};

/// One worker.
pub(crate) type Worker = WorkerHandle;

/// Why the media workers were not started.
#[derive(Debug, Error)]
pub enum MediaStartError {
    /// Ports, addresses, threads.
    #[error(transparent)]
    Workers(#[from] rtc_media::MediaError),
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
}

/// The media workers, for [`crate::App::with_media`]. They end when it is dropped.
pub struct MediaPlane {
    media: Media,
    notices: Mutex<UnboundedReceiver<Notice>>,
}

impl MediaPlane {
    /// Binds the ports, makes the process's certificate and starts the workers.
    ///
    /// # Errors
    /// See [`MediaStartError`].
    pub fn start(config: &MediaConfig) -> Result<Self, MediaStartError> {
        let identity =
            Identity::generate().map_err(|error| MediaStartError::Certificate(error.to_string()))?;
        let (sender, notices) = tokio::sync::mpsc::unbounded_channel();
        let media = Media::start(config, Arc::new(identity), sender)?;
        Ok(Self { media, notices: Mutex::new(notices) })
    }

    /// The workers as they are now.
    pub(crate) fn workers(&self) -> Vec<Worker> {
        self.media.workers()
    }

    /// Where a new room goes.
    pub(crate) fn least_loaded(&self) -> Worker {
        self.media.worker_least_loaded()
    }

    /// The next report; `None` where no worker is left. One task listens.
    pub(crate) async fn next_notice(&self) -> Option<Notice> {
        self.notices.lock().await.recv().await
    }

    /// Ends the workers.
    pub(crate) async fn shutdown(&self) {
        self.media.shutdown().await;
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
