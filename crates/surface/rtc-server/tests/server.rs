//! Every call of the server, on a clock of its own.
#![allow(missing_docs, clippy::unwrap_used)]

use futures_util::{FutureExt, StreamExt};
use rtc_server::{
    ConnectError, CreateRoomError, IceServer, Json, PeerError, PeerSignal, RoomOptions, RtcServer,
    SignalAnswer, SignalError, SignalStream, StreamItem, SweptPeer,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

fn signal(kind: &str) -> PeerSignal {
    PeerSignal { kind: kind.into(), payload: Json::parse("{\"n\": 1}").unwrap() }
}

/// A server whose clock stands where the test sets it; heartbeats every second.
fn clocked() -> (RtcServer, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(1_000_000));
    let clock = time.clone();
    let builder = RtcServer::builder().heartbeat_interval(Duration::from_secs(1));
    (builder.clock(move || clock.load(Ordering::Relaxed)).build(), time)
}

/// What waits in a stream.
fn waiting(stream: &mut SignalStream) -> Vec<(u64, String)> {
    std::iter::from_fn(|| stream.next().now_or_never().flatten())
        .map(|item| match item {
            StreamItem::Signal { seq, event } => {
                (seq, format!("{}:{}", event.from_peer_id, event.signal.kind))
            }
            StreamItem::Lagged => (0, "lagged".into()),
        })
        .collect()
}

#[test]
fn the_defaults_are_eight_peers_thirty_seconds_and_one_stun_server() {
    let server = RtcServer::new();
    for peer in 0..8 {
        let info = server.connect_peer("r", &peer.to_string(), None).unwrap();
        assert_eq!(info.peers.len(), peer);
        assert_eq!(info.heartbeat_interval_ms, 30_000);
        assert!(matches!(&info.ice_servers[..], [one] if one.urls[0].starts_with("stun:")));
    }
    assert_eq!(server.connect_peer("r", "8", None), Err(ConnectError::RoomFull));
}

#[test]
fn what_the_builder_is_told_is_what_peers_get() {
    let turn =
        IceServer { urls: vec!["turn:t".into()], username: Some("u".into()), credential: Some("c".into()) };
    let server = RtcServer::builder().ice_servers([turn.clone()]).max_peers_per_room(1).build();
    assert_eq!(server.connect_peer("r", "a", None).unwrap().ice_servers, [turn]);
    assert_eq!(server.connect_peer("r", "b", None), Err(ConnectError::RoomFull));
}

#[test]
fn a_room_made_by_hand_has_its_own_size_and_metadata() {
    let server = RtcServer::new();
    let metadata = Json::parse("{\"topic\": \"x\"}").unwrap();
    let options = RoomOptions { max_peers: Some(1), metadata: Some(metadata.clone()) };
    let snapshot = server.create_room("r", options).unwrap();
    assert_eq!((snapshot.max_peers, snapshot.peer_count, snapshot.metadata), (1, 0, Some(metadata)));
    assert_eq!(server.create_room("r", RoomOptions::default()), Err(CreateRoomError::Exists));
    server.connect_peer("r", "a", None).unwrap();
    assert_eq!(server.connect_peer("r", "b", None), Err(ConnectError::RoomFull));
    server.close_room("r").unwrap();
    assert_eq!(server.snapshot("r"), Err(PeerError::RoomNotFound));
    assert!(server.rooms().is_empty());
}

#[test]
fn what_is_out_of_range_is_refused_and_named() {
    let server = RtcServer::new();
    for max_peers in [0, 1001] {
        let options = RoomOptions { max_peers: Some(max_peers), metadata: None };
        let error = server.create_room("r", options).unwrap_err();
        assert_eq!(error.invalid().unwrap().path, "maxPeers");
    }
    let list = Json::parse("[1]").unwrap();
    let error = server.connect_peer("r", "a", Some(list)).unwrap_err();
    assert_eq!(error.invalid().unwrap().path, "metadata");
    assert_eq!(server.connect_peer("", "a", None).unwrap_err().invalid().unwrap().path, "roomId");
    assert_eq!(server.heartbeat("r", "\n").unwrap_err().invalid().unwrap().path, "peerId");
    assert!(server.rooms().is_empty(), "a refused call makes no room");
    server.connect_peer("r", "a", None).unwrap();
    let error = server.relay("r", "a", signal(""), None).unwrap_err();
    assert_eq!(error.invalid().unwrap().path, "signal.type");
    let big = PeerSignal { kind: "x".into(), payload: Json::of(&"x".repeat(128 * 1024)).unwrap() };
    assert_eq!(server.relay("r", "a", big, None), Err(SignalError::TooLarge));
}

