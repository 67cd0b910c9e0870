//! Binding: one UDP port a worker on every address listened on, and the same TCP port.

use crate::{MediaConfig, MediaError};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 256;
/// How often a free port is tried when any will do: UDP's free port may be taken for TCP.
const ANY_PORT_TRIES: usize = 64;

/// The sockets of one worker, all on one port.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) port: u16,
    pub(crate) udp: Vec<UdpSocket>,
    pub(crate) tcp: Vec<TcpListener>,
}

/// A socket that could not be had.
struct Refused {
    protocol: &'static str,
    address: SocketAddr,
    source: io::Error,
}

impl Refused {
    fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

impl From<Refused> for MediaError {
    fn from(refused: Refused) -> Self {
        Self::Listen { protocol: refused.protocol, address: refused.address, source: refused.source }
    }
}

/// The addresses to listen on: as configured, else everything, IPv6 where the machine has it.
pub(crate) fn listening(config: &MediaConfig) -> Vec<IpAddr> {
    if !config.listen.is_empty() {
        return config.listen.clone();
    }
    let mut all = vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)];
    let v6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    if udp(SocketAddr::new(v6, 0)).is_ok() {
        all.push(v6);
    }
    all
}

/// Binds the ports of all workers.
pub(crate) fn bind(config: &MediaConfig, addresses: &[IpAddr]) -> Result<Vec<Ports>, MediaError> {
    let workers = config.worker_count();
    if config.port_min == 0 {
        return (0..workers).map(|_| any(addresses)).collect();
    }
    let (min, max) = match (config.port_min, config.port_max) {
        (min, 0) => (min, min.saturating_add(u16::try_from(workers - 1).unwrap_or(u16::MAX))),
        (min, max) if min <= max => (min, max),
        (min, max) => return Err(MediaError::Range { min, max }),
    };
    let mut bound = Vec::with_capacity(workers);
    let mut taken = None;
    for port in min..=max {
        if bound.len() == workers {
            break;
        }
        match all_on(addresses, port) {
            Ok(ports) => bound.push(ports),
            Err(refused) if refused.is_taken() => taken = Some(refused),
            Err(refused) => return Err(refused.into()),
        }
    }
    if bound.len() == workers {
        return Ok(bound);
    }
    Err(match taken {
        Some(refused) if min == max => refused.into(),
        Some(refused) => {
            MediaError::NoPort { min, max, workers, protocol: refused.protocol, last: refused.address }
        }
        None => MediaError::NoPort {
            min,
            max,
            workers,
            protocol: "UDP",
            last: SocketAddr::new(addresses.first().copied().unwrap_or(Ipv4Addr::UNSPECIFIED.into()), max),
        },
    })
}

fn any(addresses: &[IpAddr]) -> Result<Ports, MediaError> {
    let mut last = None;
    for _ in 0..ANY_PORT_TRIES {
        match all_on(addresses, 0) {
            Ok(ports) => return Ok(ports),
            Err(refused) if refused.is_taken() => last = Some(refused),
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(last.map_or(MediaError::NothingAnnounced, Into::into))
}

/// Binds UDP and TCP on one port of every address; 0: the port that the first socket gets.
fn all_on(addresses: &[IpAddr], mut port: u16) -> Result<Ports, Refused> {
    let mut ports = Ports { port, udp: Vec::new(), tcp: Vec::new() };
    for address in addresses {
        let at = SocketAddr::new(*address, port);
        let refused = |protocol| move |source| Refused { protocol, address: at, source };
        let socket = udp(at).map_err(refused("UDP"))?;
        port = socket.local_addr().map_err(refused("UDP"))?.port();
        let at = SocketAddr::new(*address, port);
        let refused = |source| Refused { protocol: "TCP", address: at, source };
        ports.tcp.push(tcp(at).map_err(refused)?);
        ports.udp.push(socket);
    }
    ports.port = port;
    Ok(ports)
}

fn udp(at: SocketAddr) -> io::Result<UdpSocket> {
    udp_on(at, false)
}

/// A UDP socket. `shared`: on a port that another one is bound to, which allows it (SO_REUSEPORT).
pub(crate) fn udp_on(at: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(at), Type::DGRAM, Some(Protocol::UDP))?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&at.into())?;
    Ok(socket.into())
}

fn tcp(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Connections of a former process that still close do not hold the port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn config(workers: usize, port_min: u16, port_max: u16) -> MediaConfig {
        MediaConfig { workers, port_min, port_max, ..MediaConfig::default() }
    }

    #[test]
    fn udp_and_tcp_of_a_worker_share_a_port_and_workers_have_their_own() {
        let bound = bind(&config(3, 0, 0), &[LOCAL]).expect("ports");
        for ports in &bound {
            assert_eq!(ports.udp[0].local_addr().expect("bound").port(), ports.port);
            assert_eq!(ports.tcp[0].local_addr().expect("bound").port(), ports.port);
        }
        assert!(bound[0].port != bound[1].port && bound[1].port != bound[2].port);
    }

    #[test]
    fn a_taken_port_is_named() {
        let holder = UdpSocket::bind((LOCAL, 0)).expect("a port");
        let port = holder.local_addr().expect("bound").port();
        let error = bind(&config(1, port, port), &[LOCAL]).expect_err("the port is taken");
        assert!(error.to_string().contains(&format!("UDP 127.0.0.1:{port}")), "{error}");
    }

    #[test]
    fn a_port_taken_for_tcp_only_is_passed_over_within_a_range() {
        let holder = TcpListener::bind((LOCAL, 0)).expect("a port");
        let port = holder.local_addr().expect("bound").port();
        let bound = bind(&config(1, port, port.saturating_add(50)), &[LOCAL]).expect("another port");
        assert!(bound[0].port > port);
    }

    #[test]
    fn a_range_that_is_too_small_says_how_many_ports_are_needed() {
        let holder = UdpSocket::bind((LOCAL, 0)).expect("a port");
        let port = holder.local_addr().expect("bound").port();
        let error = bind(&config(2, port - 1, port), &[LOCAL]).expect_err("one of two is taken");
        assert!(error.to_string().contains("2 are needed"), "{error}");
    }

    #[test]
    fn ports_in_the_wrong_order_are_refused() {
        assert!(matches!(bind(&config(1, 9, 8), &[LOCAL]), Err(MediaError::Range { min: 9, max: 8 })));
    }
}
