//! A worker's sockets as one way out: UDP in segmented batches, TCP in frames.

use super::{
    connections::Connections,
    outgoing::{Run, SEGMENTS_MAX, Sink},
    sys::{BATCH, Message, SendBatch},
    udp::UdpPort,
};
use crate::stats::SocketStats;
use rtc_sfu::{Protocol, Time, Tuple};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::AsFd,
};

/// Local addresses told apart at most; what comes to others is answered from where the system likes.
const PATHS_MAX: usize = 256;
/// Segmented messages that must fail, before any was taken, until no more are tried.
const SEGMENT_FAILURES_MAX: u32 = 8;

/// A socket, and with a wildcard one the address of ours that the peer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Path {
    socket: usize,
    source: Option<IpAddr>,
}

/// The sockets, and what is counted at them.
pub(crate) struct Wire {
    pub(crate) udp: Vec<UdpPort>,
    /// What [`Tuple::local`] of UDP tuples counts; the first ones are the sockets themselves.
    paths: Vec<Path>,
    pub(crate) tcp: Connections,
    pub(crate) stats: SocketStats,
    /// The time of the batch.
    pub(crate) now: Time,
    batch: SendBatch,
}

impl Wire {
    pub(crate) fn new(udp: Vec<UdpPort>, tcp: Connections) -> Self {
        let paths = (0..udp.len()).map(|socket| Path { socket, source: None }).collect();
        let stats = SocketStats::default();
        Self { udp, paths, tcp, stats, now: Time::ZERO, batch: SendBatch::new() }
    }

    /// How a datagram came that a socket received at `to`.
    pub(crate) fn tuple(&mut self, socket: usize, to: Option<IpAddr>, remote: SocketAddr) -> Tuple {
        let source = to.filter(|_| self.udp.get(socket).is_some_and(|port| port.wildcard));
        let path = Path { socket, source };
        let local = self.paths.iter().position(|known| *known == path).unwrap_or_else(|| {
            if self.paths.len() == PATHS_MAX {
                return socket;
            }
            self.paths.push(path);
            self.paths.len() - 1
        });
        Tuple { protocol: Protocol::Udp, local: local as u32, remote }
    }

    fn path(&self, to: &Tuple) -> Option<Path> {
        (to.protocol == Protocol::Udp).then(|| self.paths.get(to.local as usize).copied())?
    }

    /// Sends runs of one socket.
    fn send_udp(&mut self, socket: usize, arena: &[u8], mut runs: &[Run]) {
        while let Some(first) = runs.first() {
            let segments = self.udp.get(socket).is_some_and(|port| port.segments);
            if first.count > 1 && !segments {
                self.send_apart(socket, arena, first);
                runs = &runs[1..];
                continue;
            }
            let batch = runs.iter().take(BATCH).take_while(|run| segments || run.count == 1);
            let messages = batch.clone().map(|run| {
                let source = self.paths.get(run.to.local as usize).and_then(|path| path.source);
                let segment = (run.count > 1).then_some(run.segment as u16);
                Message { to: run.to.remote, from: source, bytes: run.of(arena), segment }
            });
            let (taken, error) = hand_over(&mut self.batch, &self.udp[socket], messages, &mut self.stats);
            for run in &runs[..taken] {
                self.count(run);
            }
            runs = &runs[taken..];
            let Some(error) = error else { continue };
            let Some(first) = runs.first() else { continue };
            if is_congestion(&error) {
                // The device is slower than we are; what waits now would only come late.
                let dropped = batch_rest(runs, taken);
                self.stats.sends_dropped += dropped.iter().map(|run| run.count as u64).sum::<u64>();
                runs = &runs[dropped.len()..];
            } else {
                if first.count > 1 && is_about_segments(&error) {
                    self.note_segments_refused(socket);
                    self.send_apart(socket, arena, first);
                } else {
                    self.stats.sends_dropped += first.count as u64;
                }
                runs = &runs[1..];
            }
        }
    }

