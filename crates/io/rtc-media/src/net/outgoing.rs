//! The send buffer: the machine writes datagrams one after another, and what follows one another for one
//! peer leaves as one message.

use rtc_sfu::{Protocol, Transmit, Tuple};

/// Bytes that are collected before the kernel is called: about what a core's cache holds, so that the
/// kernel's copy finds them there.
const ARENA_BYTES: usize = 512 * 1024;
/// Most segments of one message (UDP_MAX_SEGMENTS of kernels before 6.11).
pub(crate) const SEGMENTS_MAX: usize = 64;
/// Most bytes of one message: what an IPv6 packet can carry behind its header, less than IPv4's 65,507.
const SEGMENTED_BYTES_MAX: usize = 65_487;
/// A TCP frame's length goes before it (RFC 4571).
const PREFIX: usize = 2;

/// Where full buffers go.
pub(crate) trait Sink {
    /// Sends the runs, which lie in `arena`, in order.
    fn send(&mut self, arena: &[u8], runs: &[Run]);
}

/// Datagrams for one peer that lie behind one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where they go.
    pub(crate) to: Tuple,
    /// Where they begin in the arena.
    pub(crate) start: usize,
    /// Bytes in all.
    pub(crate) bytes: usize,
    /// Bytes of each, but the last may be shorter. Of no meaning with TCP, whose frames have prefixes.
    pub(crate) segment: usize,
    /// How many.
    pub(crate) count: usize,
}

impl Run {
    /// The run's bytes.
    pub(crate) fn of<'a>(&self, arena: &'a [u8]) -> &'a [u8] {
        arena.get(self.start..self.start + self.bytes).unwrap_or_default()
    }

    /// Takes another datagram in, if it fits behind.
    fn join(&mut self, to: Tuple, bytes: usize) -> bool {
        let fits = self.to == to
            && match to.protocol {
                Protocol::Tcp => true,
                // A shorter segment ends a run: `bytes` is then no multiple of `segment`.
                Protocol::Udp => {
                    self.bytes == self.segment * self.count
                        && bytes <= self.segment
                        && self.count < SEGMENTS_MAX
                        && self.bytes + bytes <= SEGMENTED_BYTES_MAX
                }
            };
        if fits {
            self.bytes += bytes;
            self.count += 1;
        }
        fits
    }
}

/// The buffer and where it goes when it is full or a batch is done.
pub(crate) struct Outgoing<S> {
    arena: Box<[u8]>,
    used: usize,
    runs: Vec<Run>,
    sink: S,
}

impl<S: Sink> Outgoing<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self {
            arena: vec![0; ARENA_BYTES].into_boxed_slice(),
            used: 0,
            runs: Vec::with_capacity(ARENA_BYTES / 256),
            sink,
        }
    }

    /// Hands everything to the kernel.
    pub(crate) fn transmit(&mut self) {
        if !self.runs.is_empty() {
            self.sink.send(&self.arena[..self.used], &self.runs);
        }
        self.clear();
    }

    /// Forgets what was not sent: it may be half written.
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        self.used = 0;
    }

    pub(crate) fn sink(&mut self) -> &mut S {
        &mut self.sink
    }
}

