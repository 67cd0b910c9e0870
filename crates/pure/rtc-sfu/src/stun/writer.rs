//! Writing a message.

use super::{
    ATTRIBUTE_HEADER_BYTES, Class, FINGERPRINT_BYTES, HEADER_BYTES, INTEGRITY_BYTES, IntegrityKey,
    MAGIC_COOKIE, Method, StunError, TransactionId, attribute, integrity::fingerprint, message::masked,
};
use std::net::{IpAddr, SocketAddr};

/// Appends one message to a buffer, attribute by attribute. End it with [`Self::finish`]; what is guarded is
/// what was written before [`Self::integrity`] and [`Self::fingerprint`].
#[must_use = "a message has its length only after `finish`"]
pub struct Writer<'b> {
    buffer: &'b mut Vec<u8>,
    start: usize,
    transaction: TransactionId,
    fits: bool,
}

impl<'b> Writer<'b> {
    /// Begins a message at the end of `buffer`.
    pub fn new(buffer: &'b mut Vec<u8>, class: Class, method: Method, transaction: TransactionId) -> Self {
        let class_bits = match class {
            Class::Request => 0x0000,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Error => 0x0110,
        };
        let method = method.0;
        let kind = class_bits | (method & 0x000F) | (method & 0x0070) << 1 | (method & 0x0F80) << 2;
        let start = buffer.len();
        buffer.extend_from_slice(&kind.to_be_bytes());
        buffer.extend_from_slice(&[0, 0]);
        buffer.extend_from_slice(&MAGIC_COOKIE);
        buffer.extend_from_slice(&transaction.0);
        Self { buffer, start, transaction, fits: true }
    }

    /// The bytes of attributes so far.
    fn length(&self) -> usize {
        self.buffer.len() - self.start - HEADER_BYTES
    }

    /// Writes the header's length field, as if `more` bytes of attributes followed.
    fn set_length(&mut self, more: usize) {
        let length = self.length() + more;
        let field = self.buffer.get_mut(self.start..).and_then(|bytes| bytes.get_mut(2..4));
        match (u16::try_from(length), field) {
            (Ok(length), Some(field)) => field.copy_from_slice(&length.to_be_bytes()),
            _ => self.fits = false,
        }
    }

    fn written(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Any attribute; [`Self::finish`] fails where it did not fit.
    pub fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        let padded = value.len().next_multiple_of(4);
        let total = self.length() + ATTRIBUTE_HEADER_BYTES + padded;
        let Ok(length) = u16::try_from(value.len()) else {
            self.fits = false;
            return self;
        };
        if total > usize::from(u16::MAX) {
            self.fits = false;
            return self;
        }
        self.buffer.extend_from_slice(&kind.to_be_bytes());
        self.buffer.extend_from_slice(&length.to_be_bytes());
        self.buffer.extend_from_slice(value);
        self.buffer.resize(self.start + HEADER_BYTES + total, 0);
        self
    }

    /// USERNAME.
    pub fn username(self, username: &str) -> Self {
        self.attribute(attribute::USERNAME, username.as_bytes())
    }

    /// PRIORITY.
    pub fn priority(self, priority: u32) -> Self {
        self.attribute(attribute::PRIORITY, &priority.to_be_bytes())
    }

    /// USE-CANDIDATE.
    pub fn use_candidate(self) -> Self {
        self.attribute(attribute::USE_CANDIDATE, &[])
    }

    /// The number of a nomination.
    pub fn nomination(self, number: u32) -> Self {
        self.attribute(attribute::NOMINATION, &number.to_be_bytes())
    }

    /// ICE-CONTROLLING with its tie breaker.
    pub fn ice_controlling(self, tie_breaker: u64) -> Self {
        self.attribute(attribute::ICE_CONTROLLING, &tie_breaker.to_be_bytes())
    }

    /// ICE-CONTROLLED with its tie breaker.
    pub fn ice_controlled(self, tie_breaker: u64) -> Self {
        self.attribute(attribute::ICE_CONTROLLED, &tie_breaker.to_be_bytes())
    }

    /// XOR-MAPPED-ADDRESS.
    pub fn xor_mapped_address(self, address: SocketAddr) -> Self {
        self.xor_address(attribute::XOR_MAPPED_ADDRESS, address)
    }

    /// An attribute that is an address, masked with the cookie and the transaction (RFC 8489, section 14.2).
    pub fn xor_address(self, kind: u16, address: SocketAddr) -> Self {
        let port = (address.port() ^ 0x2112).to_be_bytes();
        let mut value = [0; 20];
        value[2..4].copy_from_slice(&port);
        let bytes = match address.ip() {
            IpAddr::V4(ip) => {
                value[1] = 1;
                value[4..8].copy_from_slice(&masked::<4>(&ip.octets(), self.transaction));
                8
            }
            IpAddr::V6(ip) => {
                value[1] = 2;
                value[4..].copy_from_slice(&masked::<16>(&ip.octets(), self.transaction));
                20
            }
        };
        self.attribute(kind, value.get(..bytes).unwrap_or_default())
    }

    /// ERROR-CODE; `code` is 300–699, the reason at most 127 characters.
    pub fn error_code(self, code: u16, reason: &str) -> Self {
        let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
        value.extend_from_slice(reason.as_bytes());
        self.attribute(attribute::ERROR_CODE, &value)
    }

    /// UNKNOWN-ATTRIBUTES: the types that were not understood.
    pub fn unknown_attributes(self, kinds: impl Iterator<Item = u16>) -> Self {
        let value: Vec<u8> = kinds.flat_map(u16::to_be_bytes).collect();
        self.attribute(attribute::UNKNOWN_ATTRIBUTES, &value)
    }

    /// MESSAGE-INTEGRITY over all so far.
    pub fn integrity(mut self, key: &IntegrityKey) -> Self {
        self.set_length(ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES);
        let tag = key.sign(&[self.written()]);
        self.attribute(attribute::MESSAGE_INTEGRITY, &tag)
    }

    /// FINGERPRINT over all so far; the last attribute.
    pub fn fingerprint(mut self) -> Self {
        self.set_length(ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES);
        let crc = fingerprint(self.written());
        self.attribute(attribute::FINGERPRINT, &crc.to_be_bytes())
    }

    /// Ends the message.
    ///
    /// # Errors
    /// [`StunError::Length`] where the attributes are over 65,535 bytes; the buffer is then as it was before.
    pub fn finish(mut self) -> Result<(), StunError> {
        self.set_length(0);
        if self.fits {
            return Ok(());
        }
        self.buffer.truncate(self.start);
        Err(StunError::Length)
    }
}
