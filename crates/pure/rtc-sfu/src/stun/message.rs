//! Reading a message where it lies.

use super::{
    ATTRIBUTE_HEADER_BYTES, Class, FINGERPRINT_BYTES, HEADER_BYTES, INTEGRITY_BYTES, IntegrityKey,
    MAGIC_COOKIE, Method, TransactionId, attribute, integrity::fingerprint,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use thiserror::Error;

/// More attributes than this are taken for an attack on the time that it takes to read them.
const ATTRIBUTES_MAX: usize = 64;

/// Why a datagram is no STUN message, or a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StunError {
    /// No header, the first two bits not zero, or the magic cookie missing.
    #[error("no STUN header")]
    Header,
    /// The message's length is not that of the datagram, no multiple of four, or over 65,535.
    #[error("the length is wrong")]
    Length,
    /// An attribute ends after the message, or its length is not what its type prescribes.
    #[error("an attribute is malformed")]
    Attribute,
    /// More attributes than any agent sends.
    #[error("too many attributes")]
    TooManyAttributes,
    /// The CRC is wrong, or something follows it.
    #[error("the fingerprint is wrong")]
    Fingerprint,
}

/// A message that is well formed; whether it is genuine is for [`Self::verify_integrity`] to say.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    /// Where MESSAGE-INTEGRITY begins.
    integrity_at: Option<usize>,
    has_fingerprint: bool,
}

impl<'a> Message<'a> {
    /// Reads a whole datagram.
    ///
    /// # Errors
    /// See [`StunError`]; a FINGERPRINT is checked where there is one.
    pub fn parse(bytes: &'a [u8]) -> Result<Message<'a>, StunError> {
        let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(StunError::Header)?;
        if header[0] & 0b1100_0000 != 0 || header[4..8] != MAGIC_COOKIE {
            return Err(StunError::Header);
        }
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if length % 4 != 0 || length + HEADER_BYTES != bytes.len() {
            return Err(StunError::Length);
        }
        let mut message = Message { bytes, integrity_at: None, has_fingerprint: false };
        let mut attributes = Attributes { bytes, at: HEADER_BYTES };
        for count in 0.. {
            let at = attributes.at;
            let Some((kind, value)) = attributes.next() else { break };
            if count == ATTRIBUTES_MAX {
                return Err(StunError::TooManyAttributes);
            }
            message.take_guard(kind, value, at)?;
        }
        if attributes.at == bytes.len() { Ok(message) } else { Err(StunError::Attribute) }
    }

    /// Notes where the integrity begins, and checks the fingerprint.
    fn take_guard(&mut self, kind: u16, value: &[u8], at: usize) -> Result<(), StunError> {
        match kind {
            attribute::FINGERPRINT => {
                let end = at + ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES;
                let before = self.bytes.get(..at).unwrap_or_default();
                if end != self.bytes.len() || value != fingerprint(before).to_be_bytes() {
                    return Err(StunError::Fingerprint);
                }
                self.has_fingerprint = true;
            }
            attribute::MESSAGE_INTEGRITY if self.integrity_at.is_none() => {
                if value.len() != INTEGRITY_BYTES {
                    return Err(StunError::Attribute);
                }
                self.integrity_at = Some(at);
            }
            _ => {}
        }
        Ok(())
    }

    /// The whole datagram's length, in bytes.
    #[allow(clippy::len_without_is_empty, reason = "a message has a header")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What the message is for.
    pub fn class(&self) -> Class {
        match self.kind() & 0x0110 {
            0x0000 => Class::Request,
            0x0010 => Class::Indication,
            0x0100 => Class::Success,
            _ => Class::Error,
        }
    }

    /// What is asked.
    pub fn method(&self) -> Method {
        let kind = self.kind();
        Method((kind & 0x000F) | (kind & 0x00E0) >> 1 | (kind & 0x3E00) >> 2)
    }

    fn kind(&self) -> u16 {
        self.bytes.first_chunk().map_or(0, |kind| u16::from_be_bytes(*kind))
    }

    /// What ties a response to its request.
    pub fn transaction(&self) -> TransactionId {
        let bytes = self.bytes.get(8..HEADER_BYTES).and_then(|bytes| bytes.first_chunk());
        TransactionId(bytes.copied().unwrap_or_default())
    }

    /// The attributes that count, in the order of the message: what follows MESSAGE-INTEGRITY is not
    /// authenticated, and ignored (RFC 8489, section 14.5).
    pub fn attributes(&self) -> Attributes<'a> {
        let end = self.integrity_at.unwrap_or(self.bytes.len());
        Attributes { bytes: self.bytes.get(..end).unwrap_or_default(), at: HEADER_BYTES }
    }

