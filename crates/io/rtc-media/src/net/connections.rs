//! TCP connections: accepted within limits, read and written in frames, ended when they are idle.
//!
//! A connection is *proven* when the machine has sent something on it: it answers only what passed an ICE
//! check.

use super::frames::{self, CARRY_BYTES_MAX};
use crate::stats::SocketStats;
use rtc_sfu::{Protocol, Time, Tuple};
use rustix::event::epoll;
use std::{
    collections::HashMap,
    io::{self, ErrorKind, Read, Write},
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpStream},
    os::fd::OwnedFd,
    sync::Arc,
    time::Duration,
};

/// Room to read into.
pub(crate) const SCRATCH_BYTES: usize = CARRY_BYTES_MAX + 64 * 1024;
/// Bytes that the kernel may hold unsent: what waits longer is better dropped by us than sent late.
const UNSENT_BYTES: u32 = 32 * 1024;

/// See [`crate::MediaConfig`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct TcpLimits {
    pub(crate) connections_max: usize,
    pub(crate) unproven_per_address_max: usize,
    pub(crate) unproven_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) queue_bytes_max: usize,
}

struct Connection {
    stream: TcpStream,
    remote: SocketAddr,
    accepted: Time,
    received: Time,
    sent: Option<Time>,
    /// The beginning of a frame that has not come whole.
    carry: Vec<u8>,
    /// Bytes that wait until the peer reads.
    queue: Vec<u8>,
}

/// A place for a connection; its name changes with each, so that a late answer never goes to the next one.
#[derive(Default)]
struct Place {
    generation: u16,
    connection: Option<Connection>,
}

/// A worker's TCP connections.
pub(crate) struct Connections {
    poller: Arc<OwnedFd>,
    /// Added to a connection's name, for the poller.
    token: u64,
    limits: TcpLimits,
    places: Vec<Place>,
    count: usize,
    unproven: HashMap<IpAddr, usize>,
    /// Ended of themselves; to be told to the machine.
    ended: Vec<Tuple>,
}

impl Connections {
    pub(crate) fn new(poller: Arc<OwnedFd>, token: u64, limits: TcpLimits) -> Self {
        Self {
            poller,
            token,
            limits: TcpLimits {
                connections_max: limits.connections_max.min(usize::from(u16::MAX)),
                ..limits
            },
            places: Vec::new(),
            count: 0,
            unproven: HashMap::new(),
            ended: Vec::new(),
        }
    }

