//! UDP sockets as media wants them, and receiving in batches.

use super::sys::{kernel_drops, set_option};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::{AsFd, BorrowedFd},
};

/// The most bytes that one message can bring, coalesced.
const MESSAGE_BYTES: usize = 65_536;

/// One UDP socket of a worker.
pub(crate) struct UdpPort {
    socket: UdpSocket,
    state: UdpSocketState,
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
        let state = UdpSocketState::new((&socket).into())?;
        let at = socket.local_addr()?;
        let port = Self {
            segments: state.max_gso_segments() > 1,
            state,
            wildcard: at.ip().is_unspecified(),
            segment_failures: 0,
            socket,
        };
        port.set_options(at.is_ipv4())?;
        let bytes = i32::try_from(buffer_bytes).unwrap_or(i32::MAX);
        for (forced, plain) in
            [(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF), (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF)]
        {
            // Forcing passes the system's limit and needs a privilege; without it the limit holds.
            set_option(port.as_fd(), libc::SOL_SOCKET, forced, bytes)
                .or_else(|_| set_option(port.as_fd(), libc::SOL_SOCKET, plain, bytes))?;
        }
        Ok(port)
    }

    /// Undoes what the library sets for QUIC and costs us: time stamps (a clock read a packet in the kernel),
    /// congestion marks, and the ban on fragments, which would drop what is too large for a tunnel.
    fn set_options(&self, v4: bool) -> io::Result<()> {
        let fd = self.as_fd();
        set_option(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 0)?;
        if v4 {
            set_option(fd, libc::IPPROTO_IP, libc::IP_RECVTOS, 0)?;
            set_option(fd, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_OMIT)?;
            set_option(fd, libc::IPPROTO_IP, libc::IP_PKTINFO, self.wildcard.into())
        } else {
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 0)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_OMIT)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG, 0)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, self.wildcard.into())
        }
    }

    /// Datagrams that the kernel dropped here.
    pub(crate) fn kernel_drops(&self) -> u32 {
        kernel_drops(self.as_fd())
    }
}

impl AsFd for UdpPort {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
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
    pub(crate) fn receive(&mut self, port: &UdpPort) -> io::Result<bool> {
        self.filled = 0;
        let mut buffers = self.buffers.chunks_mut(MESSAGE_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        self.filled = port.state.recv((&port.socket).into(), &mut slices, &mut self.meta)?;
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
