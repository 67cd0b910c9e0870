//! Media worker threads: each owns its sockets and an engine of rtc-sfu.
//!
//! [`Media::start`] binds one UDP port and the TCP port of the same number a worker, and starts a thread for
//! each. A thread reads datagrams in batches, hands them to its [`Machine`] (the [`rtc_sfu::Engine`], or a
//! double in tests), and writes what the machine sends into one buffer that goes to the kernel in segmented,
//! batched calls. Nothing on that way is shared: no lock, no channel. Commands come in as closures
//! ([`WorkerHandle::call`]) and facts leave as [`Notice`]s.
//!
//! A panic that gets out of a machine ends that *worker*, not the process: its calls fail with [`WorkerDied`],
//! a fresh machine takes over the ports, and the owner hears [`Notice::WorkerDied`].

mod candidates;
mod config;
mod error;
mod handle;
mod interfaces;
mod machine;
mod media;
mod net;
mod ports;
mod stats;
mod worker;

pub use config::MediaConfig;
pub use error::{MediaError, WorkerDied};
pub use handle::{Load, Notice, WorkerHandle, WorkerId};
pub use machine::{Birth, Machine};
pub use media::Media;
pub use stats::{SocketStats, WorkerStats};
