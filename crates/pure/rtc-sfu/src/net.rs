//! Where datagrams come from and go to.

use std::net::SocketAddr;

/// How a datagram travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A UDP datagram.
    Udp,
    /// A frame on a TCP connection (RFC 4571).
    Tcp,
}

/// One path between us and a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// UDP or TCP.
    pub protocol: Protocol,
    /// Which of the owner's sockets (UDP) or connections (TCP).
    pub local: u32,
    /// The peer's address; IPv4 as such, never mapped into IPv6.
    pub remote: SocketAddr,
}

/// The owner's send buffers.
pub trait Transmit {
    /// Gives a slot of exactly `bytes` bytes (at most 65,535), to be filled with a datagram for `to`. It is
    /// sent when the owner next flushes. Slots that follow one another for one `to` with one size are sent
    /// as one segmented datagram. The slot's content is undefined: write all of it.
    fn datagram(&mut self, to: Tuple, bytes: usize) -> &mut [u8];
}

#[cfg(test)]
impl Transmit for Vec<(Tuple, Vec<u8>)> {
    fn datagram(&mut self, to: Tuple, bytes: usize) -> &mut [u8] {
        self.push((to, vec![0; bytes]));
        &mut self.last_mut().expect("pushed").1
    }
}
