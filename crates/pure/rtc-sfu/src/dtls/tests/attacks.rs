//! What someone who is not the peer, or a peer that means harm, may send (rows 1, 2 and 11 of the attack list).

use super::*;
use proptest::prelude::*;

/// A plain handshake record.
fn record(kind: u8, sequence: u8, body: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, sequence];
    record.extend_from_slice(&(body.len() as u16).to_be_bytes());
    record.extend_from_slice(body);
    record
}

/// A fragment of a handshake message.
fn fragment(kind: u8, number: u8, total: u32, offset: u32, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend_from_slice(&total.to_be_bytes()[1..]);
    message.extend_from_slice(&[0, number]);
    message.extend_from_slice(&offset.to_be_bytes()[1..]);
    message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend_from_slice(body);
    message
}

/// A ClientHello that offers only TLS_NULL_WITH_NULL_NULL.
fn null_hello(number: u8) -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend_from_slice(&[0x11; 32]);
    body.extend_from_slice(&[0, 0, 0, 2, 0, 0, 1, 0]);
    record(22, number, &fragment(1, number, body.len() as u32, 0, &body))
}

/// What anyone who knows the address can send.
fn forgeries() -> Vec<Vec<u8>> {
    let mut old_version = null_hello(0);
    old_version[25] = 0xff;
    vec![
        null_hello(0),
        null_hello(1),
        null_hello(5),
        old_version,
        record(22, 0, &fragment(1, 0, 0x00ff_ffff, 0, &[0; 900])),
        record(22, 0, &[1; 12]),
        record(21, 0, &[2, 40]),
        record(21, 0, &[1, 0]),
        record(20, 0, &[1]),
        record(23, 0, b"plain data"),
        record(99, 0, b"?"),
        vec![22; 2000],
        vec![22; 13],
        vec![],
        vec![22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 30].into_iter().chain([5; 30]).collect(),
        vec![23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 9, 9, 0, 60].into_iter().chain([5; 60]).collect(),
    ]
}

#[test]
fn forged_datagrams_before_the_first_hello_do_not_keep_a_peer_out() {
    let mut link = Link::new(server(), client());
    for forgery in forgeries() {
        for _ in 0..40 {
            assert_eq!(link.sides[0].handle_datagram(Time::ZERO, &forgery), Ok(()));
        }
    }
    assert!(link.sides[0].poll_output().is_none(), "nothing is sent to whom may be a victim");
    assert!(matches!(link.sides[0].refused(), Some(DtlsError::Protocol(_))));
    link.run();
    assert!(link.sides.iter().all(Dtls::is_connected));
}

#[test]
fn forged_hellos_and_alerts_between_flights_do_not_stop_a_handshake() {
    let mut link = Link::new(server(), client());
    let _ = link.sides[1].handle_timeout(Time::ZERO);
    link.collect(1);
    while let Some((to, datagram)) = link.on_way.pop_front() {
        for forgery in
            [null_hello(0), null_hello(1), record(21, 7, &[2, 40]), record(22, 9, &[1; 12]), vec![22; 40]]
        {
            link.deliver(to, &forgery);
        }
        link.deliver(to, &datagram);
    }
    link.run();
    assert!(link.sides.iter().all(Dtls::is_connected));
}

#[test]
fn forged_datagrams_do_not_end_a_connection() {
    let mut link = Link::connected();
    for forgery in forgeries() {
        for side in 0..2 {
            for _ in 0..100 {
                link.deliver(side, &forgery);
            }
        }
    }
    assert!(link.on_way.len() <= 4, "{} answers to forgeries", link.on_way.len());
    link.sides[0].send(b"still there").expect("connected");
    link.sides[1].send(b"so am I").expect("connected");
    link.run();
    link.collect(0);
    link.collect(1);
    link.run();
    assert_eq!(link.said[0].data, [b"so am I"]);
    assert_eq!(link.said[1].data, [b"still there"]);
}

#[test]
fn replayed_datagrams_of_a_handshake_change_nothing_afterwards() {
    let mut link = Link::new(server(), client());
    let _ = link.sides[1].handle_timeout(Time::ZERO);
    link.collect(1);
    let mut recorded = Vec::new();
    while let Some((to, datagram)) = link.on_way.pop_front() {
        link.deliver(to, &datagram);
        recorded.push((to, datagram));
    }
    for (to, datagram) in recorded.iter().chain(recorded.iter().rev()) {
        link.deliver(*to, datagram);
    }
    link.on_way.clear();
    link.sides[1].send(b"after").expect("connected");
    link.collect(1);
    link.run();
    assert_eq!(link.said[0].data, [b"after"]);
}

#[test]
fn a_peer_with_null_or_old_ciphers_only_is_never_connected() {
    let mut alone = server();
    assert_eq!(alone.handle_datagram(Time::ZERO, &null_hello(0)), Ok(()));
    assert!(alone.poll_output().is_none() && !alone.is_connected());
    assert_eq!(alone.poll_timeout(), Time::NEVER);
}

/// Kilobytes of this process.
fn resident() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split_whitespace().nth(1)?.parse::<u64>().ok()? * 4)
}

#[test]
fn a_thousand_half_open_handshakes_take_bounded_memory() {
    let hello = {
        let mut peer = client();
        let _ = peer.handle_timeout(Time::ZERO);
        let Some(DtlsOutput::Datagram(hello)) = peer.poll_output() else { panic!("a hello") };
        hello
    };
    let before = resident();
    let mut all: Vec<Dtls> = (0..1000).map(|_| server()).collect();
    for side in &mut all {
        side.handle_datagram(Time::ZERO, &hello).expect("a sound hello");
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        let each = after.saturating_sub(before) / 1000;
        assert!(each < 64, "{each} KB a hello");
    }
    for side in &mut all {
        // Parts of a certificate that never becomes whole, each as large as is let in.
        for part in 1..200_u32 {
            let body = [0; 2048 - 13 - 12];
            let offset = part * body.len() as u32;
            let datagram = record(22, part as u8, &fragment(11, 1, 0x00ff_ffff, offset, &body));
            assert_eq!(datagram.len(), 2048);
            if side.handle_datagram(Time::ZERO, &datagram).is_err() {
                break;
            }
        }
        while side.poll_output().is_some() {}
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        let each = after.saturating_sub(before) / 1000;
        assert!(each < 256, "{each} KB a handshake");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_either_side_panic(
        datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..20),
        is_server: bool,
    ) {
        let mut side = if is_server { server() } else { client() };
        let _ = side.handle_timeout(Time::ZERO);
        for datagram in &datagrams {
            let _ = side.handle_datagram(Time::ZERO, datagram);
        }
        prop_assert!(!side.is_connected());
    }

    #[test]
    fn no_damage_to_a_handshake_makes_either_side_panic_or_disagree(
        damages in proptest::collection::vec((0_usize..12, any::<u16>(), any::<u8>()), 1..6),
    ) {
        let mut link = Link::new(server(), client());
        let _ = link.sides[1].handle_timeout(Time::ZERO);
        link.collect(1);
        let mut count = 0;
        while let Some((to, mut datagram)) = link.on_way.pop_front() {
            for (_, at, value) in damages.iter().filter(|(which, ..)| *which == count) {
                let at = usize::from(*at) % datagram.len();
                datagram[at] = *value;
            }
            count += 1;
            let _ = link.sides[to].handle_datagram(Time::ZERO, &datagram);
            link.collect(to);
            if count > 100 {
                break;
            }
        }
        if let [Some(ours), Some(theirs)] = [&link.said[0].keys, &link.said[1].keys] {
            assert_keys_agree(ours, theirs);
        }
    }
}