    /// Sends the datagrams of a run as messages of their own.
    fn send_apart(&mut self, socket: usize, arena: &[u8], run: &Run) {
        let source = self.path(&run.to).and_then(|path| path.source);
        let (mut rest, all) = (0..run.count, run.of(arena));
        while !rest.is_empty() {
            let pieces = rest.clone().take(SEGMENTS_MAX).filter_map(|index| {
                let start = index * run.segment;
                let bytes = all.get(start..(start + run.segment).min(all.len()))?;
                Some(Message { to: run.to.remote, from: source, bytes, segment: None })
            });
            let (taken, error) = hand_over(&mut self.batch, &self.udp[socket], pieces, &mut self.stats);
            self.stats.datagrams_out += taken as u64;
            self.stats.bytes_out += (taken * run.segment).min(all.len()) as u64;
            rest.start += taken;
            if let Some(error) = error {
                let dropped = if is_congestion(&error) { rest.len() } else { rest.len().min(1) };
                self.stats.sends_dropped += dropped as u64;
                rest.start += dropped;
            }
        }
    }

    fn note_segments_refused(&mut self, socket: usize) {
        let (stats, Some(port)) = (&self.stats, self.udp.get_mut(socket)) else { return };
        port.segment_failures += 1;
        if stats.segmented_sends == 0 && port.segment_failures >= SEGMENT_FAILURES_MAX {
            port.segments = false;
            tracing::warn!("the kernel takes no segmented UDP messages; sending costs more CPU without them");
        }
    }

    fn count(&mut self, run: &Run) {
        self.stats.datagrams_out += run.count as u64;
        self.stats.bytes_out += run.bytes as u64;
        self.stats.segmented_sends += u64::from(run.count > 1);
    }
}

impl Sink for Wire {
    fn send(&mut self, arena: &[u8], mut runs: &[Run]) {
        while let Some(first) = runs.first() {
            let taken = match self.path(&first.to) {
                Some(Path { socket, .. }) => {
                    let same = |run: &&Run| self.path(&run.to).is_some_and(|path| path.socket == socket);
                    let count = runs.iter().take_while(same).count();
                    self.send_udp(socket, arena, &runs[..count]);
                    count
                }
                None => {
                    let bytes = first.of(arena);
                    self.tcp.write(self.now, first.to.local, bytes, first.count, &mut self.stats);
                    1
                }
            };
            runs = &runs[taken..];
        }
    }
}

/// Calls the kernel once, and once more where its queue was full and has room now. Gives how many messages it
/// took, and what it had against the next one.
fn hand_over<'a>(
    batch: &mut SendBatch,
    port: &UdpPort,
    messages: impl Iterator<Item = Message<'a>> + Clone,
    stats: &mut SocketStats,
) -> (usize, Option<io::Error>) {
    let mut retried = false;
    loop {
        stats.send_calls += 1;
        match batch.send(port.as_fd(), messages.clone()) {
            Ok(0) => return (0, Some(io::ErrorKind::WouldBlock.into())),
            Ok(taken) => return (taken, None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_congestion(&error) && !retried => {
                retried = true;
                let now = Timespec { tv_sec: 0, tv_nsec: 0 };
                // Whether it has room or not, the next try tells.
                let _ = poll(&mut [PollFd::new(port, PollFlags::OUT)], Some(&now));
            }
            Err(error) => return (0, Some(error)),
        }
    }
}

/// What is left of a batch of which some were taken.
fn batch_rest(runs: &[Run], taken: usize) -> &[Run] {
    &runs[..runs.len().min(BATCH.saturating_sub(taken)).max(1)]
}

fn is_congestion(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::ENOBUFS)
}

