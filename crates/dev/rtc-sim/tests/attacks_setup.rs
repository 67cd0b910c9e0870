//! ATTACKS.md, rows 1, 2, 3, 5, 10 and 11: what strangers do to a connection that is being made, or is up.

use rtc_sfu::{Event, Protocol, Time, TransportFailure, TransportOptions, Tuple, stun};
use rtc_sim::{ClientId, LinkConfig, RawPeer, VideoSource, World, video_parameters};
use rtc_types::ortc::{DtlsFingerprint, DtlsParameters, DtlsRole};
use std::{net::SocketAddr, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

fn stranger(port: u16) -> Tuple {
    Tuple { protocol: Protocol::Udp, local: 0, remote: SocketAddr::from(([10, 9, 9, 9], port)) }
}

fn neighbour(of: Tuple, port: u16) -> Tuple {
    Tuple { remote: SocketAddr::new(of.remote.ip(), port), ..of }
}

/// A ClientHello that offers nothing but a null cipher.
fn null_hello(number: u8) -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([0x55; 32]);
    body.extend([0, 0, 0, 2, 0x00, 0x02, 1, 0]);
    let length = body.len() as u8;
    let mut hello = vec![1, 0, 0, length, 0, number, 0, 0, 0, 0, 0, length];
    hello.extend(body);
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, number, 0, hello.len() as u8];
    record.extend(hello);
    record
}

/// A fatal alert that anybody can write.
fn alert() -> Vec<u8> {
    vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40]
}

fn call(seed: u64) -> (World, ClientId, ClientId, rtc_sfu::Consumed) {
    let mut world = World::new(seed);
    let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 3)]);
    let consumed = world.consume(bob, video.producer);
    world.run_for(SECOND);
    (world, ann, bob, consumed)
}

fn assert_nobody_left(world: &World) {
    let closed = |event: &&(Time, Event)| matches!(event.1, Event::TransportClosed { .. });
    assert_eq!(world.events.iter().find(closed), None);
}

/// Sends hellos and alerts for `length`, a thousand of each a second, from `from`.
fn spray(world: &mut World, length: Duration, from: impl Fn(u16) -> Tuple) {
    for step in 0..length.as_millis() as u16 {
        world.send_from(from(step), null_hello((step % 3) as u8));
        world.send_from(from(step), alert());
        world.run_for(Duration::from_millis(1));
    }
}

#[test]
fn row_1_a_spray_of_hellos_from_elsewhere_does_not_keep_a_call_from_connecting() {
    let mut world = World::new(101);
    let link = LinkConfig { delay: Duration::from_millis(40), ..LinkConfig::default() };
    let (ann, bob) = (world.add(link), world.add(link));
    world.links(ann).1.tap = Some(Vec::new());
    spray(&mut world, SECOND, |step| stranger(1024 + step * 7));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 3)]);
    let consumed = world.consume(bob, video.producer);
    world.run_for(2 * SECOND);
    assert!(world.client(bob).got(&consumed).packets.len() > 100);
    let alerts = world.links(ann).1.tap.take().expect("tapped");
    assert!(!alerts.iter().any(|datagram| datagram[0] == 21), "no alert reaches the victim");
    assert!(world.strays.is_empty(), "nobody else is answered");
    assert_eq!(world.engine.stats().dropped.unknown_address, 2000);
}

#[test]
fn row_2_hellos_from_the_victims_address_end_neither_a_handshake_nor_a_connection() {
    for port in [None, Some(7777)] {
        let mut world = World::new(102);
        let link = LinkConfig { delay: Duration::from_millis(40), ..LinkConfig::default() };
        let (ann, bob) = (world.add(link), world.add(link));
        let victim = world.tuple(ann);
        let from = |_| port.map_or(victim, |port| neighbour(victim, port));
        spray(&mut world, SECOND, from);
        world.connect_all();
        let start = world.now();
        let source = vec![VideoSource::new(start, 7, 3)];
        let video = world.produce_video(ann, video_parameters("v", 1111), source);
        let consumed = world.consume(bob, video.producer);
        spray(&mut world, 2 * SECOND, from);
        let received = world.client(bob).got(&consumed);
        assert!(received.packets.len() > 150 && received.missing() == 0);
        assert_nobody_left(&world);
    }
}

/// A check of the same user, signed with a password that is a guess.
fn forge(check: &[u8], number: u8) -> Vec<u8> {
    let username = stun::Message::parse(check).expect("well formed").username().map(str::to_owned);
    let mut forged = Vec::new();
    let transaction = stun::TransactionId([number; 12]);
    let guess = stun::IntegrityKey::new(b"a guess of 24 characters");
    stun::Writer::new(&mut forged, stun::Class::Request, stun::Method::BINDING, transaction)
        .username(&username.expect("has one"))
        .ice_controlling(1)
        .use_candidate()
        .integrity(&guess)
        .fingerprint()
        .finish()
        .expect("fits");
    forged
}

