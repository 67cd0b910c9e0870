//! STUN messages and ICE checks, as anybody can send them to a media port.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::{
    Protocol, Time, Tuple, demux,
    ice::{CheckOutcome, Credentials, IceLite},
    stun::{IntegrityKey, Message, attribute},
};
use std::{sync::LazyLock, time::Duration};

static KEY: LazyLock<IntegrityKey> = LazyLock::new(|| IntegrityKey::new(b"VOkJxbRl1RmTxUk/WvJxBt"));

fuzz_target!(|datagram: &[u8]| {
    let class = demux::classify(datagram);
    let Ok(message) = Message::parse(datagram) else { return };
    // Methods over 255 are well formed too, but not what comes to a media port.
    assert_eq!(class == demux::Class::Stun, datagram[0] <= 3);
    _ = (message.class(), message.method(), message.username(), message.sender_ufrag(), message.priority());
    _ = (message.nomination(), message.ice_controlling(), message.ice_controlled(), message.error_code());
    _ = (message.xor_mapped_address(), message.text(attribute::SOFTWARE), message.verify_integrity(&KEY));
    assert!(message.unknown_required(&[]).count() <= message.attributes().count());

    let from = Tuple { protocol: Protocol::Udp, local: 0, remote: ([192, 0, 2, 1], 9).into() };
    let mut agent = IceLite::new(Time::ZERO, Credentials::from_random(&[0; 24]), Duration::from_secs(15));
    let mut reply = Vec::new();
    // Nobody guesses an HMAC: all that gets through without the password is a bug.
    let outcome = agent.handle_check(Time::ZERO, from, &message, &mut reply);
    assert!(matches!(outcome, CheckOutcome::Rejected(_)));
    assert!(reply.len() <= datagram.len() && !agent.is_verified(&from));
});
