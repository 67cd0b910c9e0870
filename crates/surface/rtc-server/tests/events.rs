//! What listeners hear, and what they cannot break.
#![allow(missing_docs, clippy::unwrap_used)]

use futures_util::{FutureExt, StreamExt};
use parking_lot::Mutex;
use rtc_server::{Event, EventKind, Json, Lagged, LeaveReason, PeerSignal, RtcServer};
use std::{
    sync::{Arc, Barrier, mpsc},
    thread,
};

fn signal() -> PeerSignal {
    PeerSignal { kind: "offer".into(), payload: Json::parse("1").unwrap() }
}

fn recorded(server: &RtcServer) -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = heard.clone();
    server.on_any(move |event| into.lock().push(event.kind().to_string()));
    heard
}

#[test]
fn each_event_is_heard_in_the_order_of_what_happened() {
    let server = RtcServer::builder().clock(|| 5).build();
    let heard = recorded(&server);
    let mut stream = server.events();
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    server.heartbeat("r", "a").unwrap();
    let answer = server.relay("r", "a", signal(), None).unwrap();
    assert_eq!((answer.listeners_notified, answer.recipients), (2, 1));
    server.disconnect_peer("r", "a").unwrap();
    server.sweep(1_000_000);
    let expected = [
        "room:created",
        "peer:connected",
        "peer:connected",
        "peer:heartbeat",
        "signal",
        "peer:disconnected",
        "peer:disconnected",
        "room:closed",
    ];
    assert_eq!(*heard.lock(), expected);
    let streamed: Vec<_> = std::iter::from_fn(|| stream.try_next()).map(Result::unwrap).collect();
    assert_eq!(streamed.iter().map(|event| event.kind().as_str()).collect::<Vec<_>>(), expected);
    assert!(streamed.iter().all(|event| event.room_id() == "r"));
    let reasons: Vec<_> = (streamed.iter())
        .filter_map(|event| match &**event {
            Event::PeerDisconnected { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [LeaveReason::Left, LeaveReason::Timeout]);
}

#[test]
fn a_listener_hears_its_kind_until_it_is_removed() {
    let server = RtcServer::new();
    let (tx, rx) = mpsc::channel();
    let listener = server.on(EventKind::Signal, move |event| tx.send(event.clone()).unwrap());
    server.connect_peer("r", "a", None).unwrap();
    server.connect_peer("r", "b", None).unwrap();
    server.relay("r", "a", signal(), Some("b")).unwrap();
    let Event::Signal { from_peer_id, to_peer_ids, signal: heard, .. } = rx.try_recv().unwrap() else {
        panic!("another kind")
    };
    assert_eq!((from_peer_id.as_str(), &to_peer_ids[..], heard), ("a", &["b".to_owned()][..], signal()));
    listener.remove();
    assert_eq!(server.relay("r", "a", signal(), None).unwrap().listeners_notified, 0);
    assert!(rx.try_recv().is_err());
}

#[test]
fn a_listener_that_panics_harms_neither_room_nor_other_listeners() {
    let server = RtcServer::new();
    let broken = server.on_any(|_| panic!("a fault of the host's"));
    let heard = recorded(&server);
    server.connect_peer("r", "a", None).unwrap();
    server.heartbeat("r", "a").unwrap();
    assert_eq!(*heard.lock(), ["room:created", "peer:connected", "peer:heartbeat"]);
    assert_eq!(broken.panics(), 3);
    assert_eq!(server.snapshot("r").unwrap().peer_count, 1);
}

#[test]
fn a_listener_may_call_the_server() {
    let server = RtcServer::new();
    let handle = server.clone();
    server.on(EventKind::PeerConnected, move |event| {
        if let Event::PeerConnected { room_id, peer_id, .. } = event {
            handle.heartbeat(room_id, peer_id).unwrap();
        }
    });
    let heard = recorded(&server);
    server.connect_peer("r", "a", None).unwrap();
    assert_eq!(*heard.lock(), ["room:created", "peer:connected", "peer:heartbeat"]);
}

#[test]
fn a_slow_listener_holds_up_neither_other_callers_nor_other_listeners() {
    let server = RtcServer::new();
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (at_entry, at_leave) = (entered.clone(), leave.clone());
    let slow = server.on(EventKind::RoomCreated, move |_| {
        at_entry.wait();
        at_leave.wait();
    });
    let heard = recorded(&server);
    thread::scope(|scope| {
        scope.spawn(|| server.connect_peer("slow", "a", None).unwrap());
        entered.wait();
        // The callback is under way on the other thread, and stays there until the end of this block.
        server.heartbeat("slow", "a").unwrap();
        server.connect_peer("other", "b", None).unwrap();
        let expected = ["room:created", "peer:connected", "peer:heartbeat", "room:created", "peer:connected"];
        assert_eq!(*heard.lock(), expected);
        leave.wait();
        entered.wait();
        leave.wait();
    });
    assert_eq!((slow.missed(), slow.panics()), (0, 0));
}

#[test]
fn a_stream_that_is_not_read_is_bounded_and_says_that_it_lagged() {
    let server = RtcServer::new();
    server.connect_peer("r", "a", None).unwrap();
    let mut stream = server.events();
    for _ in 0..1_030 {
        server.heartbeat("r", "a").unwrap();
    }
    assert_eq!(stream.try_next(), Some(Err(Lagged { missed: 6 })));
    assert_eq!(std::iter::from_fn(|| stream.try_next()).count(), 1_024);
}

#[test]
fn a_stream_waits_for_the_next_event_and_ends_with_the_server() {
    let server = RtcServer::new();
    let mut stream = server.events();
    assert!(stream.next().now_or_never().is_none());
    server.connect_peer("r", "a", None).unwrap();
    assert!(stream.next().now_or_never().flatten().is_some());
    drop(server);
    assert_eq!(stream.next().now_or_never().flatten().unwrap().unwrap().kind(), EventKind::PeerConnected);
    assert_eq!(stream.next().now_or_never(), Some(None));
}
