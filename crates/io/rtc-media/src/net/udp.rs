//! UDP sockets as media wants them, and receiving in batches.

use super::sys::{kernel_drops, put_feedback_aside, set_option};
use crate::ports::udp_on;
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use socket2::SockRef;
use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::{AsFd, BorrowedFd},
};

/// The most bytes that one message can bring, coalesced.
const MESSAGE_BYTES: usize = 65_536;

/// A socket to read from.
pub(crate) struct Inlet {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Inlet {
    fn new(socket: UdpSocket) -> io::Result<Self> {
        let inlet = Self { state: UdpSocketState::new((&socket).into())?, socket };
        inlet.set_options()?;
        Ok(inlet)
    }

    /// A second socket on the port of `first`, which the kernel gives all feedback.
    fn for_feedback(first: &Self) -> io::Result<Self> {
        let at = first.socket.local_addr()?;
        // Only now: until it was bound, the port had to be free.
        let shared = SockRef::from(&first.socket);
        shared.set_reuse_port(true)?;
        let second = (|| {
            let inlet = Self::new(udp_on(at, true)?)?;
            // What follows feedback in a train of packets is not feedback.
            set_option(inlet.as_fd(), libc::SOL_UDP, libc::UDP_GRO, 0)?;
            put_feedback_aside(inlet.as_fd())?;
            Ok(inlet)
        })();
        if second.is_err() {
            shared.set_reuse_port(false)?;
        }
        second
    }

    /// Undoes what the library sets for QUIC and costs us: time stamps (a clock read a packet in the kernel),
    /// congestion marks, and the ban on fragments, which would drop what is too large for a tunnel.
    fn set_options(&self) -> io::Result<()> {
        let (fd, at) = (self.as_fd(), self.socket.local_addr()?);
        let wildcard = at.ip().is_unspecified();
        set_option(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 0)?;
        if at.is_ipv4() {
            set_option(fd, libc::IPPROTO_IP, libc::IP_RECVTOS, 0)?;
            set_option(fd, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_OMIT)?;
            set_option(fd, libc::IPPROTO_IP, libc::IP_PKTINFO, wildcard.into())
        } else {
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 0)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_OMIT)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG, 0)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, wildcard.into())
        }
    }

    /// Buffers of as many bytes each way, and as much as is given.
    fn set_buffers(&self, bytes: usize) -> io::Result<()> {
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        for (forced, plain) in
            [(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF), (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF)]
        {
            // Forcing passes the system's limit and needs a privilege; without it the limit holds.
            set_option(self.as_fd(), libc::SOL_SOCKET, forced, bytes)
                .or_else(|_| set_option(self.as_fd(), libc::SOL_SOCKET, plain, bytes))?;
        }
        Ok(())
    }
}

impl AsFd for Inlet {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// One UDP port of a worker.
pub(crate) struct UdpPort {
    pub(crate) inlet: Inlet,
    /// Where peers' reports of what arrived wait until somebody looks: there are many, none is urgent, and to be
    /// woken for one costs more than to read it. `None`: the kernel cannot tell them apart, they come with the rest.
    pub(crate) feedback: Option<Inlet>,
    /// Whether it is bound to a wildcard: answers must then name the address they come from.
    pub(crate) wildcard: bool,
    /// Whether the kernel and the devices take segmented messages.
    pub(crate) segments: bool,
    /// Messages that were taken only in parts, before any was taken whole.
    pub(crate) segment_failures: u32,
}

impl UdpPort {
    /// Sets a bound socket up. `buffer_bytes` are asked for each way, and as much taken as is given.
    pub(crate) fn new(socket: UdpSocket, buffer_bytes: usize) -> io::Result<Self> {
        let wildcard = socket.local_addr()?.ip().is_unspecified();
        let inlet = Inlet::new(socket)?;
        inlet.set_buffers(buffer_bytes)?;
        let feedback = Inlet::for_feedback(&inlet).and_then(|feedback| {
            feedback.set_buffers(buffer_bytes)?;
            Ok(feedback)
        });
        if let Err(error) = &feedback {
            tracing::info!(%error, "the kernel cannot tell feedback from media; it costs more CPU then");
        }
        let segments = inlet.state.max_gso_segments() > 1;
        Ok(Self { inlet, feedback: feedback.ok(), wildcard, segments, segment_failures: 0 })
    }

    /// Datagrams that the kernel dropped here.
    pub(crate) fn kernel_drops(&self) -> u64 {
        let sockets = [Some(&self.inlet), self.feedback.as_ref()];
        sockets.into_iter().flatten().map(|inlet| u64::from(kernel_drops(inlet.as_fd()))).sum()
    }
}

impl AsFd for UdpPort {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inlet.as_fd()
    }
}

