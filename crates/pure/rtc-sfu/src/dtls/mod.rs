//! DTLS: the handshake that keys SRTP and carries SCTP (RFC 6347, RFC 5764, RFC 8261).
//!
//! [`Dtls`] wraps a connection of the `dimpl` library and adds what a media server needs: the peer's certificate is
//! held against the fingerprints that signaling told of before any key is given out; time is an argument; bytes
//! that anyone could have sent neither end a connection nor make it grow.
//!
//! It is DTLS 1.2 on purpose: there the server chooses the SRTP profile, and `dimpl` chooses AES-GCM, while in
//! DTLS 1.3 browsers end up with AES-CM and HMAC-SHA1, which cost five times as much a packet. No cookies are
//! exchanged: a datagram reaches this module from an address that passed an ICE check with a password, which
//! proves more than a cookie would, and a round trip of each join is saved.

mod admit;
mod fingerprint;
mod identity;
mod session;
#[cfg(test)]
mod tests;

pub use identity::Identity;
pub use session::Dtls;

use crate::srtp::KeyingMaterial;
use thiserror::Error;

/// What a [`Dtls`] has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum DtlsOutput {
    /// To be sent to the peer.
    Datagram(Vec<u8>),
    /// The handshake is done and the peer is who signaling said: media may flow. At most once.
    Connected(KeyingMaterial),
    /// Data of the peer: an SCTP packet.
    Data(Vec<u8>),
    /// The connection is over, as the call that brought it about also said. Nothing follows.
    Failed(DtlsError),
    /// The peer closed. What it is answered with comes before; nothing follows.
    Closed,
}

/// Why a connection is not made, has ended, or does not send.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DtlsError {
    /// The peer's certificate is not the one that signaling told of.
    #[error("the peer's certificate does not match its fingerprint")]
    FingerprintMismatch,
    /// None of the fingerprints is of a hash that can be checked; the text names those that were given.
    #[error("fingerprints can be checked with sha-224, sha-256, sha-384 or sha-512, not with {0}")]
    UnsupportedFingerprint(String),
    /// A fingerprint is not hexadecimal bytes joined by colons, or not as long as its hash.
    #[error("not a fingerprint of its algorithm: {0}")]
    MalformedFingerprint(String),
    /// The role must be settled before the handshake: client or server.
    #[error("the DTLS role is neither client nor server")]
    UndecidedRole,
    /// The peer offers no SRTP profile that we have.
    #[error("the peer offers no SRTP profile that we have")]
    NoSrtpProfile,
    /// The handshake took too long.
    #[error("the handshake took too long")]
    Timeout,
    /// The peer broke the protocol, or ended the connection with an alert.
    #[error("{0}")]
    Protocol(String),
    /// The key pair or certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Certificate(String),
    /// Nothing can be sent: not connected yet, or no more.
    #[error("not connected")]
    NotConnected,
    /// What is to be sent does not fit a record of 16,384 bytes, or too much waits to be polled.
    #[error("the data is too long, or too much waits to be sent")]
    Full,
}