    /// Takes a new connection in, or closes it where there are too many.
    pub(crate) fn add(
        &mut self,
        now: Time,
        stream: TcpStream,
        remote: SocketAddr,
        stats: &mut SocketStats,
    ) -> io::Result<()> {
        let source = source(remote.ip());
        let unproven = self.unproven.get(&source).copied().unwrap_or(0);
        if self.count >= self.limits.connections_max || unproven >= self.limits.unproven_per_address_max {
            stats.tcp_refused += 1;
            return Ok(());
        }
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES)?;
        let index = self.places.iter().position(|place| place.connection.is_none()).unwrap_or_else(|| {
            self.places.push(Place::default());
            self.places.len() - 1
        });
        let place = &mut self.places[index];
        let name = u32::from(place.generation) << 16 | index as u32;
        let data = epoll::EventData::new_u64(self.token | u64::from(name));
        epoll::add(&self.poller, &stream, data, epoll::EventFlags::IN)?;
        place.connection = Some(Connection {
            stream,
            remote,
            accepted: now,
            received: now,
            sent: None,
            carry: Vec::new(),
            queue: Vec::new(),
        });
        self.count += 1;
        stats.tcp_connections = self.count as u64;
        *self.unproven.entry(source).or_default() += 1;
        Ok(())
    }

    fn get(&mut self, name: u32) -> Option<&mut Connection> {
        let place = self.places.get_mut((name & 0xffff) as usize)?;
        if u32::from(place.generation) == name >> 16 { place.connection.as_mut() } else { None }
    }

    /// Reads once from a connection into `scratch` (of [`SCRATCH_BYTES`]), behind what was left of the last
    /// read. Gives how the bytes came and how many there are.
    pub(crate) fn read(
        &mut self,
        now: Time,
        name: u32,
        scratch: &mut [u8],
        stats: &mut SocketStats,
    ) -> Option<(Tuple, usize)> {
        let connection = self.get(name)?;
        connection.received = now;
        let tuple = Tuple { protocol: Protocol::Tcp, local: name, remote: connection.remote };
        match connection.read(scratch) {
            Ok(bytes) => Some((tuple, bytes)),
            Err(error) if is_temporary(&error) => None,
            Err(_) => {
                self.end(name, stats);
                None
            }
        }
    }

    /// Keeps the beginning of a frame for the next read.
    pub(crate) fn keep(&mut self, name: u32, rest: &[u8]) {
        if let Some(connection) = self.get(name) {
            connection.carry.extend_from_slice(rest);
        }
    }

    /// Writes frames (`bytes` begins with one and ends with one), as far as the peer takes them.
    pub(crate) fn write(
        &mut self,
        now: Time,
        name: u32,
        bytes: &[u8],
        count: usize,
        stats: &mut SocketStats,
    ) {
        let queue_bytes_max = self.limits.queue_bytes_max;
        let Some(connection) = self.get(name) else {
            stats.tcp_frames_dropped += count as u64;
            return;
        };
        let remote = connection.remote;
        let is_first = connection.sent.replace(now).is_none();
        let was_waiting = !connection.queue.is_empty();
        let result = connection.put(bytes, queue_bytes_max);
        let is_waiting = !connection.queue.is_empty();
        let kept = *result.as_ref().unwrap_or(&0);
        stats.tcp_frames_out += kept as u64;
        stats.tcp_frames_dropped += count.saturating_sub(kept) as u64;
        if is_first {
            self.prove(remote);
        }
        if result.is_err() {
            self.end(name, stats);
        } else if is_waiting != was_waiting {
            self.watch(name, is_waiting, stats);
        }
    }

    /// Writes what waits.
    pub(crate) fn drain(&mut self, name: u32, stats: &mut SocketStats) {
        let Some(connection) = self.get(name) else { return };
        let was_waiting = !connection.queue.is_empty();
        let result = connection.flush();
        let is_waiting = !connection.queue.is_empty();
        if result.is_err() {
            self.end(name, stats);
        } else if was_waiting && !is_waiting {
            self.watch(name, false, stats);
        }
    }

    /// Ends what never passed a check in time and what has gone silent.
    pub(crate) fn sweep(&mut self, now: Time, stats: &mut SocketStats) {
        let limits = self.limits;
        let names = (0_u32..).zip(&self.places).filter_map(|(index, place)| {
            let connection = place.connection.as_ref()?;
            let late = match connection.sent {
                None => now.since(connection.accepted) > limits.unproven_timeout,
                Some(sent) => now.since(sent.min(connection.received)) > limits.idle_timeout,
            };
            late.then_some(u32::from(place.generation) << 16 | index)
        });
        for name in names.collect::<Vec<_>>() {
            self.end(name, stats);
        }
    }

    /// The next connection that has ended by itself since the last call.
    pub(crate) fn next_ended(&mut self) -> Option<Tuple> {
        self.ended.pop()
    }

    /// Ends all, telling nobody.
    pub(crate) fn clear(&mut self, stats: &mut SocketStats) {
        for place in &mut self.places {
            if place.connection.take().is_some() {
                place.generation = place.generation.wrapping_add(1);
            }
        }
        self.count = 0;
        stats.tcp_connections = 0;
        self.unproven.clear();
        self.ended.clear();
    }

    /// Ends a connection; [`Self::next_ended`] will tell.
    pub(crate) fn end(&mut self, name: u32, stats: &mut SocketStats) {
        if self.get(name).is_none() {
            return;
        }
        let Some(place) = self.places.get_mut((name & 0xffff) as usize) else { return };
        place.generation = place.generation.wrapping_add(1);
        let Some(connection) = place.connection.take() else { return };
        self.count -= 1;
        stats.tcp_connections = self.count as u64;
        self.ended.push(Tuple { protocol: Protocol::Tcp, local: name, remote: connection.remote });
        if connection.sent.is_none() {
            self.prove(connection.remote);
        }
    }

    /// A connection no longer counts against its address's limit.
    fn prove(&mut self, remote: SocketAddr) {
        let source = source(remote.ip());
        if let Some(count) = self.unproven.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.unproven.remove(&source);
            }
        }
    }

    fn watch(&mut self, name: u32, writable: bool, stats: &mut SocketStats) {
        let (poller, token) = (Arc::clone(&self.poller), self.token);
        let Some(connection) = self.get(name) else { return };
        let flags =
            if writable { epoll::EventFlags::IN | epoll::EventFlags::OUT } else { epoll::EventFlags::IN };
        let data = epoll::EventData::new_u64(token | u64::from(name));
        if epoll::modify(&poller, &connection.stream, data, flags).is_err() {
            self.end(name, stats);
        }
    }
}

impl Connection {
    /// Reads once, behind what was carried over; an end of the stream is an error.
    fn read(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        let (head, tail) = scratch.split_at_mut(self.carry.len());
        let bytes = self.stream.read(tail)?;
        if bytes == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        head.copy_from_slice(&self.carry);
        self.carry.clear();
        Ok(head.len() + bytes)
    }

    /// Writes or queues whole frames; gives how many.
    fn put(&mut self, bytes: &[u8], queue_bytes_max: usize) -> io::Result<usize> {
        let mut written = 0;
        if self.queue.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => written = count,
                Err(error) if is_temporary(&error) => {}
                Err(error) => return Err(error),
            }
        }
        // The frame that the write ended within must be sent whole, whatever the limit.
        let (boundary, done) = frames::whole(bytes, written);
        let must = if boundary == written { 0 } else { frames::whole_one(&bytes[boundary..]) };
        let room = queue_bytes_max.saturating_sub(self.queue.len());
        let (may, queued) = frames::whole(&bytes[boundary..], room.max(must));
        self.queue.extend_from_slice(bytes.get(written..boundary + may).unwrap_or_default());
        Ok(done + queued)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut done = 0;
        let result = loop {
            match self.queue.get(done..) {
                None | Some([]) => break Ok(()),
                Some(rest) => match self.stream.write(rest) {
                    Ok(count) => done += count,
                    Err(error) if is_temporary(&error) => break Ok(()),
                    Err(error) => break Err(error),
                },
            }
        };
        self.queue.drain(..done);
        result
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// What counts as one address: with IPv6 a /64, which one host may have whole.
fn source(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}
