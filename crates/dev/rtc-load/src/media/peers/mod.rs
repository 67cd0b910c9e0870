//! The servers that are measured, each driven by its own protocol.

mod engine;
pub mod janus;
pub mod limit;
mod line;
mod mediasoup;
mod ours;
mod socketio;
pub mod surface_c;

use std::cell::Cell;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_lc_rs::rand;

use super::cases::{Case, Shape, Video};
use super::client::dtls::{DtlsClient, Identity};
use super::client::ice::{Credentials, IceAgent};
use super::client::{link::Link, session::Session};
use super::poller::{Poller, SessionId, Snapshot};
use super::socket::Socket;
pub use crate::server::Programs;
use crate::server::Server;

/// A server that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Peer {
    /// This project's server.
    RtcPlatform,
    /// Its media workers alone, without rooms and signaling.
    Engine,
    /// Janus with an event loop a core, as its documentation advises for many viewers.
    Janus,
    /// Janus as installed: a thread a viewer.
    JanusDefault,
    /// mediasoup behind a small Node server.
    Mediasoup,
    /// No SFU: the same bytes copied, encrypted and sent as cheaply as the machine can.
    Limit,
}

impl Peer {
    /// As the command line, the table and the JSON name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RtcPlatform => "rtc-platform",
            Self::Engine => "engine",
            Self::Janus => "janus",
            Self::JanusDefault => "janus-default",
            Self::Mediasoup => "mediasoup",
            Self::Limit => "limit",
        }
    }

    /// Whether its driver can play the case.
    pub const fn plays(self, case: Case) -> bool {
        match self {
            Self::RtcPlatform | Self::Engine | Self::Mediasoup => true,
            Self::Janus | Self::JanusDefault => !matches!(case, Case::Fanouts(_)),
            Self::Limit => matches!(case, Case::FanoutVideo(_) | Case::FanoutAudio(_)),
        }
    }

    /// Why it cannot be measured here, if so.
    pub fn missing(self, programs: &Programs) -> Option<String> {
        match self {
            Self::RtcPlatform if !programs.binary.is_file() => {
                Some(format!("there is no {}", programs.binary.display()))
            }
            Self::Janus | Self::JanusDefault => janus::missing(),
            Self::Mediasoup => mediasoup::missing(programs),
            _ => None,
        }
    }
}

/// The threads that hold the sessions.
pub struct Crew {
    /// Holds what publishes.
    pub publishing: Poller,
    /// Hold what receives.
    pub receiving: Vec<Poller>,
    next: Cell<SessionId>,
    identity: Identity,
}

impl Crew {
    /// Starts them: one that publishes, `receivers` that receive. `cut`: see [`Poller::start`].
    pub fn start(receivers: usize, cut: bool) -> Result<Self> {
        let receiving =
            (0..receivers.max(1)).map(|_| Poller::start("receive", cut)).collect::<Result<_>>()?;
        let (publishing, identity) = (Poller::start("publish", false)?, Identity::generate()?);
        Ok(Self { publishing, receiving, next: Cell::new(0), identity })
    }

    /// The certificate that all sessions share.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The thread of the `n`th receiver.
    pub fn receiver(&self, n: usize) -> &Poller {
        &self.receiving[n % self.receiving.len()]
    }

    /// A name for a new session.
    pub fn next_id(&self) -> SessionId {
        self.next.replace(self.next.get() + 1)
    }

    /// What all have come to.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let mut sum = self.publishing.snapshot()?;
        for poller in &self.receiving {
            sum.merge(poller.snapshot()?);
        }
        Ok(sum)
    }

    /// Measures latency from now on, or no longer.
    pub fn note_arrivals(&self, on: bool) {
        self.receiving.iter().for_each(|poller| poller.note_arrivals(on));
    }
}

/// The other side of a session, as signaling told it.
pub struct Remote {
    /// Of its ICE agent.
    pub credentials: Credentials,
    /// Of its certificate.
    pub fingerprint: String,
    /// Its candidate.
    pub address: std::net::SocketAddr,
}

/// Our side of a session to be: its port is bound, so that an answer can name it.
pub struct Local {
    /// Bound, not connected.
    socket: std::net::UdpSocket,
    /// Of our ICE agent.
    pub credentials: Credentials,
}

impl Local {
    /// Binds a port of `address`.
    pub fn bind(address: IpAddr) -> Result<Self> {
        Ok(Self { socket: Socket::bind(address)?, credentials: Credentials::from_random(random()?) })
    }

    /// Where it is bound.
    pub fn address(&self) -> Result<std::net::SocketAddr> {
        Ok(self.socket.local_addr()?)
    }

    /// A session that begins when a thread takes it.
    pub fn session(self, remote: Remote, identity: &Identity) -> Result<Session> {
        let now = Instant::now();
        let socket = Socket::join(self.socket, remote.address)?;
        let tie_breaker = u64::from_be_bytes(random()?);
        let ice = IceAgent::new(self.credentials, remote.credentials, tie_breaker, now);
        let dtls = DtlsClient::new(identity, &remote.fingerprint, now);
        Ok(Session::new(socket, Link::secure(ice, dtls), ssrc()?, now))
    }
}

/// A server with its sessions, ready to be measured; dropping it ends the server.
pub struct Stage {
    /// Ends the server when it goes.
    _server: Server,
    /// The process that is measured.
    pub pid: u32,
    /// Its memory before the first session, in KiB.
    pub idle_kib: f64,
    /// What has to stay alive beside it.
    _kept: Box<dyn std::any::Any>,
}

impl Stage {
    /// Sets a stage up: the server, its rooms, all sessions begun.
    pub async fn set(peer: Peer, shape: &Shape, programs: &Programs, crew: &Crew) -> Result<Self> {
        match peer {
            Peer::Janus => janus::set(shape, programs, crew, true).await,
            Peer::JanusDefault => janus::set(shape, programs, crew, false).await,
            Peer::Limit => limit::set(shape, programs, crew).await,
            Peer::Engine => engine::set(shape, programs, crew).await,
            Peer::RtcPlatform => ours::set(shape, programs, crew).await,
            Peer::Mediasoup => mediasoup::set(shape, programs, crew).await,
        }
        .with_context(|| format!("setting up {}", peer.name()))
    }

    /// A stage around a server.
    pub fn new(server: Server, idle_kib: f64, kept: Box<dyn std::any::Any>) -> Self {
        Self { pid: server.pid(), _server: server, idle_kib, _kept: kept }
    }

    /// Measures another process than the server's first.
    pub fn measuring(self, pid: u32) -> Self {
        Self { pid, ..self }
    }
}

/// The one track of a fan-out, with the clear numbers that a driver without negotiation uses.
pub fn fanout_bitrate(shape: &Shape) -> Option<u32> {
    match shape.video {
        Video::Single(bitrate) => Some(bitrate),
        Video::None | Video::Simulcast => None,
    }
}

/// Random bytes.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).ok().context("no randomness")?;
    Ok(bytes)
}

/// A random source that is neither zero nor one a server may use for itself.
pub fn ssrc() -> Result<u32> {
    Ok(u32::from_be_bytes(random()?) | 0x1000_0000)
}

/// When media begins: a little later than now, so that all is in place.
pub fn soon() -> Instant {
    Instant::now() + Duration::from_millis(50)
}
