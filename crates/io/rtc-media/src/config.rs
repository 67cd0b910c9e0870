//! How many workers, where they listen, and what peers are told.

use std::{net::IpAddr, time::Duration};

/// How media workers are started.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Threads; 0: one a core.
    pub workers: usize,
    /// Addresses to listen on; empty: all of the machine's, IPv4 and (where there is any) IPv6.
    pub listen: Vec<IpAddr>,
    /// Addresses that peers are told of; empty: those listened on, or with a wildcard those of the machine's
    /// interfaces.
    pub announced: Vec<IpAddr>,
    /// Whether the machine's loopback addresses are announced too, where `announced` is empty: for development
    /// and tests. They are anyway where there is no other address.
    pub announce_loopback: bool,
    /// The first port that may be taken; 0: any free one. Every worker needs one, for UDP and TCP.
    pub port_min: u16,
    /// The last port that may be taken; 0 with `port_min` set: as many as there are workers.
    pub port_max: u16,
    /// How long a transport may be without an authenticated ICE check.
    pub consent_timeout: Duration,
    /// Bytes asked of the kernel for each UDP socket's queues, each way.
    pub socket_buffer_bytes: usize,
    /// TCP connections a worker holds at most.
    pub tcp_connections_max: usize,
    /// TCP connections from one address (IPv6: one /64) that have not passed an ICE check yet, at most.
    pub tcp_unproven_per_address_max: usize,
    /// How long a TCP connection may go without passing an ICE check.
    pub tcp_unproven_timeout: Duration,
    /// How long a TCP connection that passed a check may be silent, either way.
    pub tcp_idle_timeout: Duration,
    /// Bytes that wait for a slow TCP peer at most; frames beyond are dropped.
    pub tcp_queue_bytes_max: usize,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            workers: 0,
            listen: Vec::new(),
            announced: Vec::new(),
            announce_loopback: true,
            port_min: 0,
            port_max: 0,
            consent_timeout: Duration::from_secs(30),
            socket_buffer_bytes: 8 * 1024 * 1024,
            tcp_connections_max: 1000,
            tcp_unproven_per_address_max: 20,
            tcp_unproven_timeout: Duration::from_secs(10),
            tcp_idle_timeout: Duration::from_secs(60),
            tcp_queue_bytes_max: 256 * 1024,
        }
    }
}

impl MediaConfig {
    /// How many threads are started.
    pub(crate) fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        }
    }
}
