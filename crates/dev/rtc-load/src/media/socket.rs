//! UDP sockets that are polled: batches in, single datagrams or equal segments out, arrival times on demand.
//!
//! A receiver that sleeps in the kernel bills its wake-up to the sender, that is to the server under test. So
//! nobody ever waits on these sockets; whoever owns them looks at them every few milliseconds, and their buffers
//! are large enough for what comes meanwhile.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use anyhow::{Context, Result};

/// Datagrams that one call takes at most.
pub const BATCH: usize = 64;
/// Bytes of a datagram that are kept; media is far below the usual 1,500.
const DATAGRAM_BYTES: usize = 2048;
/// Bytes of packets that may wait in a socket.
const RECEIVE_BUFFER_BYTES: libc::c_int = 4 << 20;
/// Room for one arrival time, in 8-byte words.
const CONTROL_WORDS: usize = 8;

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
        Ok(Self { inner, remote })
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

    /// Whether the kernel notes when each datagram arrives.
    pub fn note_arrivals(&self, on: bool) -> Result<()> {
        set_option(&self.inner, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, on.into())
    }

    /// Takes what has arrived, [`BATCH`] datagrams at most; none when there is nothing.
    #[expect(unsafe_code, reason = "the standard library has no recvmmsg")]
    pub fn receive(&self, batch: &mut Batch) -> usize {
        batch.prepare();
        // SAFETY: every header points into buffers that `batch` owns and that live through the call.
        let count = unsafe {
            let (fd, headers) = (self.inner.as_raw_fd(), batch.headers.as_mut_ptr());
            libc::recvmmsg(fd, headers, BATCH as u32, libc::MSG_DONTWAIT, std::ptr::null_mut())
        };
        batch.filled = usize::try_from(count).unwrap_or(0);
        batch.filled
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
    buffers: Box<[[u8; DATAGRAM_BYTES]]>,
    controls: Box<[[u64; CONTROL_WORDS]]>,
    /// Pointed to by `headers`.
    _vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    /// Whether room for arrival times is offered to the kernel.
    with_arrivals: bool,
    /// Headers that the kernel wrote to.
    filled: usize,
}

impl Batch {
    /// Empty buffers.
    #[expect(unsafe_code, reason = "message headers are C structs without a constructor")]
    pub fn new(with_arrivals: bool) -> Self {
        let mut buffers = vec![[0; DATAGRAM_BYTES]; BATCH].into_boxed_slice();
        let mut controls = vec![[0; CONTROL_WORDS]; BATCH].into_boxed_slice();
        let mut vectors: Box<[libc::iovec]> = buffers
            .iter_mut()
            .map(|buffer| libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: DATAGRAM_BYTES })
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
        Self { buffers, controls, _vectors: vectors, headers, with_arrivals, filled: BATCH }
    }

    /// Offers the room for arrival times anew, since the kernel overwrites its length.
    fn prepare(&mut self) {
        let length = if self.with_arrivals { CONTROL_WORDS * size_of::<u64>() } else { 0 };
        for header in &mut self.headers[..self.filled] {
            header.msg_hdr.msg_controllen = length;
        }
    }

    /// The datagram at `index`, to be read or undone in place.
    pub fn datagram(&mut self, index: usize) -> &mut [u8] {
        let length = (self.headers[index].msg_len as usize).min(DATAGRAM_BYTES);
        &mut self.buffers[index][..length]
    }

    /// When the datagram at `index` arrived in the kernel, in nanoseconds of the machine's wall clock.
    pub fn arrival_ns(&self, index: usize) -> Option<u64> {
        const HEADER_WORDS: usize = size_of::<libc::cmsghdr>() / size_of::<u64>();
        let words = &self.controls[index];
        let used = self.headers[index].msg_hdr.msg_controllen / size_of::<u64>();
        // A cmsghdr is its length, then level and type in one word; one option is on, so there is one message.
        let kind = (words[1] as u32 as i32, (words[1] >> 32) as i32);
        if used < HEADER_WORDS + 2 || kind != (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) {
            return None;
        }
        Some(words[HEADER_WORDS] * 1_000_000_000 + words[HEADER_WORDS + 1])
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
        let mut batch = Batch::new(false);
        assert_eq!(b.receive(&mut batch), 0);
        for n in 0..BATCH as u8 + 3 {
            a.send(&[n; 5]);
        }
        assert_eq!(b.receive(&mut batch), BATCH);
        assert_eq!(batch.datagram(7), [7; 5]);
        assert_eq!(batch.datagram(63), [63; 5]);
        assert_eq!(batch.arrival_ns(7), None);
        assert_eq!(b.receive(&mut batch), 3);
        assert_eq!(batch.datagram(2), [66; 5]);
    }

    #[test]
    fn the_kernel_notes_arrivals_when_asked() {
        let (a, b) = pair();
        b.note_arrivals(true).expect("the option exists");
        let before = crate::media::latency::wall_ns();
        a.send(b"x");
        let mut batch = Batch::new(true);
        assert_eq!(b.receive(&mut batch), 1);
        let arrival = batch.arrival_ns(0).expect("noted");
        assert!((before..=crate::media::latency::wall_ns()).contains(&arrival));
    }
}