    /// The first attribute of a type.
    pub fn attribute(&self, wanted: u16) -> Option<&'a [u8]> {
        self.attributes().find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
    }

    /// An attribute that is text.
    pub fn text(&self, wanted: u16) -> Option<&'a str> {
        std::str::from_utf8(self.attribute(wanted)?).ok()
    }

    fn number<const BYTES: usize>(&self, wanted: u16) -> Option<[u8; BYTES]> {
        self.attribute(wanted)?.try_into().ok()
    }

    /// USERNAME.
    pub fn username(&self) -> Option<&'a str> {
        self.text(attribute::USERNAME)
    }

    /// The receiver's ufrag: USERNAME up to the colon, or the whole of it.
    pub fn receiver_ufrag(&self) -> Option<&'a str> {
        let username = self.username()?;
        Some(username.split_once(':').map_or(username, |(receiver, _)| receiver))
    }

    /// The sender's ufrag: USERNAME from the colon.
    pub fn sender_ufrag(&self) -> Option<&'a str> {
        self.username()?.split_once(':').map(|(_, sender)| sender)
    }

    /// PRIORITY: that of the candidate that a check comes from.
    pub fn priority(&self) -> Option<u32> {
        self.number(attribute::PRIORITY).map(u32::from_be_bytes)
    }

    /// Whether USE-CANDIDATE is there.
    pub fn use_candidate(&self) -> bool {
        self.attribute(attribute::USE_CANDIDATE).is_some()
    }

    /// The number of the nomination.
    pub fn nomination(&self) -> Option<u32> {
        self.number(attribute::NOMINATION).map(u32::from_be_bytes)
    }

    /// The tie breaker of a sender that takes itself for controlling.
    pub fn ice_controlling(&self) -> Option<u64> {
        self.number(attribute::ICE_CONTROLLING).map(u64::from_be_bytes)
    }

    /// The tie breaker of a sender that takes itself for controlled.
    pub fn ice_controlled(&self) -> Option<u64> {
        self.number(attribute::ICE_CONTROLLED).map(u64::from_be_bytes)
    }

    /// XOR-MAPPED-ADDRESS: the address that the responder saw.
    pub fn xor_mapped_address(&self) -> Option<SocketAddr> {
        self.xor_address(attribute::XOR_MAPPED_ADDRESS)
    }

    /// An attribute that is an address, masked with the cookie and the transaction (RFC 8489, section 14.2).
    pub fn xor_address(&self, wanted: u16) -> Option<SocketAddr> {
        let value = self.attribute(wanted)?;
        let (head, address) = value.split_first_chunk::<4>()?;
        let port = u16::from_be_bytes([head[2] ^ MAGIC_COOKIE[0], head[3] ^ MAGIC_COOKIE[1]]);
        let ip = match (head[1], address.len()) {
            (1, 4) => IpAddr::V4(Ipv4Addr::from(masked::<4>(address, self.transaction()))),
            (2, 16) => IpAddr::V6(Ipv6Addr::from(masked::<16>(address, self.transaction()))),
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// ERROR-CODE: 300–699, and the reason for people.
    pub fn error_code(&self) -> Option<(u16, &'a str)> {
        let (head, reason) = self.attribute(attribute::ERROR_CODE)?.split_first_chunk::<4>()?;
        let (class, number) = (u16::from(head[2] & 0b111), u16::from(head[3]));
        let reason = std::str::from_utf8(reason).ok()?;
        ((3..=6).contains(&class) && number < 100).then_some((class * 100 + number, reason))
    }

    /// The attributes that must be understood (types below 0x8000) and are not in `known`.
    pub fn unknown_required<'k>(&self, known: &'k [u16]) -> impl Iterator<Item = u16> + use<'a, 'k> {
        self.attributes().map(|(kind, _)| kind).filter(|kind| *kind < 0x8000 && !known.contains(kind))
    }

    /// Whether MESSAGE-INTEGRITY is there, right or wrong.
    pub fn has_integrity(&self) -> bool {
        self.integrity_at.is_some()
    }

    /// Whether FINGERPRINT is there; it is right then.
    pub fn has_fingerprint(&self) -> bool {
        self.has_fingerprint
    }

    /// Whether MESSAGE-INTEGRITY is there and was made with `key`. Takes the same time whatever differs.
    pub fn verify_integrity(&self, key: &IntegrityKey) -> bool {
        let Some(at) = self.integrity_at else { return false };
        let value_at = at + ATTRIBUTE_HEADER_BYTES;
        let end = value_at + INTEGRITY_BYTES;
        let (Some(kind), Some(rest), Some(given)) =
            (self.bytes.get(..2), self.bytes.get(4..at), self.bytes.get(value_at..end))
        else {
            return false;
        };
        // The length that is signed is that of a message which ends with this attribute.
        let length = ((end - HEADER_BYTES) as u16).to_be_bytes();
        let expected = key.sign(&[kind, &length, rest]);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected, given).is_ok()
    }
}

/// Lays the mask of XOR-MAPPED-ADDRESS over an address: the cookie, then the transaction.
pub(super) fn masked<const BYTES: usize>(address: &[u8], transaction: TransactionId) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let mask = MAGIC_COOKIE.iter().chain(&transaction.0);
    for ((to, from), mask) in bytes.iter_mut().zip(address).zip(mask) {
        *to = from ^ mask;
    }
    bytes
}

/// A message's attributes: type and value, without padding.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.bytes.get(self.at..)?.split_first_chunk::<ATTRIBUTE_HEADER_BYTES>()?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let padded = length.next_multiple_of(4);
        if padded > rest.len() {
            return None;
        }
        self.at += ATTRIBUTE_HEADER_BYTES + padded;
        Some((u16::from_be_bytes([head[0], head[1]]), rest.get(..length)?))
    }
}