/// EIO: the device cannot; EINVAL: the kernel cannot; EMSGSIZE: a segment is larger than the device's packets,
/// which may be cut only one by one.
fn is_about_segments(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE | libc::EOPNOTSUPP | libc::ENOPROTOOPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Outgoing, TcpLimits, sys::set_option};
    use rtc_sfu::Transmit;
    use rustix::event::epoll;
    use std::{net::UdpSocket, sync::Arc, time::Duration};

    /// A wire of one socket, and a peer of it.
    fn wire() -> (Outgoing<Wire>, UdpSocket, Tuple) {
        let peer = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        peer.set_read_timeout(Some(Duration::from_secs(10))).expect("a deadline");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let port = UdpPort::new(socket, 1 << 20).expect("set up");
        let limits = TcpLimits {
            connections_max: 1,
            unproven_per_address_max: 1,
            unproven_timeout: Duration::ZERO,
            idle_timeout: Duration::ZERO,
            queue_bytes_max: 0,
        };
        let poller = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll"));
        let mut wire = Wire::new(vec![port], Connections::new(poller, 0, limits));
        let to = wire.tuple(0, None, peer.local_addr().expect("bound"));
        (Outgoing::new(wire), peer, to)
    }

    fn send(out: &mut Outgoing<Wire>, to: Tuple, count: u8, bytes: usize) {
        for index in 0..count {
            out.datagram(to, bytes).fill(index);
        }
        out.transmit();
    }

    fn receive(peer: &UdpSocket, count: u8, bytes: usize) {
        let mut buffer = [0; 2000];
        for index in 0..count {
            assert_eq!(peer.recv(&mut buffer).expect("a datagram"), bytes);
            assert_eq!(buffer[0], index);
        }
    }

    #[test]
    fn where_the_kernel_refuses_segments_datagrams_go_out_one_by_one_and_it_is_asked_no_more() {
        let (mut out, peer, to) = wire();
        // The kernel takes no segments on a socket that sends without checksums.
        set_option(out.sink().udp[0].as_fd(), libc::SOL_SOCKET, libc::SO_NO_CHECK, 1).expect("set");
        for _ in 0..SEGMENT_FAILURES_MAX + 1 {
            send(&mut out, to, 3, 100);
            receive(&peer, 3, 100);
        }
        let wire = out.sink();
        assert!(!wire.udp[0].segments);
        assert_eq!((wire.stats.segmented_sends, wire.stats.sends_dropped), (0, 0));
        assert_eq!(wire.stats.datagrams_out, 3 * u64::from(SEGMENT_FAILURES_MAX + 1));
        assert_eq!(wire.stats.bytes_out, 300 * u64::from(SEGMENT_FAILURES_MAX + 1));
    }

    #[test]
    fn more_messages_than_a_call_takes_go_out_in_several() {
        let (mut out, peer, to) = wire();
        let other = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let away = Tuple { remote: other.local_addr().expect("bound"), ..to };
        for index in 0..100 {
            out.datagram(to, 100).fill(index);
            out.datagram(away, 10).fill(0);
        }
        out.transmit();
        receive(&peer, 100, 100);
        assert_eq!((out.sink().stats.datagrams_out, out.sink().stats.send_calls), (200, 4));
    }

    #[test]
    fn a_datagram_that_cannot_be_sent_is_counted_and_stops_no_other() {
        let (mut out, peer, to) = wire();
        // An IPv4 socket has no way to IPv6.
        let nowhere = Tuple { remote: "[::1]:9".parse().expect("an address"), ..to };
        out.datagram(to, 10).fill(0);
        out.datagram(nowhere, 10).fill(0);
        out.datagram(to, 10).fill(1);
        out.transmit();
        receive(&peer, 2, 10);
        assert_eq!((out.sink().stats.datagrams_out, out.sink().stats.sends_dropped), (2, 1));
    }

    #[test]
    fn paths_are_told_apart_by_our_address_only_where_the_socket_has_several() {
        let (mut out, _peer, to) = wire();
        let ours = Some("127.0.0.9".parse().expect("an address"));
        assert_eq!(out.sink().tuple(0, ours, to.remote), to);
        out.sink().udp[0].wildcard = true;
        let known = out.sink().tuple(0, ours, to.remote);
        assert_ne!(known, to);
        assert_eq!(out.sink().tuple(0, ours, to.remote), known);
        for last in 0..=255_u8 {
            for third in 0..4 {
                out.sink().tuple(0, Some(IpAddr::from([127, 0, third, last])), to.remote);
            }
        }
        assert_eq!(out.sink().paths.len(), PATHS_MAX, "addresses are remembered within a limit");
    }
}
