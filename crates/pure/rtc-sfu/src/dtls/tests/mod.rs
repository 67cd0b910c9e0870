//! Handshakes in memory: with loss, with other peers than ours, and under attack.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the library's clock begins somewhere"
)]

mod attacks;

use super::*;
use crate::Time;
use rtc_types::ortc::{DtlsFingerprint, DtlsRole};
use std::{
    collections::VecDeque,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
static SERVER: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().expect("server")));
static CLIENT: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().expect("client")));

fn server_for(fingerprint: DtlsFingerprint) -> Dtls {
    Dtls::new(Time::ZERO, *EPOCH, &SERVER, DtlsRole::Server, vec![fingerprint]).expect("server")
}

fn server() -> Dtls {
    server_for(CLIENT.fingerprint().clone())
}

fn client() -> Dtls {
    let fingerprints = vec![SERVER.fingerprint().clone()];
    Dtls::new(Time::ZERO, *EPOCH, &CLIENT, DtlsRole::Client, fingerprints).expect("client")
}

/// What one side said besides datagrams.
#[derive(Default)]
struct Said {
    keys: Option<KeyingMaterial>,
    data: Vec<Vec<u8>>,
    failed: Option<DtlsError>,
    closed: bool,
}

/// Two sides and what is on its way between them.
struct Link {
    now: Time,
    sides: [Dtls; 2],
    said: [Said; 2],
    on_way: VecDeque<(usize, Vec<u8>)>,
    random: u64,
    /// Of 100 datagrams.
    lost: u64,
    shuffles: bool,
}

impl Link {
    fn new(server: Dtls, client: Dtls) -> Self {
        let said = Default::default();
        let on_way = VecDeque::new();
        Self { now: Time::ZERO, sides: [server, client], said, on_way, random: 1, lost: 0, shuffles: false }
    }

    fn connected() -> Self {
        let mut link = Self::new(server(), client());
        link.run();
        assert!(link.sides.iter().all(Dtls::is_connected));
        link
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn collect(&mut self, from: usize) {
        while let Some(output) = self.sides[from].poll_output() {
            let said = &mut self.said[from];
            assert!(said.failed.is_none() && !said.closed, "something follows the end: {output:?}");
            match output {
                DtlsOutput::Datagram(datagram) => self.on_way.push_back((1 - from, datagram)),
                DtlsOutput::Connected(keys) => assert!(said.keys.replace(keys).is_none(), "connected twice"),
                DtlsOutput::Data(data) => said.data.push(data),
                DtlsOutput::Failed(error) => said.failed = Some(error),
                DtlsOutput::Closed => said.closed = true,
            }
        }
    }

    fn deliver(&mut self, to: usize, datagram: &[u8]) {
        let result = self.sides[to].handle_datagram(self.now, datagram);
        self.collect(to);
        if let Err(error) = result {
            assert_eq!(self.said[to].failed, Some(error));
        }
    }

    /// Until nothing happens any more, at most a minute.
    fn run(&mut self) {
        while self.now < Time::from_millis(60_000) {
            while !self.on_way.is_empty() {
                let at = if self.shuffles { self.random(self.on_way.len() as u64) as usize } else { 0 };
                let (to, datagram) = self.on_way.remove(at).expect("on its way");
                if self.random(100) >= self.lost {
                    self.deliver(to, &datagram);
                }
            }
            let due = self.sides.iter().map(Dtls::poll_timeout).min().expect("two sides");
            if due == Time::NEVER {
                return;
            }
            self.now = self.now.max(due);
            for side in 0..2 {
                let _ = self.sides[side].handle_timeout(self.now);
                self.collect(side);
            }
        }
    }
}

fn assert_keys_agree(ours: &KeyingMaterial, theirs: &KeyingMaterial) {
    assert_eq!(ours.profile, theirs.profile);
    for (from, to) in [(ours, theirs), (theirs, ours)] {
        let mut packet = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, b'h', b'i'].to_vec();
        packet.resize(14 + from.profile.rtp_overhead(), 0);
        from.sender().protect_rtp(&mut packet, 12, 7, 1);
        let opened = to.receiver(1).unprotect_rtp(&mut packet, 12, 7, 1).expect("authentic");
        assert_eq!(packet[12..opened.len], *b"hi");
    }
}

#[test]
fn both_sides_come_to_the_same_keys_for_aes_gcm() {
    let link = Link::connected();
    let [ours, theirs] = link.said.map(|said| said.keys.expect("connected"));
    assert_eq!(ours.profile, crate::srtp::Profile::Aead256Gcm);
    assert_keys_agree(&ours, &theirs);
}

