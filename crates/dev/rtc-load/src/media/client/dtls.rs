//! The DTLS client of one session: handshake, check of the server's fingerprint, keys for SRTP.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use dimpl::{Config, Dtls, DtlsCertificate, NamedGroup, Output, SrtpProfile};

/// Bytes of the largest record that the client sends.
const RECORD_BYTES: usize = 2048;

/// What all sessions of a run share: a certificate a session would cost more than the handshake.
#[derive(Clone)]
pub struct Identity {
    config: Arc<Config>,
    certificate: DtlsCertificate,
}

impl Identity {
    /// Makes a self-signed certificate.
    pub fn generate() -> Result<Self> {
        let config = Config::builder().kx_groups(&[NamedGroup::X25519, NamedGroup::Secp256r1]).build()?;
        let certificate = dimpl::certificate::generate_self_signed_certificate()?;
        Ok(Self { config: Arc::new(config), certificate })
    }

    /// The SHA-256 fingerprint as signaling carries it: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        self.certificate.fingerprint_str()
    }
}

/// The result of a handshake.
pub struct Keys {
    /// The cipher that the server chose.
    pub profile: SrtpProfile,
    /// Client key, server key, client salt, server salt (RFC 5764, section 4.2).
    pub material: Vec<u8>,
}

/// A handshake, then a connection that only lives on.
pub struct DtlsClient {
    dtls: Dtls,
    /// The server's fingerprint as signaling told it; empty: not told.
    expected: String,
    buffer: Vec<u8>,
    deadline: Instant,
    keys: Option<Keys>,
}

impl DtlsClient {
    /// A client whose handshake begins with the first [`DtlsClient::poll`].
    pub fn new(identity: &Identity, expected_fingerprint: &str, now: Instant) -> Self {
        let mut dtls = Dtls::new_12(identity.config.clone(), identity.certificate.clone(), now);
        dtls.set_active(true);
        let expected = expected_fingerprint.to_ascii_uppercase();
        Self { dtls, expected, buffer: vec![0; RECORD_BYTES], deadline: now, keys: None }
    }

    /// The keys, once, when the handshake is done.
    pub fn take_keys(&mut self) -> Option<Keys> {
        self.keys.take()
    }

    /// When [`DtlsClient::poll`] is due.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Takes a record in and sends what it causes.
    pub fn handle(&mut self, datagram: &[u8], now: Instant, send: impl FnMut(&[u8])) -> Result<()> {
        self.dtls.handle_timeout(now)?;
        self.dtls.handle_packet(datagram)?;
        self.drain(send)
    }

    /// Sends what is due by time.
    pub fn poll(&mut self, now: Instant, send: impl FnMut(&[u8])) -> Result<()> {
        self.dtls.handle_timeout(now)?;
        self.drain(send)
    }

    fn drain(&mut self, mut send: impl FnMut(&[u8])) -> Result<()> {
        loop {
            match self.dtls.poll_output(&mut self.buffer) {
                Output::Packet(packet) => send(packet),
                Output::BufferTooSmall { needed } => self.buffer.resize(needed, 0),
                Output::Timeout(at) => {
                    self.deadline = at;
                    return Ok(());
                }
                Output::PeerCert(der) => {
                    let print = dimpl::certificate::calculate_fingerprint(der);
                    let print = dimpl::certificate::format_fingerprint(&print);
                    if !self.expected.is_empty() && print != self.expected {
                        bail!("the server's certificate {print} is not {}", self.expected);
                    }
                }
                Output::KeyingMaterial(material, profile) => {
                    self.keys = Some(Keys { profile, material: material.to_vec() });
                }
                Output::CloseNotify => bail!("the server closed DTLS"),
                _ => {}
            }
        }
    }
}
