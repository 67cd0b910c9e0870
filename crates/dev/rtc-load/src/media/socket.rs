//! UDP sockets that are polled: batches in, single datagrams or equal segments out, arrival times on demand.
//!
//! A receiver that sleeps in the kernel bills its wake-up to the sender, that is to the server under test. So
//! nobody ever waits on these sockets; whoever owns them looks at them every few milliseconds, and their buffers
//! are large enough for what comes meanwhile.
//!
//! Segments that were sent with one call arrive as one piece and are taken apart here, for every server alike
//! (`UDP_GRO`). Without it the loopback device cuts them on the sender's time, which on a real line is the network
//! card's work.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use anyhow::{Context, Result};

/// Pieces that one call takes at most; each is a datagram, or a run of equal ones.
pub const BATCH: usize = 64;
/// Bytes of a piece: as many as UDP has.
const PIECE_BYTES: usize = 65_536;
/// Bytes of packets that may wait in a socket.
const RECEIVE_BUFFER_BYTES: libc::c_int = 4 << 20;
/// Room for an arrival time and a segment's length, in 8-byte words.
const CONTROL_WORDS: usize = 12;

/// A connected socket that never blocks.
pub struct Socket {
    inner: UdpSocket,
    remote: SocketAddr,
}

impl Socket {
    /// Binds a free port of `local` and connects it to `remote`.
    pub fn connect(local: IpAddr, remote: SocketAddr) -> Result<Self> {
        let socket = Self::bind(local)?;
        Self::join(socket, remote)
    }

    /// A socket with a port, for when the remote address is told later.
    pub fn bind(local: IpAddr) -> Result<UdpSocket> {
        UdpSocket::bind((local, 0)).with_context(|| format!("no UDP socket at {local}"))
    }

    /// Connects a bound socket and gives it its large buffer.
    pub fn join(inner: UdpSocket, remote: SocketAddr) -> Result<Self> {
        inner.connect(remote).with_context(|| format!("cannot connect to {remote}"))?;
        inner.set_nonblocking(true)?;
        // The forced one is root's; the other is cut to the machine's limit. Both may fail, and then it is small.
        if set_option(&inner, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES).is_err() {
            set_option(&inner, libc::SOL_SOCKET, libc::SO_RCVBUF, RECEIVE_BUFFER_BYTES)?;
        }
        let socket = Self { inner, remote };
        socket.take_segments_whole(true)?;
        Ok(socket)
    }

    /// Where it sends to.
    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Where it is bound.
    pub fn local(&self) -> Result<SocketAddr> {
        Ok(self.inner.local_addr()?)
    }

    /// Sends a datagram. A full or refusing socket loses it, as a network would.
    pub fn send(&self, datagram: &[u8]) {
        let _ = self.inner.send(datagram);
    }

    /// Whether a segmented send arrives in one piece; otherwise the kernel cuts it on the sender's time.
    pub fn take_segments_whole(&self, on: bool) -> Result<()> {
        set_option(&self.inner, libc::SOL_UDP, libc::UDP_GRO, on.into())
    }

    /// Whether the kernel notes when each datagram arrives.
    pub fn note_arrivals(&self, on: bool) -> Result<()> {
        set_option(&self.inner, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, on.into())
    }

    /// Takes what has arrived, [`BATCH`] pieces at most, and returns how many; none when there is nothing. Their
    /// datagrams are in the batch.
    #[expect(unsafe_code, reason = "the standard library has no recvmmsg")]
    pub fn receive(&self, batch: &mut Batch) -> usize {
        batch.prepare();
        // SAFETY: every header points into buffers that `batch` owns and that live through the call.
        let count = unsafe {
            let (fd, headers) = (self.inner.as_raw_fd(), batch.headers.as_mut_ptr());
            libc::recvmmsg(fd, headers, BATCH as u32, libc::MSG_DONTWAIT, std::ptr::null_mut())
        };
        batch.take_apart(usize::try_from(count).unwrap_or(0))
    }
}

#[expect(unsafe_code, reason = "the standard library has few socket options")]
fn set_option(socket: &UdpSocket, level: i32, option: i32, value: libc::c_int) -> Result<()> {
    // SAFETY: `value` is a live c_int for the length of the call, which keeps no pointer to it.
    let done = unsafe {
        let value = std::ptr::from_ref(&value).cast();
        libc::setsockopt(socket.as_raw_fd(), level, option, value, size_of::<libc::c_int>() as u32)
    };
    if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()).context("socket option") }
}

/// Buffers for one call of [`Socket::receive`]; one a thread is enough.
pub struct Batch {
    buffers: Vec<u8>,
    controls: Box<[[u64; CONTROL_WORDS]]>,
    /// Pointed to by `headers`.
    _vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    /// Headers that the kernel wrote to.
    filled: usize,
    datagrams: Vec<Datagram>,
}

/// A datagram of a batch.
#[derive(Clone, Copy)]
struct Datagram {
    start: usize,
    length: usize,
    arrival_ns: Option<u64>,
}

impl Batch {
    /// Empty buffers.
    #[expect(unsafe_code, reason = "message headers are C structs without a constructor")]
    pub fn new() -> Self {
        let mut buffers = vec![0; BATCH * PIECE_BYTES];
        let mut controls = vec![[0; CONTROL_WORDS]; BATCH].into_boxed_slice();
        let mut vectors: Box<[libc::iovec]> = buffers
            .chunks_exact_mut(PIECE_BYTES)
            .map(|piece| libc::iovec { iov_base: piece.as_mut_ptr().cast(), iov_len: PIECE_BYTES })
            .collect();
        let headers = vectors.iter_mut().zip(&mut controls).map(|(vector, control)| {
            // SAFETY: all-zero is a valid mmsghdr: null pointers and zero lengths.
            let mut header: libc::mmsghdr = unsafe { zeroed() };
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header
        });
        let headers = headers.collect();
        Self { buffers, controls, _vectors: vectors, headers, filled: BATCH, datagrams: Vec::new() }
    }