#[test]
fn a_live_duplicate_is_refused_and_a_dead_one_makes_way() {
    let (server, time) = clocked();
    server.connect_peer("r", "a", None).unwrap();
    assert_eq!(server.connect_peer("r", "a", None), Err(ConnectError::AlreadyInRoom));
    time.fetch_add(2_000, Ordering::Relaxed);
    assert!(server.connect_peer("r", "a", None).is_ok());
}

#[test]
fn a_signal_goes_to_one_or_to_all_others() {
    let server = RtcServer::new();
    for peer in ["a", "b", "c"] {
        server.connect_peer("r", peer, None).unwrap();
    }
    let answer = |recipients| Ok(SignalAnswer { listeners_notified: 0, recipients });
    assert_eq!(server.relay("r", "a", signal("offer"), Some("b")), answer(1));
    assert_eq!(server.relay("r", "a", signal("hello"), None), answer(2));
    let mut b = server.subscribe("r", "b", None).unwrap();
    let got: Vec<_> = waiting(&mut b).into_iter().map(|(_, what)| what).collect();
    assert_eq!(got, ["a:offer", "a:hello"]);
    assert_eq!(server.relay("r", "a", signal("x"), Some("nobody")), Err(SignalError::PeerNotFound));
    assert_eq!(server.relay("r", "nobody", signal("x"), None), Err(SignalError::NotInRoom));
    assert_eq!(server.relay("q", "a", signal("x"), None), Err(SignalError::RoomNotFound));
}

#[test]
fn a_room_closes_with_its_last_peer() {
    let server = RtcServer::new();
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    assert!(!server.disconnect_peer("r", "a").unwrap().room_closed);
    assert_eq!(server.disconnect_peer("r", "a"), Err(PeerError::PeerNotFound));
    assert!(server.disconnect_peer("r", "b").unwrap().room_closed);
    assert_eq!(server.disconnect_peer("r", "b"), Err(PeerError::RoomNotFound));
}

#[test]
fn a_sweep_drops_who_was_silent_for_two_intervals() {
    let (server, time) = clocked();
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    time.fetch_add(1_999, Ordering::Relaxed);
    assert_eq!(server.heartbeat("r", "b"), Ok(1_001_999));
    assert!(server.sweep(server.now()).is_empty());
    let dropped = |peer: &str, last_seen| SweptPeer { room_id: "r".into(), peer_id: peer.into(), last_seen };
    assert_eq!(server.sweep(server.now() + 1), [dropped("a", 1_000_000)]);
    assert_eq!(server.snapshot("r").unwrap().peers[0].last_seen, 1_001_999);
    assert_eq!(server.sweep(server.now() + 2_000), [dropped("b", 1_001_999)]);
    assert!(server.rooms().is_empty());
}

#[test]
fn an_open_stream_counts_as_a_heartbeat() {
    let (server, _) = clocked();
    server.connect_peer("r", "a", None).unwrap();
    let stream = server.subscribe("r", "a", None).unwrap();
    assert!(server.sweep(server.now() + 100_000).is_empty());
    drop(stream);
    assert_eq!(server.sweep(server.now() + 2_000).len(), 1);
}