#[test]
fn a_handshake_takes_two_round_trips_and_few_datagrams() {
    let mut link = Link::new(server(), client());
    let _ = link.sides[1].handle_timeout(Time::ZERO);
    let mut flights = 0;
    loop {
        link.collect(0);
        link.collect(1);
        let flight: Vec<_> = link.on_way.drain(..).collect();
        if flight.is_empty() {
            break;
        }
        flights += 1;
        assert!(flight.len() <= 2);
        for (to, datagram) in flight {
            assert!(datagram.len() <= 1200);
            link.deliver(to, &datagram);
        }
    }
    assert_eq!(flights, 4);
    assert!(link.sides.iter().all(Dtls::is_connected));
}

#[test]
fn handshakes_survive_loss_and_any_order() {
    for seed in 0..40 {
        let mut link = Link::new(server(), client());
        link.random = seed;
        link.lost = 25;
        link.shuffles = true;
        link.run();
        let keys = [0, 1].map(|side| link.said[side].keys.clone());
        let [Some(ours), Some(theirs)] = keys else {
            panic!("seed {seed}: {:?} {:?}", link.said[0].failed, link.said[1].failed);
        };
        assert_keys_agree(&ours, &theirs);
        assert!(link.now < Time::from_millis(30_000), "seed {seed}");
    }
}

#[test]
fn data_passes_both_ways_and_only_while_connected() {
    let mut link = Link::new(server(), client());
    assert_eq!(link.sides[0].send(b"early"), Err(DtlsError::NotConnected));
    link.run();
    for (from, to) in [(0, 1), (1, 0)] {
        link.sides[from].send(b"sctp").expect("connected");
        link.sides[from].send(&[7; 1300]).expect("connected");
        assert_eq!(link.sides[from].send(&[7; 16_385]), Err(DtlsError::Full));
        link.collect(from);
        link.run();
        assert_eq!(link.said[to].data, [b"sctp".to_vec(), vec![7; 1300]]);
    }
    link.sides[1].close();
    assert!(!link.sides[1].is_connected());
    assert_eq!(link.sides[1].send(b"late"), Err(DtlsError::NotConnected));
    link.collect(1);
    link.run();
    assert!(link.said[0].closed && !link.sides[0].is_connected());
    assert_eq!(link.sides[0].send(b"late"), Err(DtlsError::NotConnected));
    assert_eq!(link.sides[0].poll_timeout(), Time::NEVER);
}

#[test]
fn data_is_refused_when_nobody_takes_it_out() {
    let mut link = Link::connected();
    let sent = (0..10_000).take_while(|_| link.sides[0].send(b"x").is_ok()).count();
    assert!((100..1000).contains(&sent), "{sent}");
    link.collect(0);
    assert!(link.sides[0].send(b"x").is_ok());
}

#[test]
fn a_certificate_that_does_not_match_yields_no_keys() {
    // The server is told of another client; then the client of another server.
    let wrong = SERVER.fingerprint().clone();
    let mut at_server = Link::new(server_for(wrong.clone()), client());
    at_server.run();
    assert_eq!(at_server.said[0].failed, Some(DtlsError::FingerprintMismatch));
    let fingerprints = vec![CLIENT.fingerprint().clone()];
    let other = Dtls::new(Time::ZERO, *EPOCH, &CLIENT, DtlsRole::Client, fingerprints).expect("client");
    let mut at_client = Link::new(server(), other);
    at_client.run();
    assert_eq!(at_client.said[1].failed, Some(DtlsError::FingerprintMismatch));
    for link in [at_server, at_client] {
        assert!(link.said.iter().all(|said| said.keys.is_none() && said.data.is_empty()));
        assert!(!link.sides.iter().any(Dtls::is_connected));
        assert!(link.said.iter().all(|said| said.failed.is_some()), "the other side gives up as well");
    }
}

fn fingerprint_with(name: &str, algorithm: &'static aws_lc_rs::digest::Algorithm) -> DtlsFingerprint {
    let hash = aws_lc_rs::digest::digest(algorithm, &CLIENT.certificate.certificate);
    let pairs: Vec<_> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    DtlsFingerprint { algorithm: name.into(), value: pairs.join(":") }
}

#[test]
fn fingerprints_of_several_hashes_are_checked() {
    use aws_lc_rs::digest::{SHA224, SHA384, SHA512};
    for (name, algorithm) in [("sha-224", &SHA224), ("SHA-384", &SHA384), ("sha-512", &SHA512)] {
        let mut link = Link::new(server_for(fingerprint_with(name, algorithm)), client());
        link.run();
        assert!(link.sides[0].is_connected(), "{name}");
    }
}