    /// Offers the room for control messages anew, since the kernel overwrites its length.
    fn prepare(&mut self) {
        for header in &mut self.headers[..self.filled] {
            header.msg_hdr.msg_controllen = CONTROL_WORDS * size_of::<u64>();
        }
    }

    /// Lists the datagrams of the first `pieces`.
    fn take_apart(&mut self, pieces: usize) -> usize {
        self.filled = pieces;
        self.datagrams.clear();
        for (index, header) in self.headers[..pieces].iter().enumerate() {
            let used = header.msg_hdr.msg_controllen / size_of::<u64>();
            let notes = Notes::read(&self.controls[index][..used.min(CONTROL_WORDS)]);
            let total = (header.msg_len as usize).min(PIECE_BYTES);
            let segment = notes.segment.filter(|segment| *segment > 0).unwrap_or(total);
            let mut done = 0;
            while done < total {
                let (start, length) = (index * PIECE_BYTES + done, segment.min(total - done));
                self.datagrams.push(Datagram { start, length, arrival_ns: notes.arrival_ns });
                done += length;
            }
        }
        pieces
    }

    /// How many datagrams the last call brought.
    pub fn datagrams(&self) -> usize {
        self.datagrams.len()
    }

    /// The datagram at `index`, to be read or undone in place.
    pub fn datagram(&mut self, index: usize) -> &mut [u8] {
        let Datagram { start, length, .. } = self.datagrams[index];
        &mut self.buffers[start..start + length]
    }

    /// When the datagram at `index` arrived in the kernel, in nanoseconds of the machine's wall clock; known where
    /// it was asked for.
    pub fn arrival_ns(&self, index: usize) -> Option<u64> {
        self.datagrams[index].arrival_ns
    }
}

/// What the kernel notes beside a piece.
#[derive(Default)]
struct Notes {
    arrival_ns: Option<u64>,
    segment: Option<usize>,
}

impl Notes {
    /// Walks the control messages: each a cmsghdr (its length, then level and type in one word) and its data.
    fn read(mut words: &[u64]) -> Self {
        const HEADER_WORDS: usize = size_of::<libc::cmsghdr>() / size_of::<u64>();
        let mut notes = Self::default();
        while let [length, kind, data @ ..] = words {
            let used = (*length as usize).div_ceil(size_of::<u64>());
            match ((*kind as u32 as i32, (*kind >> 32) as i32), data) {
                ((libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS), [seconds, nanos, ..]) => {
                    notes.arrival_ns = Some(seconds * 1_000_000_000 + nanos);
                }
                ((libc::SOL_UDP, libc::UDP_GRO), [segment, ..]) => {
                    notes.segment = Some(*segment as u32 as usize)
                }
                _ => {}
            }
            words = words.get(used.max(HEADER_WORDS)..).unwrap_or_default();
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn pair() -> (Socket, Socket) {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (a, b) = (Socket::bind(local).expect("a socket"), Socket::bind(local).expect("a socket"));
        let (at_a, at_b) = (a.local_addr().expect("bound"), b.local_addr().expect("bound"));
        (Socket::join(a, at_b).expect("connects"), Socket::join(b, at_a).expect("connects"))
    }

    #[test]
    fn what_was_sent_is_taken_in_batches_without_waiting() {
        let (a, b) = pair();
        let mut batch = Batch::new();
        assert_eq!(b.receive(&mut batch), 0);
        for n in 0..BATCH as u8 + 3 {
            a.send(&[n; 5]);
        }
        assert_eq!((b.receive(&mut batch), batch.datagrams()), (BATCH, BATCH));
        assert_eq!(batch.datagram(7), [7; 5]);
        assert_eq!(batch.datagram(63), [63; 5]);
        assert_eq!(batch.arrival_ns(7), None);
        assert_eq!(b.receive(&mut batch), 3);
        assert_eq!(batch.datagram(2), [66; 5]);
    }

    #[test]
    fn segments_sent_as_one_are_taken_apart() {
        let (a, b) = pair();
        b.note_arrivals(true).expect("the option exists");
        set_option(&a.inner, libc::SOL_UDP, libc::UDP_SEGMENT, 100).expect("the option exists");
        a.send(&[5; 250]);
        a.send(&[6; 70]);
        let mut batch = Batch::new();
        assert_eq!(b.receive(&mut batch), 2);
        let lengths: Vec<usize> = (0..batch.datagrams()).map(|index| batch.datagram(index).len()).collect();
        assert_eq!(lengths, [100, 100, 50, 70]);
        assert!((0..4).all(|index| batch.arrival_ns(index).is_some()));
        assert_eq!(batch.datagram(2), [5; 50]);
        assert_eq!(batch.datagrams(), 4);
    }

    #[test]
    fn the_kernel_notes_arrivals_when_asked() {
        let (a, b) = pair();
        b.note_arrivals(true).expect("the option exists");
        let before = crate::media::latency::wall_ns();
        a.send(b"x");
        let mut batch = Batch::new();
        assert_eq!(b.receive(&mut batch), 1);
        let arrival = batch.arrival_ns(0).expect("noted");
        assert!((before..=crate::media::latency::wall_ns()).contains(&arrival));
    }
}
