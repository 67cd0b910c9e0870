//! What goes wrong outside the engine.

use std::{io, net::SocketAddr};
use thiserror::Error;

/// The worker that was called has died; what it held is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the media worker has died")]
pub struct WorkerDied;

/// Why the workers were not started.
#[derive(Debug, Error)]
pub enum MediaError {
    /// An address or port cannot be used.
    #[error("cannot listen on {protocol} {address}: {source}")]
    Listen {
        /// `UDP` or `TCP`.
        protocol: &'static str,
        /// Which address and port.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Every port of the range is taken.
    #[error(
        "no free media port in {min}-{max}: {workers} are needed, the last one tried was {protocol} {last}"
    )]
    NoPort {
        /// The first port of the range.
        min: u16,
        /// The last port of the range.
        max: u16,
        /// How many ports are needed.
        workers: usize,
        /// `UDP` or `TCP`.
        protocol: &'static str,
        /// The port that was taken, tried last.
        last: SocketAddr,
    },
    /// The range of ports makes no sense.
    #[error("the media ports {min}-{max} are no range")]
    Range {
        /// The first port.
        min: u16,
        /// The last port.
        max: u16,
    },
    /// The addresses of the machine's interfaces cannot be read.
    #[error("cannot read the machine's addresses: {0}")]
    Interfaces(io::Error),
    /// No address to tell peers of.
    #[error("no address to announce to peers: name one that the listening sockets can be reached at")]
    NothingAnnounced,
    /// The system gave no thread, no epoll or no randomness.
    #[error("cannot start a media worker: {0}")]
    Start(#[from] io::Error),
}
