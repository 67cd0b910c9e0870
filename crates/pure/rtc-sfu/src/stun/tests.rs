use super::*;
use proptest::prelude::*;
use std::net::SocketAddr;

/// The samples of RFC 5769.
const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";
const TRANSACTION: TransactionId =
    TransactionId([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);
const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae\
    802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36\
    000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
const RESPONSE_V4: &str = "0101003c2112a442b7e7a701bc34d686fa87dfae\
    8022000b7465737420766563746f7220002000080001a147e112a643\
    000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
const RESPONSE_V6: &str = "010100482112a442b7e7a701bc34d686fa87dfae\
    8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9\
    00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn key() -> IntegrityKey {
    IntegrityKey::new(PASSWORD)
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A check as browsers send it.
fn check() -> Vec<u8> {
    let mut datagram = Vec::new();
    Writer::new(&mut datagram, Class::Request, Method::BINDING, TRANSACTION)
        .username("local:remote")
        .ice_controlling(7)
        .use_candidate()
        .priority(0x6E00_01FF)
        .integrity(&key())
        .fingerprint()
        .finish()
        .expect("fits");
    datagram
}

#[test]
fn the_sample_request_of_rfc_5769_is_read_and_verified() {
    let datagram = bytes(REQUEST);
    let message = Message::parse(&datagram).expect("well formed");
    assert_eq!((message.class(), message.method()), (Class::Request, Method::BINDING));
    assert_eq!(message.transaction(), TRANSACTION);
    assert_eq!(message.username(), Some("evtj:h6vY"));
    assert_eq!((message.receiver_ufrag(), message.sender_ufrag()), (Some("evtj"), Some("h6vY")));
    assert_eq!(message.priority(), Some(0x6E00_01FF));
    assert_eq!(message.ice_controlled(), Some(0x932F_F9B1_5126_3B36));
    assert_eq!(message.ice_controlling(), None);
    assert_eq!(message.text(attribute::SOFTWARE), Some("STUN test client"));
    assert!(message.has_fingerprint() && message.verify_integrity(&key()));
    assert!(!message.verify_integrity(&IntegrityKey::new(b"VOkJxbRl1RmTxUk/WvJxBT")));
}

#[test]
fn the_sample_responses_of_rfc_5769_are_read_and_verified() {
    for (sample, mapped) in
        [(RESPONSE_V4, "192.0.2.1:32853"), (RESPONSE_V6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    {
        let datagram = bytes(sample);
        let message = Message::parse(&datagram).expect("well formed");
        assert_eq!((message.class(), message.method()), (Class::Success, Method::BINDING));
        assert_eq!(message.xor_mapped_address(), Some(address(mapped)));
        assert!(message.has_fingerprint() && message.verify_integrity(&key()));
    }
}

#[test]
fn attributes_are_written_as_in_the_samples() {
    // The samples pad with blanks, we with zeros: either may be (RFC 8489, section 14).
    let mut datagram = Vec::new();
    Writer::new(&mut datagram, Class::Success, Method::BINDING, TRANSACTION)
        .attribute(attribute::SOFTWARE, b"test vector ")
        .xor_mapped_address(address("192.0.2.1:32853"))
        .finish()
        .expect("fits");
    let sample = bytes(RESPONSE_V4);
    assert_eq!(datagram[24..], sample[24..48]);
}

#[test]
fn what_follows_the_integrity_does_not_count() {
    let mut datagram = Vec::new();
    Writer::new(&mut datagram, Class::Request, Method::BINDING, TRANSACTION)
        .username("local:remote")
        .integrity(&key())
        .use_candidate()
        .ice_controlled(1)
        .fingerprint()
        .finish()
        .expect("fits");
    let message = Message::parse(&datagram).expect("well formed");
    assert!(message.verify_integrity(&key()));
    assert!(!message.use_candidate() && message.ice_controlled().is_none());
    assert_eq!(message.attributes().count(), 1);
}

#[test]
fn errors_are_written_and_read() {
    let mut datagram = Vec::new();
    Writer::new(&mut datagram, Class::Error, Method(0x0FFF), TRANSACTION)
        .error_code(487, "Role Conflict")
        .unknown_attributes([0x7777].into_iter())
        .finish()
        .expect("fits");
    let message = Message::parse(&datagram).expect("well formed");
    assert_eq!((message.class(), message.method()), (Class::Error, Method(0x0FFF)));
    assert_eq!(message.error_code(), Some((487, "Role Conflict")));
    assert_eq!(message.attribute(attribute::UNKNOWN_ATTRIBUTES), Some(&[0x77, 0x77][..]));
    assert!(!message.has_integrity() && !message.verify_integrity(&key()));
}

#[test]
fn attributes_that_must_be_understood_are_told() {
    let mut datagram = Vec::new();
    Writer::new(&mut datagram, Class::Request, Method::BINDING, TRANSACTION)
        .username("a:b")
        .attribute(0x7777, b"?")
        .attribute(0xC057, b"")
        .finish()
        .expect("fits");
    let message = Message::parse(&datagram).expect("well formed");
    assert_eq!(message.unknown_required(&[attribute::USERNAME]).collect::<Vec<_>>(), [0x7777]);
}

#[test]
fn what_is_no_message_is_told_apart() {
    let good = check();
    let parse = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut datagram = good.clone();
        change(&mut datagram);
        Message::parse(&datagram).map(|_| ()).expect_err("malformed")
    };
    assert_eq!(parse(&|datagram| datagram.truncate(19)), StunError::Header);
    assert_eq!(parse(&|datagram| datagram[0] = 0x80), StunError::Header);
    assert_eq!(parse(&|datagram| datagram[5] ^= 1), StunError::Header);
    assert_eq!(parse(&|datagram| datagram.push(0)), StunError::Length);
    assert_eq!(parse(&|datagram| datagram[3] -= 4), StunError::Length);
    assert_eq!(parse(&|datagram| datagram[3] ^= 1), StunError::Length);
    assert_eq!(parse(&|datagram| datagram[22] = 0xFF), StunError::Attribute);
    assert_eq!(parse(&|datagram| *datagram.last_mut().expect("bytes") ^= 1), StunError::Fingerprint);
    let mut datagram = Vec::new();
    let writer = Writer::new(&mut datagram, Class::Request, Method::BINDING, TRANSACTION);
    writer.fingerprint().use_candidate().finish().expect("fits");
    assert_eq!(Message::parse(&datagram).expect_err("malformed"), StunError::Fingerprint);
    let many = (0..65).fold(Vec::new(), |mut datagram, _| {
        datagram.extend_from_slice(&[0x80, 0x22, 0, 0]);
        datagram
    });
    let mut datagram = bytes("000101042112a442b7e7a701bc34d686fa87dfae");
    datagram.extend(many);
    assert_eq!(Message::parse(&datagram).expect_err("malformed"), StunError::TooManyAttributes);
}

#[test]
fn a_message_that_is_too_long_is_not_written() {
    let mut datagram = vec![1, 2, 3];
    let long = vec![0; 40_000];
    let writer = Writer::new(&mut datagram, Class::Indication, Method(6), TRANSACTION);
    let written = writer.attribute(0x0013, &long).attribute(0x0013, &long).finish();
    assert_eq!((written, datagram), (Err(StunError::Length), vec![1, 2, 3]));
    let mut datagram = Vec::new();
    let longest = vec![0; 65_528];
    let writer = Writer::new(&mut datagram, Class::Indication, Method(6), TRANSACTION);
    writer.attribute(0x0013, &longest).finish().expect("fits");
    assert_eq!(datagram.len(), 20 + 65_532);
    assert!(Message::parse(&datagram).is_ok());
}

/// What str0m's STUN takes as HMAC.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    IntegrityKey::new(key).sign(parts)
}

#[test]
fn str0m_and_we_read_each_other() {
    use str0m::ice::{StunMessage, TransId};
    let theirs = StunMessage::binding_request("local:remote", TransId::new(), true, 99, 1234, true);
    let mut buffer = [0; 500];
    let length = theirs.to_bytes(Some(PASSWORD), &mut buffer, hmac).expect("fits");
    let message = Message::parse(&buffer[..length]).expect("well formed");
    assert!(message.verify_integrity(&key()) && message.has_fingerprint() && message.use_candidate());
    assert_eq!(message.username(), Some("local:remote"));
    assert_eq!((message.priority(), message.ice_controlling()), (Some(1234), Some(99)));

    for mapped in ["192.0.2.1:32853", "[2001:db8::7]:9"] {
        let mut reply = Vec::new();
        Writer::new(&mut reply, Class::Success, Method::BINDING, TRANSACTION)
            .xor_mapped_address(address(mapped))
            .integrity(&key())
            .fingerprint()
            .finish()
            .expect("fits");
        let read = StunMessage::parse(&reply).expect("str0m reads it");
        assert!(read.is_successful_binding_response() && read.verify(PASSWORD, hmac));
        assert_eq!(read.mapped_address(), Some(address(mapped)));
    }
    let request = check();
    let read = StunMessage::parse(&request).expect("str0m reads it");
    assert!(read.verify(PASSWORD, hmac) && read.use_candidate());
    assert_eq!(read.split_username(), Some(("local", "remote")));
}

/// Reads everything that can be read.
fn read_all(datagram: &[u8]) {
    let Ok(message) = Message::parse(datagram) else { return };
    _ = (message.class(), message.method(), message.transaction(), message.len());
    _ = (message.username(), message.receiver_ufrag(), message.sender_ufrag(), message.priority());
    _ = (message.use_candidate(), message.nomination(), message.ice_controlling(), message.ice_controlled());
    _ = (message.xor_mapped_address(), message.error_code(), message.verify_integrity(&key()));
    _ = message.unknown_required(&[]).count();
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(datagram in prop::collection::vec(any::<u8>(), 0..300)) {
        read_all(&datagram);
    }

    #[test]
    fn any_attributes_are_read_without_panic(
        attributes in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..24)), 0..12),
    ) {
        let known = [0x0006, 0x0008, 0x0009, 0x0020, 0x0024, 0x0025, 0x8028, 0x8029, 0x802A, 0xC001];
        let mut datagram = Vec::new();
        let mut writer = Writer::new(&mut datagram, Class::Request, Method::BINDING, TRANSACTION);
        for (kind, value) in &attributes {
            let kind = if kind % 3 == 0 { *kind } else { known[usize::from(*kind) % known.len()] };
            writer = writer.attribute(kind, value);
        }
        writer.finish().expect("fits");
        read_all(&datagram);
    }

    #[test]
    fn a_changed_message_is_not_genuine(at in 0..200usize, bit in 0..8u32) {
        let mut datagram = check();
        // The fingerprint is not guarded: without it the message is genuine still.
        let at = at % (datagram.len() - 8);
        datagram[at] ^= 1 << bit;
        let genuine = Message::parse(&datagram).is_ok_and(|message| message.verify_integrity(&key()));
        prop_assert!(!genuine);
    }

    #[test]
    fn methods_and_classes_survive(method in 0..0x1000u16, class in 0..4usize) {
        let class = [Class::Request, Class::Indication, Class::Success, Class::Error][class];
        let mut datagram = Vec::new();
        Writer::new(&mut datagram, class, Method(method), TRANSACTION).finish().expect("fits");
        let message = Message::parse(&datagram).expect("well formed");
        prop_assert_eq!((message.class(), message.method()), (class, Method(method)));
    }
}