#[test]
fn a_second_stream_ends_the_first_and_goes_on_where_it_was() {
    let server = RtcServer::new();
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    let mut first = server.subscribe("r", "b", None).unwrap();
    server.relay("r", "a", signal("one"), None).unwrap();
    server.relay("r", "a", signal("two"), None).unwrap();
    let mut second = server.subscribe("r", "b", Some(1)).unwrap();
    assert_eq!(waiting(&mut second), [(2, "a:two".to_owned())]);
    assert_eq!(waiting(&mut first).len(), 2, "what was under way is still read");
    assert_eq!(first.next().now_or_never(), Some(None));
    drop(first);
    server.relay("r", "a", signal("three"), None).unwrap();
    assert_eq!(waiting(&mut second), [(3, "a:three".to_owned())]);
}

#[test]
fn a_stream_that_is_not_read_ends_and_the_next_one_loses_nothing() {
    let server = RtcServer::new();
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    let mut slow = server.subscribe("r", "b", None).unwrap();
    for _ in 0..600 {
        server.relay("r", "a", signal("x"), None).unwrap();
    }
    let read = waiting(&mut slow);
    assert_eq!(read.len(), 512);
    assert_eq!(slow.next().now_or_never(), Some(None));
    let last = read.last().unwrap().0;
    let mut next = server.subscribe("r", "b", Some(last)).unwrap();
    assert_eq!(waiting(&mut next).len(), 600 - 512);
}

#[test]
fn a_stream_that_comes_too_late_says_that_it_lagged() {
    let server = RtcServer::new();
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    for _ in 0..1_100 {
        server.relay("r", "a", signal("x"), None).unwrap();
    }
    let mut late = server.subscribe("r", "b", Some(1)).unwrap();
    assert_eq!(waiting(&mut late)[0].1, "lagged");
}

#[test]
fn nobody_subscribes_to_what_is_not_there() {
    let server = RtcServer::new();
    assert!(matches!(server.subscribe("r", "a", None), Err(PeerError::RoomNotFound)));
    server.connect_peer("r", "a", None).unwrap();
    assert!(matches!(server.subscribe("r", "b", None), Err(PeerError::PeerNotFound)));
}

#[test]
fn a_peer_that_is_held_on_to_does_what_the_calls_that_name_it_do() {
    let server = RtcServer::builder().max_peers_per_room(2).build();
    let ann = server.admit("r", "ann", None).unwrap();
    assert_eq!(server.admit("r", "ann", None).err(), Some(ConnectError::AlreadyInRoom));
    let ben = ann.admit_beside("ben", None).unwrap();
    assert_eq!(ann.admit_beside("cat", None).err(), Some(ConnectError::RoomFull));
    let elsewhere = server.admit("s", "ann", None).unwrap();
    let payload = || Json::parse("1").unwrap();
    assert_eq!(ann.relay("offer", payload(), Some(&ben)).unwrap().recipients, 1);
    assert_eq!(ann.relay("offer", payload(), None).unwrap().recipients, 1);
    assert_eq!(ann.relay("offer", payload(), Some(&elsewhere)), Err(SignalError::PeerNotFound));
    assert!(matches!(ann.relay("", payload(), None), Err(SignalError::Invalid(_))));
    let late = server.now() + 1_000_000;
    assert!(ben.note_alive(late));
    assert_eq!(server.snapshot("r").unwrap().peers[1].last_seen, late);
    assert_eq!((ben.disconnect(), ben.disconnect()), (Ok(false), Err(PeerError::PeerNotFound)));
    assert!(!ben.note_alive(late), "is gone");
    let again = ann.admit_beside("ben", None).unwrap();
    assert!(!ben.note_alive(late), "another of the same id is not this one");
    assert_eq!(ann.relay("offer", payload(), Some(&ben)), Err(SignalError::PeerNotFound));
    assert_eq!(again.disconnect(), Ok(false));
    assert_eq!(ann.disconnect(), Ok(true));
    assert_eq!(ann.relay("offer", payload(), None), Err(SignalError::RoomNotFound));
    let cat = ann.admit_beside("cat", None).unwrap();
    assert_eq!(server.snapshot("r").unwrap().peer_count, 1, "a room of its name is made anew");
    assert_eq!(cat.disconnect(), Ok(true));
}