#[test]
fn fingerprints_that_cannot_be_checked_are_refused_at_once() {
    let refused = |fingerprints: Vec<DtlsFingerprint>| {
        Dtls::new(Time::ZERO, *EPOCH, &SERVER, DtlsRole::Server, fingerprints).expect_err("refused")
    };
    let sha1 = DtlsFingerprint { algorithm: "sha-1".into(), value: ["AB"; 20].join(":") };
    assert_eq!(refused(vec![sha1.clone()]), DtlsError::UnsupportedFingerprint("sha-1".into()));
    assert_eq!(refused(vec![]), DtlsError::UnsupportedFingerprint("none".into()));
    let good = CLIENT.fingerprint().clone();
    for value in
        ["", "AB", "+1:02", &good.value[3..], &format!("{}:00", good.value), &good.value.replace(':', "")]
    {
        let malformed = DtlsFingerprint { algorithm: "sha-256".into(), value: value.into() };
        assert!(matches!(refused(vec![malformed]), DtlsError::MalformedFingerprint(_)), "{value}");
    }
    // One that can be checked is enough.
    let both = Dtls::new(Time::ZERO, *EPOCH, &SERVER, DtlsRole::Server, vec![sha1, good]);
    assert!(both.is_ok());
    let undecided =
        Dtls::new(Time::ZERO, *EPOCH, &SERVER, DtlsRole::Auto, vec![CLIENT.fingerprint().clone()]);
    assert_eq!(undecided.expect_err("undecided"), DtlsError::UndecidedRole);
}

/// Runs a handshake against the library itself; `turn` may reorder each flight to us.
fn against_library(
    mut peer: dimpl::Dtls,
    mut turn: impl FnMut(&mut Vec<Vec<u8>>),
) -> (KeyingMaterial, Vec<u8>) {
    let mut ours = server_for(fingerprint::of(&CLIENT.certificate.certificate));
    let mut buffer = vec![0; 4096];
    let (mut keys, mut exported) = (None, None);
    let mut now = Time::ZERO;
    while now < Time::from_millis(30_000) && (keys.is_none() || exported.is_none()) {
        peer.handle_timeout(*EPOCH + Duration::from_micros(now.as_micros())).expect("in time");
        let mut to_us = Vec::new();
        loop {
            match peer.poll_output(&mut buffer) {
                dimpl::Output::Packet(datagram) => to_us.push(datagram.to_vec()),
                dimpl::Output::KeyingMaterial(material, _) => exported = Some(material.to_vec()),
                dimpl::Output::Timeout(_) => break,
                _ => {}
            }
        }
        turn(&mut to_us);
        for datagram in to_us {
            ours.handle_datagram(now, &datagram).expect("a sound handshake");
        }
        ours.handle_timeout(now).expect("in time");
        while let Some(output) = ours.poll_output() {
            match output {
                DtlsOutput::Datagram(datagram) => peer.handle_packet(&datagram).expect("a sound handshake"),
                DtlsOutput::Connected(material) => keys = Some(material),
                other => panic!("{other:?}"),
            }
        }
        now += Duration::from_millis(50);
    }
    (keys.expect("connected"), exported.expect("connected"))
}

fn library_config(mtu: usize) -> Arc<dimpl::Config> {
    Arc::new(dimpl::Config::builder().mtu(mtu).build().expect("config"))
}

#[test]
fn a_peer_that_offers_newer_versions_too_gets_version_1_2() {
    let certificate = CLIENT.certificate.clone();
    let mut peer = dimpl::Dtls::new_auto(library_config(1150), certificate, *EPOCH);
    peer.set_active(true);
    let (keys, exported) = against_library(peer, |_| {});
    assert_eq!(keys.remote_key, exported[..keys.profile.key_len()]);
}

#[test]
fn small_fragments_in_reverse_order_make_a_handshake() {
    let mut peer = dimpl::Dtls::new_12(library_config(200), CLIENT.certificate.clone(), *EPOCH);
    peer.set_active(true);
    let mut most = 0;
    let (keys, exported) = against_library(peer, |flight| {
        most = most.max(flight.len());
        flight.reverse();
    });
    assert!(most >= 3, "the peer's flights have {most} datagrams at most");
    assert_eq!(keys.remote_key, exported[..keys.profile.key_len()]);
}

#[test]
fn a_handshake_that_gets_no_answer_ends_in_time() {
    let mut alone = client();
    let mut now = Time::ZERO;
    let mut datagrams = 0;
    let error = loop {
        if let Err(error) = alone.handle_timeout(now) {
            break error;
        }
        datagrams += std::iter::from_fn(|| alone.poll_output()).count();
        assert!(alone.poll_timeout() > now);
        now = alone.poll_timeout();
    };
    assert_eq!(error, DtlsError::Timeout);
    assert_eq!(alone.poll_output(), Some(DtlsOutput::Failed(DtlsError::Timeout)));
    assert!(now <= Time::from_millis(31_000) && datagrams <= 8, "{now:?}, {datagrams}");
    assert_eq!(alone.poll_timeout(), Time::NEVER);
}