#[test]
fn row_3_checks_with_a_wrong_password_or_played_again_move_nothing() {
    let (mut world, ann, bob, consumed) = call(103);
    world.links(bob).0.tap = Some(Vec::new());
    world.run_for(8 * SECOND);
    let captured = world.links(bob).0.tap.take().expect("tapped");
    let checks: Vec<Vec<u8>> = captured.into_iter().filter(|datagram| datagram[0] == 0).collect();
    assert!(!checks.is_empty(), "the client keeps its consent");
    let before = world.engine.stats().dropped.stun_rejected;
    let forged: Vec<Vec<u8>> = (0..10).map(|number| forge(&checks[0], number)).collect();
    let start = world.now();
    for datagram in checks.iter().chain(&forged) {
        for from in [stranger(9), neighbour(world.tuple(bob), 9)] {
            world.send_from(from, datagram.clone());
        }
    }
    let rejected = world.engine.stats().dropped.stun_rejected - before;
    assert_eq!(rejected as usize, 2 * (checks.len() + forged.len()));
    for (_, reply) in &world.strays {
        let message = stun::Message::parse(reply).expect("well formed");
        assert_eq!(message.class(), stun::Class::Error);
    }
    world.strays.clear();
    world.run_for(2 * SECOND);
    assert!(world.strays.is_empty(), "no media goes to the stranger");
    let received = world.client(bob).got(&consumed).since(start);
    assert!(received.packets.len() > 150 && received.missing() == 0);
    let _ = ann;
}

#[test]
fn row_5_who_sprays_media_at_the_port_receives_nothing() {
    let (mut world, ann, _, _) = call(105);
    world.links(ann).0.tap = Some(Vec::new());
    world.run_for(SECOND);
    let captured = world.links(ann).0.tap.take().expect("tapped");
    let before = world.engine.stats();
    for (index, datagram) in captured.iter().enumerate() {
        world.send_from(stranger(2000 + index as u16), datagram.clone());
        world.run_for(Duration::from_millis(1));
    }
    world.run_for(5 * SECOND);
    let media = captured.iter().filter(|datagram| datagram[0] >= 128).count() as u64;
    assert!(media > 80);
    assert_eq!(world.engine.stats().dropped.unknown_address - before.dropped.unknown_address, media);
    assert!(world.strays.iter().all(|(_, datagram)| datagram[0] < 20), "nothing but refusals of checks");
}

#[test]
fn row_10_a_certificate_that_signaling_did_not_tell_of_never_gets_media() {
    let mut world = World::new(110);
    let mut peer = world.add_raw(4000, TransportOptions::default());
    let value = vec!["AB"; 32].join(":");
    let dtls = DtlsParameters {
        role: DtlsRole::Client,
        fingerprints: vec![DtlsFingerprint { algorithm: "sha-256".into(), value }],
    };
    world.engine.connect_transport(world.now(), peer.transport, &dtls).expect("can be checked");
    peer.prove(&mut world);
    peer.dtls.handle_timeout(world.now()).expect("begins");
    peer.pump(&mut world);
    world.run_for(SECOND);
    let transport = peer.transport;
    let closed = Event::TransportClosed { transport, reason: TransportFailure::FingerprintMismatch };
    assert!(world.events.iter().any(|(_, event)| *event == closed), "{:?}", world.events);
    assert!(!world.events.iter().any(|(_, event)| matches!(event, Event::TransportConnected(_))));
    assert_eq!(world.engine.stats().transports, 0);
}

/// Kilobytes that the process occupies.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("is told");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn row_11_a_thousand_half_open_handshakes_cost_bounded_memory_and_end() {
    let mut world = World::new(111);
    let before = resident_kb();
    let mut peers: Vec<RawPeer> = Vec::new();
    for port in 0..1000 {
        let mut peer = world.add_raw(10_000 + port, TransportOptions::default());
        peer.announce(&mut world);
        peer.prove(&mut world);
        // The first message, and never another.
        peer.dtls.handle_timeout(world.now()).expect("begins");
        while let Some(output) = peer.dtls.poll_output() {
            if let rtc_sfu::dtls::DtlsOutput::Datagram(datagram) = output {
                world.send_from(peer.tuple, datagram);
            }
        }
        peers.push(peer);
    }
    world.run_for(10 * SECOND);
    let each = resident_kb().saturating_sub(before) / 1000;
    assert!(each < 250, "{each} KB for each, both ends and the test's own copies included");
    // They keep their consent, so that nothing but the handshake's own limit ends them.
    for _ in 0..12 {
        for peer in &mut peers {
            let check = peer.check();
            world.send_from(peer.tuple, check);
        }
        world.strays.clear();
        world.run_for(10 * SECOND);
    }
    let stats = world.engine.stats();
    assert_eq!(stats.transports, 0, "half-open handshakes end");
    let closed = world.events.iter().filter(|(_, event)| matches!(event, Event::TransportClosed { .. }));
    assert_eq!(closed.count(), 1000);
}
