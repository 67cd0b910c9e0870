//! Figures of a worker, copied out once a second.

use rtc_sfu::EngineStats;
use std::time::Duration;

/// A worker's figures, since its start unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerStats {
    /// The engine's sums.
    pub engine: EngineStats,
    /// What went through the sockets.
    pub sockets: SocketStats,
    /// Times that the thread woke up.
    pub rounds: u64,
    /// CPU time of the thread.
    pub busy: Duration,
    /// Since the worker's start.
    pub uptime: Duration,
}

/// What went through a worker's sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketStats {
    /// UDP datagrams taken in.
    pub datagrams_in: u64,
    /// Bytes of them.
    pub bytes_in: u64,
    /// System calls that brought them.
    pub receive_calls: u64,
    /// UDP datagrams that the kernel dropped because its queue was full.
    pub kernel_dropped: u64,
    /// UDP datagrams handed to the kernel.
    pub datagrams_out: u64,
    /// Bytes of them.
    pub bytes_out: u64,
    /// System calls that took them.
    pub send_calls: u64,
    /// Messages that carried several datagrams (UDP_SEGMENT).
    pub segmented_sends: u64,
    /// UDP datagrams that the kernel would not take.
    pub sends_dropped: u64,
    /// TCP connections now.
    pub tcp_connections: u64,
    /// TCP connections turned away by a limit.
    pub tcp_refused: u64,
    /// TCP frames taken in.
    pub tcp_frames_in: u64,
    /// TCP frames written or queued.
    pub tcp_frames_out: u64,
    /// TCP frames dropped since the peer reads too slowly or has gone.
    pub tcp_frames_dropped: u64,
}
