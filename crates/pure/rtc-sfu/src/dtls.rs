//! DTLS: the handshake that keys SRTP and carries SCTP (RFC 5764, RFC 8261).

/// The process's certificate and key.
#[derive(Debug)]
pub struct Identity {}
