//! The three STUN messages (RFC 8489) that an ICE connectivity check needs, written and read.
//!
//! The judge has its own: a fault shared with the server under test would hide on both ends.

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::hmac;

const MAGIC: [u8; 4] = 0x2112_A442_u32.to_be_bytes();
const HEADER_BYTES: usize = 20;
const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const ERROR: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLING: u16 = 0x802A;
/// Of a host candidate of component 1 (RFC 8445, section 5.1.2.1).
const HOST_PRIORITY: u32 = 2_130_706_431;

/// Names a transaction.
pub type TransactionId = [u8; 12];

/// A message that was taken in.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// A check by the other side; its integrity is that of our password.
    Request(TransactionId),
    /// Our check was answered; its integrity is that of their password.
    Success(TransactionId),
    /// Our check was refused.
    Error(TransactionId),
}

/// A nominating check from the controlling side.
pub fn request(id: TransactionId, username: &str, tie_breaker: u64, password: &str) -> Vec<u8> {
    let mut message = head(REQUEST, id);
    attribute(&mut message, USERNAME, username.as_bytes());
    attribute(&mut message, PRIORITY, &HOST_PRIORITY.to_be_bytes());
    attribute(&mut message, ICE_CONTROLLING, &tie_breaker.to_be_bytes());
    attribute(&mut message, USE_CANDIDATE, &[]);
    seal(message, password)
}

/// The answer to a check that came from `from`.
pub fn success(id: TransactionId, from: SocketAddr, password: &str) -> Vec<u8> {
    let mut message = head(SUCCESS, id);
    let port = from.port() ^ u16::from_be_bytes([MAGIC[0], MAGIC[1]]);
    let mask = [&MAGIC[..], &id].concat();
    let xored = |octets: &[u8]| octets.iter().zip(&mask).map(|(a, b)| a ^ b).collect::<Vec<u8>>();
    let (family, address) = match from.ip() {
        IpAddr::V4(ip) => (1, xored(&ip.octets())),
        IpAddr::V6(ip) => (2, xored(&ip.octets())),
    };
    let value = [&[0, family][..], &port.to_be_bytes(), &address].concat();
    attribute(&mut message, XOR_MAPPED_ADDRESS, &value);
    seal(message, password)
}

/// Reads a datagram; `None` for what is not one of the three, or is not whole, or has the wrong integrity.
pub fn read(datagram: &[u8], our_password: &str, their_password: &str) -> Option<Message> {
    let (head, body) = datagram.split_first_chunk::<HEADER_BYTES>()?;
    if head[4..8] != MAGIC || usize::from(u16::from_be_bytes([head[2], head[3]])) != body.len() {
        return None;
    }
    let id: TransactionId = head[8..].try_into().ok()?;
    match u16::from_be_bytes([head[0], head[1]]) {
        REQUEST => verified(datagram, our_password).then_some(Message::Request(id)),
        SUCCESS => verified(datagram, their_password).then_some(Message::Success(id)),
        ERROR => Some(Message::Error(id)),
        _ => None,
    }
}

fn head(kind: u16, id: TransactionId) -> Vec<u8> {
    let mut message = Vec::with_capacity(128);
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(&MAGIC);
    message.extend_from_slice(&id);
    message
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&(value.len() as u16).to_be_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
    set_length(message, 0);
}

/// Says in the header that `more` bytes will follow what is there.
fn set_length(message: &mut [u8], more: usize) {
    let length = (message.len() - HEADER_BYTES + more) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

/// Appends MESSAGE-INTEGRITY and FINGERPRINT, each computed with the header's length as if it were the last
/// attribute (RFC 8489, sections 14.5 and 14.7).
fn seal(mut message: Vec<u8>, password: &str) -> Vec<u8> {
    set_length(&mut message, 24);
    let tag = hmac::sign(&key(password), &message);
    attribute(&mut message, INTEGRITY, tag.as_ref());
    set_length(&mut message, 8);
    let check = crc32(&message) ^ 0x5354_554E;
    attribute(&mut message, FINGERPRINT, &check.to_be_bytes());
    message
}

fn key(password: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes())
}

fn verified(datagram: &[u8], password: &str) -> bool {
    let mut at = HEADER_BYTES;
    while let Some(&[a, b, c, d]) = datagram.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let length = usize::from(u16::from_be_bytes([c, d]));
        if u16::from_be_bytes([a, b]) == INTEGRITY {
            let Some(tag) = datagram.get(at + 4..at + 4 + length) else { return false };
            let mut covered = datagram[..at].to_vec();
            set_length(&mut covered, 24);
            return hmac::verify(&key(password), &covered, tag).is_ok();
        }
        at += 4 + length.next_multiple_of(4);
    }
    false
}

/// CRC-32 of ISO 3309, bit by bit: a check is a hundred bytes, a few times a second.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TransactionId = *b"transaction!";

    #[test]
    fn crc_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_check_and_its_answer_are_read_with_the_right_passwords_only() {
        let check = request(ID, "them:us", 7, "their password");
        assert_eq!(read(&check, "their password", "x"), Some(Message::Request(ID)));
        assert_eq!(read(&check, "another", "x"), None);
        for from in ["192.0.2.1:4000", "[2001:db8::1]:4000"] {
            let answer = success(ID, from.parse().expect("an address"), "pw");
            assert_eq!(read(&answer, "x", "pw"), Some(Message::Success(ID)));
            assert_eq!(read(&answer, "pw", "x"), None);
        }
    }

    #[test]
    fn a_cut_message_is_not_read() {
        let check = request(ID, "them:us", 7, "pw");
        for cut in 0..check.len() {
            assert_eq!(read(&check[..cut], "pw", "pw"), None, "cut at {cut}");
        }
    }

    #[test]
    fn the_sample_request_of_rfc_5769_verifies() {
        let sample: &[u8] = &[
            0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
            0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
            0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
            0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
            0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
            0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
            0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
        ];
        assert!(verified(sample, "VOkJxbRl1RmTxUk/WvJxBt"));
        assert!(!verified(sample, "VOkJxbRl1RmTxUk/WvJxBs"));
    }
}
