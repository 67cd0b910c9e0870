//! Binds all ports before the first connection is taken, so that a taken port is told before anything runs.

use crate::{config::Config, exit::Failure};
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted, for each port.
const BACKLOG: u32 = 4096;

/// One port that the server listens on.
#[derive(Debug)]
pub struct Bound {
    /// The socket, listening.
    pub listener: TcpListener,
    /// Where; the real port where 0 was asked for.
    pub address: SocketAddr,
    /// The variable that moves it.
    pub variable: &'static str,
}

/// Binds every port of the configuration, the main one first.
///
/// # Errors
/// The first port that is taken or not allowed, with the variable that moves it.
pub fn bind(config: &Config) -> Result<Vec<Bound>, Failure> {
    let one = |(port, variable): (u16, &'static str)| {
        let address = SocketAddr::new(config.host, port);
        let listener = listen(address).map_err(|error| refused(address, variable, &error))?;
        let address = listener.local_addr().map_err(Failure::failed)?;
        Ok(Bound { listener, address, variable })
    };
    config.ports().into_iter().map(one).collect()
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address.ip() {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server takes its port back while connections of the old one are in TIME_WAIT (RFC 9293,
    // section 3.6.1).
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn refused(address: SocketAddr, variable: &str, error: &std::io::Error) -> Failure {
    let port = address.port();
    let flag = variable.to_ascii_lowercase().replace('_', "-");
    let move_it = format!("set {variable} (or --{flag}) to move it");
    Failure::Unavailable(match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {port} is taken by another program; {move_it}")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("port {port} needs more rights than this process has; {move_it}")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            format!("this machine has no address {}; set HOST (or --host) to one that it has", address.ip())
        }
        _ => format!("port {port} at {} cannot be listened on: {error}; {move_it}", address.ip()),
    })
}