impl<S: Sink> Transmit for Outgoing<S> {
    fn datagram(&mut self, to: Tuple, bytes: usize) -> &mut [u8] {
        let head = if to.protocol == Protocol::Tcp { PREFIX } else { 0 };
        let whole = head + bytes;
        if self.used + whole > self.arena.len() {
            self.transmit();
        }
        let start = self.used;
        self.used += whole;
        if !self.runs.last_mut().is_some_and(|last| last.join(to, whole)) {
            self.runs.push(Run { to, start, bytes: whole, segment: whole, count: 1 });
        }
        let (prefix, slot) = self.arena[start..start + whole].split_at_mut(head);
        if let Ok(length) = u16::try_from(bytes)
            && head == PREFIX
        {
            prefix.copy_from_slice(&length.to_be_bytes());
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    #[derive(Default)]
    struct Seen {
        calls: usize,
        runs: Vec<(Tuple, usize, usize, Vec<u8>)>,
    }

    impl Sink for Seen {
        fn send(&mut self, arena: &[u8], runs: &[Run]) {
            self.calls += 1;
            self.runs.extend(runs.iter().map(|run| (run.to, run.count, run.segment, run.of(arena).to_vec())));
        }
    }

    fn peer(protocol: Protocol, port: u16) -> Tuple {
        Tuple { protocol, local: 0, remote: SocketAddr::from(([192, 0, 2, 1], port)) }
    }

    fn shapes(sent: &[(Tuple, usize)]) -> Vec<(u16, usize, usize, usize)> {
        let mut out = Outgoing::new(Seen::default());
        for (to, bytes) in sent {
            out.datagram(*to, *bytes).fill(1);
        }
        out.transmit();
        let seen = &out.sink.runs;
        seen.iter().map(|(to, count, segment, all)| (to.remote.port(), *count, *segment, all.len())).collect()
    }

    #[test]
    fn datagrams_of_one_size_for_one_peer_leave_as_one_message() {
        let a = peer(Protocol::Udp, 1);
        assert_eq!(shapes(&[(a, 100), (a, 100), (a, 100)]), [(1, 3, 100, 300)]);
    }

    #[test]
    fn a_shorter_one_ends_a_message_and_a_longer_one_begins_the_next() {
        let a = peer(Protocol::Udp, 1);
        assert_eq!(
            shapes(&[(a, 100), (a, 100), (a, 40), (a, 40), (a, 90)]),
            [(1, 3, 100, 240), (1, 1, 40, 40), (1, 1, 90, 90)]
        );
    }

    #[test]
    fn another_peer_begins_another_message() {
        let (a, b) = (peer(Protocol::Udp, 1), peer(Protocol::Udp, 2));
        assert_eq!(
            shapes(&[(a, 100), (b, 100), (b, 100), (a, 100)]),
            [(1, 1, 100, 100), (2, 2, 100, 200), (1, 1, 100, 100)]
        );
    }

    #[test]
    fn a_message_has_at_most_64_segments_and_fits_a_packet() {
        let a = peer(Protocol::Udp, 1);
        assert_eq!(shapes(&[(a, 10); 70]), [(1, 64, 10, 640), (1, 6, 10, 60)]);
        assert_eq!(shapes(&[(a, 1200); 60]), [(1, 54, 1200, 64_800), (1, 6, 1200, 7200)]);
    }

    #[test]
    fn tcp_frames_carry_their_length_and_join_whatever_their_size() {
        let mut out = Outgoing::new(Seen::default());
        let a = peer(Protocol::Tcp, 1);
        out.datagram(a, 2).copy_from_slice(b"ab");
        out.datagram(a, 3).copy_from_slice(b"cde");
        out.transmit();
        assert_eq!(out.sink.runs.len(), 1);
        assert_eq!(out.sink.runs[0].3, b"\0\x02ab\0\x03cde");
    }

    #[test]
    fn a_full_buffer_is_sent_and_the_next_datagram_has_its_place() {
        let mut out = Outgoing::new(Seen::default());
        let a = peer(Protocol::Udp, 1);
        let count = ARENA_BYTES / 1200 + 1;
        for index in 0..count {
            out.datagram(a, 1200).fill(index as u8);
        }
        out.transmit();
        assert_eq!(out.sink.calls, 2);
        let all: Vec<u8> = out.sink.runs.iter().flat_map(|run| run.3.clone()).collect();
        assert_eq!(all.len(), count * 1200);
        assert!(all.chunks(1200).zip(0..count).all(|(slot, index)| slot.iter().all(|b| *b == index as u8)));
    }

    #[test]
    fn what_is_cleared_is_not_sent() {
        let mut out = Outgoing::new(Seen::default());
        out.datagram(peer(Protocol::Udp, 1), 10).fill(0);
        out.clear();
        out.transmit();
        assert_eq!(out.sink.calls, 0);
    }
}
