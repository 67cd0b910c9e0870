use super::*;
use crate::{
    Protocol, Time, Tuple,
    stun::{Class, IntegrityKey, Message, Method, TransactionId, Writer},
};
use proptest::prelude::*;
use std::time::Duration;

const CONSENT: Duration = Duration::from_secs(15);

fn credentials(number: u8) -> Credentials {
    Credentials::from_random(&[number; 24])
}

fn udp(port: u16) -> Tuple {
    Tuple { protocol: Protocol::Udp, local: 0, remote: ([192, 0, 2, 1], port).into() }
}

fn tcp(port: u16) -> Tuple {
    Tuple { protocol: Protocol::Tcp, local: 9, ..udp(port) }
}

/// A peer that knows our credentials, and its clock.
struct Peer {
    agent: IceLite,
    now: Time,
    transactions: u64,
    reply: Vec<u8>,
}

type Extra = fn(Writer<'_>) -> Writer<'_>;
const PLAIN: Extra = |writer| writer;
const USE: Extra = |writer| writer.use_candidate();

impl Peer {
    fn new() -> Self {
        let agent = IceLite::new(Time::ZERO, credentials(1), CONSENT);
        Self { agent, now: Time::ZERO, transactions: 0, reply: Vec::new() }
    }

    fn request(&mut self, with: &Credentials, extra: impl FnOnce(Writer<'_>) -> Writer<'_>) -> Vec<u8> {
        self.transactions += 1;
        let mut id = [0; 12];
        id[..8].copy_from_slice(&self.transactions.to_be_bytes());
        let mut datagram = Vec::new();
        let writer = Writer::new(&mut datagram, Class::Request, Method::BINDING, TransactionId(id))
            .username(&format!("{}:theirs", with.ufrag))
            .priority(1);
        extra(writer)
            .integrity(&IntegrityKey::new(with.password.as_bytes()))
            .fingerprint()
            .finish()
            .expect("fits");
        datagram
    }

    fn deliver(&mut self, from: Tuple, datagram: &[u8]) -> CheckOutcome {
        let message = Message::parse(datagram).expect("well formed");
        self.agent.handle_check(self.now, from, &message, &mut self.reply)
    }

    fn check(&mut self, from: Tuple, extra: Extra) -> CheckOutcome {
        let current = self.agent.local().clone();
        let datagram = self.request(&current, |writer| extra(writer.ice_controlling(5)));
        self.deliver(from, &datagram)
    }

    fn reply_error(&self) -> Option<u16> {
        Message::parse(&self.reply).expect("a reply").error_code().map(|(code, _)| code)
    }
}

fn answered(new: Option<Tuple>, selected_changed: bool) -> CheckOutcome {
    CheckOutcome::Answered { new_tuple: new, dropped_tuple: None, selected_changed, retired_ufrag: None }
}

#[test]
fn credentials_are_spelled_in_ice_characters() {
    let Credentials { ufrag, password } = Credentials::from_random(&[0xFF; 24]);
    assert_eq!((ufrag.as_str(), password.len()), ("////////", 24));
    assert_ne!(credentials(1), credentials(2));
    assert!(!format!("{:?}", credentials(1)).contains(&credentials(1).password));
}

#[test]
fn a_check_is_answered_with_the_address_it_came_from() {
    let mut peer = Peer::new();
    assert_eq!(peer.check(udp(1000), PLAIN), answered(Some(udp(1000)), true));
    let reply = Message::parse(&peer.reply).expect("a reply");
    assert_eq!((reply.class(), reply.xor_mapped_address()), (Class::Success, Some(udp(1000).remote)));
    assert!(reply.verify_integrity(&IntegrityKey::new(credentials(1).password.as_bytes())));
    assert!(reply.has_fingerprint());
    assert!(peer.agent.is_verified(&udp(1000)) && !peer.agent.is_verified(&udp(1001)));
    assert_eq!(peer.agent.selected(), Some(udp(1000)));
}

#[test]
fn before_a_nomination_the_first_path_serves_and_udp_is_preferred() {
    let mut peer = Peer::new();
    assert_eq!(peer.check(tcp(1), PLAIN), answered(Some(tcp(1)), true));
    assert_eq!(peer.check(udp(2), PLAIN), answered(Some(udp(2)), true));
    assert_eq!(peer.check(udp(3), PLAIN), answered(Some(udp(3)), false));
    assert_eq!(peer.check(tcp(4), PLAIN), answered(Some(tcp(4)), false));
    assert_eq!(peer.agent.selected(), Some(udp(2)));
}

#[test]
fn the_peer_chooses_the_path_and_may_choose_again() {
    let mut peer = Peer::new();
    peer.check(udp(1), PLAIN);
    assert_eq!(peer.check(tcp(2), USE), answered(Some(tcp(2)), true));
    assert_eq!(peer.check(udp(3), PLAIN), answered(Some(udp(3)), false));
    assert_eq!(peer.check(udp(1), USE), answered(None, true));
    assert_eq!(peer.agent.selected(), Some(udp(1)));
}

#[test]
fn a_numbered_nomination_counts_where_its_number_is_higher() {
    let mut peer = Peer::new();
    peer.check(udp(1), |writer| writer.nomination(5).use_candidate());
    assert_eq!(peer.agent.selected(), Some(udp(1)));
    peer.check(udp(2), |writer| writer.nomination(4).use_candidate());
    peer.check(udp(2), |writer| writer.nomination(5));
    assert_eq!(peer.agent.selected(), Some(udp(1)));
    assert_eq!(peer.check(udp(2), |writer| writer.nomination(6)), answered(None, true));
}

#[test]
fn a_check_with_the_wrong_password_is_refused_and_teaches_nothing() {
    let mut peer = Peer::new();
    let wrong = Credentials { password: "x".repeat(24), ..credentials(1) };
    let datagram = peer.request(&wrong, USE);
    assert_eq!(peer.deliver(udp(1), &datagram), CheckOutcome::Rejected(Rejection::Integrity));
    assert_eq!(peer.reply_error(), Some(401));
    assert!(peer.reply.len() <= datagram.len());
    assert!(peer.agent.selected().is_none() && !peer.agent.is_verified(&udp(1)));
    assert!(!peer.agent.was_connected());
    let other = peer.request(&credentials(9), USE);
    assert_eq!(peer.deliver(udp(1), &other), CheckOutcome::Rejected(Rejection::Username));
}

#[test]
fn a_reply_to_anybody_is_never_longer_than_the_request() {
    let mut peer = Peer::new();
    let mut datagram = Vec::new();
    let id = TransactionId([3; 12]);
    Writer::new(&mut datagram, Class::Request, Method::BINDING, id).finish().expect("fits");
    assert_eq!(peer.deliver(udp(1), &datagram), CheckOutcome::Rejected(Rejection::Incomplete));
    assert!(peer.reply.is_empty());
    datagram.clear();
    let writer = Writer::new(&mut datagram, Class::Request, Method::BINDING, id);
    writer.username("somebody:else").finish().expect("fits");
    assert_eq!(peer.deliver(udp(1), &datagram), CheckOutcome::Rejected(Rejection::Incomplete));
    assert_eq!((peer.reply_error(), peer.reply.len() <= datagram.len()), (Some(400), true));
}

#[test]
fn indications_and_responses_are_not_answered() {
    let mut peer = Peer::new();
    for class in [Class::Indication, Class::Success, Class::Error] {
        let mut datagram = Vec::new();
        Writer::new(&mut datagram, class, Method::BINDING, TransactionId([1; 12]))
            .username(&format!("{}:theirs", credentials(1).ufrag))
            .integrity(&IntegrityKey::new(credentials(1).password.as_bytes()))
            .finish()
            .expect("fits");
        assert_eq!(peer.deliver(udp(1), &datagram), CheckOutcome::Rejected(Rejection::NotARequest));
        assert!(peer.reply.is_empty());
    }
}

#[test]
fn a_peer_that_is_controlled_too_is_told_of_the_conflict() {
    let mut peer = Peer::new();
    let datagram = peer.request(&credentials(1), |writer| writer.ice_controlled(1));
    assert_eq!(peer.deliver(udp(1), &datagram), CheckOutcome::Rejected(Rejection::RoleConflict));
    assert_eq!(peer.reply_error(), Some(487));
    let key = IntegrityKey::new(credentials(1).password.as_bytes());
    assert!(Message::parse(&peer.reply).expect("a reply").verify_integrity(&key));
    assert!(!peer.agent.is_verified(&udp(1)));
}

#[test]
fn an_attribute_that_must_be_understood_and_is_not_is_named() {
    let mut peer = Peer::new();
    let datagram = peer.request(&credentials(1), |writer| writer.attribute(0x7001, &[1]));
    assert_eq!(peer.deliver(udp(1), &datagram), CheckOutcome::Rejected(Rejection::UnknownAttribute));
    assert_eq!(peer.reply_error(), Some(420));
}

#[test]
fn a_name_without_its_second_part_and_without_fingerprint_is_answered() {
    let mut peer = Peer::new();
    let mut datagram = Vec::new();
    Writer::new(&mut datagram, Class::Request, Method::BINDING, TransactionId([8; 12]))
        .username(&credentials(1).ufrag)
        .integrity(&IntegrityKey::new(credentials(1).password.as_bytes()))
        .finish()
        .expect("fits");
    assert_eq!(peer.deliver(udp(1), &datagram), answered(Some(udp(1)), true));
}

#[test]
fn a_check_played_again_from_elsewhere_changes_nothing() {
    let mut peer = Peer::new();
    peer.check(udp(1), USE);
    let captured = peer.request(&credentials(1), |writer| writer.use_candidate());
    peer.deliver(udp(1), &captured);
    assert_eq!(peer.deliver(udp(666), &captured), CheckOutcome::Rejected(Rejection::Replayed));
    assert!(peer.reply.is_empty());
    assert!(!peer.agent.is_verified(&udp(666)));
    assert_eq!(peer.agent.selected(), Some(udp(1)));
    // Nor does it choose between the peer's own paths, or keep its consent alive.
    peer.check(udp(2), USE);
    let expires = peer.agent.poll_timeout();
    peer.now = Time::from_millis(5000);
    assert_eq!(peer.deliver(udp(1), &captured), answered(None, false));
    assert_eq!((peer.agent.selected(), peer.agent.poll_timeout()), (Some(udp(2)), expires));
}

#[test]
fn a_request_sent_again_because_the_reply_was_lost_is_answered_again() {
    let mut peer = Peer::new();
    let datagram = peer.request(&credentials(1), |writer| writer);
    peer.deliver(udp(1), &datagram);
    let first = peer.reply.clone();
    assert_eq!(peer.deliver(udp(1), &datagram), answered(None, false));
    assert_eq!(peer.reply, first);
}

#[test]
fn eight_paths_are_kept_and_the_selected_one_is_never_dropped() {
    let mut peer = Peer::new();
    for port in 1..=8 {
        peer.now = Time::from_millis(u64::from(port));
        peer.check(udp(port), if port == 1 { USE } else { PLAIN });
    }
    let outcome = peer.check(udp(9), PLAIN);
    let CheckOutcome::Answered { new_tuple, dropped_tuple, selected_changed, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((new_tuple, dropped_tuple, selected_changed), (Some(udp(9)), Some(udp(2)), false));
    assert!(peer.agent.is_verified(&udp(1)) && !peer.agent.is_verified(&udp(2)));
    assert!((3..=9).all(|port| peer.agent.is_verified(&udp(port))));
}

#[test]
fn when_a_connection_ends_another_path_takes_over() {
    let mut peer = Peer::new();
    peer.check(tcp(1), USE);
    peer.check(tcp(2), PLAIN);
    peer.check(udp(3), PLAIN);
    peer.agent.remove_tuple(tcp(1));
    assert_eq!(peer.agent.selected(), Some(udp(3)));
    assert!(!peer.agent.is_verified(&tcp(1)));
    peer.agent.remove_tuple(udp(3));
    peer.agent.remove_tuple(tcp(2));
    assert_eq!(peer.agent.selected(), None);
    assert_eq!(peer.check(tcp(4), PLAIN), answered(Some(tcp(4)), true));
}

#[test]
fn without_a_first_check_the_agent_expires_after_thirty_seconds() {
    let peer = Peer::new();
    assert_eq!(peer.agent.poll_timeout(), Time::from_millis(30_000));
    assert!(!peer.agent.is_expired(Time::from_millis(29_999)));
    assert!(peer.agent.is_expired(Time::from_millis(30_000)) && !peer.agent.was_connected());
}

#[test]
fn any_authenticated_check_refreshes_consent() {
    let mut peer = Peer::new();
    peer.check(udp(1), USE);
    peer.now = Time::from_millis(10_000);
    peer.check(udp(2), PLAIN);
    assert_eq!(peer.agent.poll_timeout(), peer.now + CONSENT);
    assert!(peer.agent.was_connected() && peer.agent.is_expired(peer.now + CONSENT));
}

#[test]
fn after_a_restart_the_old_credentials_hold_until_the_new_ones_are_used() {
    let mut peer = Peer::new();
    peer.check(udp(1), |writer| writer.nomination(9));
    assert_eq!(peer.agent.restart(credentials(2)), None);
    let (old, new) = (credentials(1), credentials(2));
    assert_eq!(peer.agent.ufrags().collect::<Vec<_>>(), [&new.ufrag, &old.ufrag]);
    let with_old = peer.request(&old, |writer| writer);
    assert_eq!(peer.deliver(udp(1), &with_old), answered(None, false));
    let with_new = peer.request(&new, |writer| writer.nomination(1));
    let CheckOutcome::Answered { new_tuple, selected_changed, retired_ufrag, .. } =
        peer.deliver(udp(2), &with_new)
    else {
        panic!("not answered")
    };
    assert_eq!((new_tuple, selected_changed, retired_ufrag), (Some(udp(2)), true, Some(old.ufrag.clone())));
    assert_eq!(peer.agent.ufrags().collect::<Vec<_>>(), [&new.ufrag]);
    let with_old = peer.request(&old, |writer| writer);
    assert_eq!(peer.deliver(udp(1), &with_old), CheckOutcome::Rejected(Rejection::Username));
}

#[test]
fn of_two_restarts_the_one_in_between_is_forgotten() {
    let mut peer = Peer::new();
    peer.check(udp(1), USE);
    peer.agent.restart(credentials(2));
    assert_eq!(peer.agent.restart(credentials(3)), Some(credentials(2).ufrag));
    assert_eq!(peer.agent.ufrags().collect::<Vec<_>>(), [&credentials(3).ufrag, &credentials(1).ufrag]);
}

/// str0m's full agent, controlling, against ours.
#[test]
#[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "str0m takes moments")]
fn a_full_agent_connects_to_us() {
    use str0m::{
        Candidate, IceConnectionState,
        ice::{IceAgent, IceCreds, StunMessage, StunPacket},
        net::Protocol as Wire,
    };
    let provider: &'static _ = Box::leak(Box::new(str0m::crypto::from_feature_flags()));
    let mut full = IceAgent::with_hmac(IceCreds::new(), provider.sha1_hmac_provider);
    full.set_controlling(true);
    let ours = credentials(1);
    full.set_remote_credentials(IceCreds { ufrag: ours.ufrag.clone(), pass: ours.password.clone() });
    let (here, there) = (([192, 0, 2, 1], 1000).into(), ([198, 51, 100, 1], 2000).into());
    full.add_local_candidate(Candidate::host(here, Wire::Udp).expect("valid"));
    full.add_remote_candidate(Candidate::host(there, Wire::Udp).expect("valid"));
    let mut peer = Peer::new();
    let epoch = std::time::Instant::now();
    for millis in (0..3000).step_by(50) {
        peer.now = Time::from_millis(millis);
        let now = epoch + Duration::from_millis(millis);
        full.handle_timeout(now);
        while let Some(sent) = full.poll_transmit() {
            let outcome = peer.deliver(udp(1000), &sent.contents);
            assert!(matches!(outcome, CheckOutcome::Answered { .. }), "{outcome:?}");
            let message = StunMessage::parse(&peer.reply).expect("str0m reads it");
            let packet = StunPacket { proto: Wire::Udp, source: there, destination: here, message };
            assert!(full.handle_packet(now, packet));
        }
    }
    assert_eq!(full.state(), IceConnectionState::Completed);
    assert_eq!(peer.agent.selected(), Some(udp(1000)));
}

proptest! {
    #[test]
    fn no_changed_check_teaches_anything(at in 0..200usize, bit in 0..8u32) {
        let mut peer = Peer::new();
        let mut datagram = peer.request(&credentials(1), |writer| writer.use_candidate());
        // The fingerprint is not guarded: without it the check is genuine still.
        let at = at % (datagram.len() - 8);
        datagram[at] ^= 1 << bit;
        if let Ok(message) = Message::parse(&datagram) {
            let outcome = peer.agent.handle_check(peer.now, udp(1), &message, &mut peer.reply);
            prop_assert!(matches!(outcome, CheckOutcome::Rejected(_)));
            prop_assert!(peer.reply.len() <= datagram.len());
        }
        prop_assert!(!peer.agent.was_connected());
    }

    #[test]
    fn the_selected_path_is_always_a_verified_one(
        steps in prop::collection::vec((0..12u16, 0..4u8, any::<u8>()), 1..60),
    ) {
        let mut peer = Peer::new();
        for (millis, (port, action, number)) in steps.into_iter().enumerate() {
            peer.now = Time::from_millis(millis as u64);
            let tuple = if port % 2 == 0 { udp(port) } else { tcp(port) };
            match action {
                0 => peer.agent.remove_tuple(tuple),
                1 => { peer.check(tuple, PLAIN); }
                2 => { peer.check(tuple, USE); }
                _ => {
                    let numbered = peer.request(&credentials(1), |writer| writer.nomination(number.into()));
                    peer.deliver(tuple, &numbered);
                }
            }
            let verified = (0..12).filter(|port| {
                peer.agent.is_verified(&udp(*port)) || peer.agent.is_verified(&tcp(*port))
            });
            prop_assert!(verified.count() <= 8);
            prop_assert!(peer.agent.selected().is_none_or(|tuple| peer.agent.is_verified(&tuple)));
        }
    }
}