/// Buffers for a batch.
pub(crate) struct Receiver {
    buffers: Box<[u8]>,
    meta: [RecvMeta; BATCH_SIZE],
    filled: usize,
}

/// A message received: datagrams of one peer.
pub(crate) struct Received<'a> {
    pub(crate) from: SocketAddr,
    /// Which of our addresses it came to, with a socket that has several.
    pub(crate) to: Option<IpAddr>,
    /// All its datagrams.
    pub(crate) bytes: &'a mut [u8],
    /// Bytes of each but the last.
    pub(crate) stride: usize,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        Self {
            buffers: vec![0; BATCH_SIZE * MESSAGE_BYTES].into_boxed_slice(),
            meta: [RecvMeta::default(); BATCH_SIZE],
            filled: 0,
        }
    }

    /// Reads what waits at a socket, up to a batch. Gives whether there may be more.
    pub(crate) fn receive(&mut self, inlet: &Inlet) -> io::Result<bool> {
        self.filled = 0;
        let mut buffers = self.buffers.chunks_mut(MESSAGE_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        self.filled = inlet.state.recv((&inlet.socket).into(), &mut slices, &mut self.meta)?;
        Ok(self.filled == BATCH_SIZE)
    }

    /// What the last [`Self::receive`] brought.
    pub(crate) fn messages(&mut self) -> impl Iterator<Item = Received<'_>> {
        let received = self.buffers.chunks_mut(MESSAGE_BYTES).zip(&self.meta).take(self.filled);
        received.filter_map(|(buffer, meta)| {
            let bytes = buffer.get_mut(..meta.len)?;
            let from = unscoped(meta.addr);
            // Port 0 cannot be answered: the kernel would refuse the whole message.
            (from.port() != 0).then_some(Received {
                from,
                to: meta.dst_ip,
                bytes,
                stride: meta.stride.max(1),
            })
        })
    }
}

/// Without the flow label, which may differ from packet to packet.
fn unscoped(mut address: SocketAddr) -> SocketAddr {
    if let SocketAddr::V6(v6) = &mut address {
        v6.set_flowinfo(0);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_bytes(receiver: &mut Receiver, inlet: &Inlet) -> Vec<u8> {
        let mut found = Vec::new();
        while receiver.receive(inlet).is_ok() {
            for message in receiver.messages() {
                found.extend(message.bytes.chunks(message.stride).map(|datagram| datagram[0] ^ datagram[1]));
            }
        }
        found
    }

    #[test]
    fn the_kernel_puts_feedback_aside_and_nothing_else() {
        const KINDS: [(u8, u8); 7] =
            [(0x8f, 205), (0xaf, 205), (0x81, 205), (0x8f, 206), (0x80, 201), (0x8f, 96), (0x0f, 205)];
        for address in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0"] {
            let port = UdpPort::new(UdpSocket::bind(address).expect("a port"), 1 << 20).expect("set up");
            port.inlet.socket.set_nonblocking(true).expect("set");
            let feedback = port.feedback.as_ref().expect("the kernel tells them apart");
            let peer = UdpSocket::bind(if address.starts_with('[') { address } else { "127.0.0.1:0" });
            let peer = peer.expect("a socket");
            let mut to = port.inlet.socket.local_addr().expect("bound");
            if to.ip().is_unspecified() {
                to.set_ip(IpAddr::from([127, 0, 0, 1]));
            }
            for (index, (first, second)) in KINDS.iter().enumerate() {
                // Of different lengths, so that the kernel does not join them.
                let datagram = [&[*first, *second][..], &vec![0; 2 * index]].concat();
                peer.send_to(&datagram, to).expect("sent");
            }
            peer.send_to(&[1], to).expect("sent");
            // Over loopback a datagram is there when the sender's call returns.
            let mut receiver = Receiver::new();
            let aside: Vec<u8> = KINDS[..2].iter().map(|(a, b)| a ^ b).collect();
            assert_eq!(first_bytes(&mut receiver, feedback), aside);
            let mut rest = 0;
            while receiver.receive(&port.inlet).is_ok() {
                rest += receiver.messages().count();
            }
            assert_eq!(rest, KINDS.len() - aside.len() + 1);
        }
    }

    #[test]
    fn a_port_that_is_in_use_is_not_shared() {
        let port = UdpPort::new(UdpSocket::bind("127.0.0.1:0").expect("a port"), 1 << 20).expect("set up");
        let at = port.inlet.socket.local_addr().expect("bound");
        let again = UdpSocket::bind(at).expect_err("two servers must not share a port");
        assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
    }
}
