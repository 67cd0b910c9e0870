mod attacks;
mod str0m_client;

use super::{dcep::Dcep, *};
use crate::{DataMode, Time};
use proptest::prelude::*;
use std::{collections::VecDeque, time::Duration};

const DELAY: Duration = Duration::from_millis(20);

/// A packet under way: when it arrives, at which end, and what it is.
type Flight = (Time, usize, Vec<u8>);

/// Two associations, the clock, and a link that loses packets by seed.
struct Pair {
    ends: [Association; 2],
    now: Time,
    flights: VecDeque<Flight>,
    random: u64,
    lost_percent: u64,
    events: [Vec<DataEvent>; 2],
}

impl Pair {
    fn new(mode: DataMode, seed: u64, lost_percent: u64) -> Self {
        let end = |dtls_client| {
            Association::new(Time::ZERO, AssociationOptions { mode, dtls_client, ..Default::default() })
        };
        Self {
            ends: [end(true), end(false)],
            now: Time::ZERO,
            flights: VecDeque::new(),
            random: seed | 1,
            lost_percent,
            events: Default::default(),
        }
    }

    fn connected(mode: DataMode) -> Self {
        let mut pair = Self::new(mode, 1, 0);
        pair.run(Duration::from_secs(1));
        assert!(pair.ends.iter().all(Association::is_connected));
        pair.events = Default::default();
        pair
    }

    fn is_lost(&mut self) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % 100 < self.lost_percent
    }

    fn collect(&mut self) {
        for end in 0..2 {
            while let Some(packet) = self.ends[end].poll_packet() {
                if !self.is_lost() {
                    self.flights.push_back((self.now + DELAY, 1 - end, packet));
                }
            }
            while let Some(event) = self.ends[end].poll_event() {
                self.events[end].push(event);
            }
        }
    }

    fn run(&mut self, length: Duration) {
        let end = self.now + length;
        self.collect();
        loop {
            let arrival = self.flights.front().map_or(Time::NEVER, |flight| flight.0);
            let due = self.ends.iter().map(Association::poll_timeout).min().expect("two ends");
            let next = arrival.min(due);
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            match self.flights.front() {
                Some(flight) if flight.0 <= self.now => {
                    let (_, to, packet) = self.flights.pop_front().expect("looked at");
                    self.ends[to].handle_packet(self.now, &packet);
                }
                _ => self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now)),
            }
            self.collect();
        }
        self.now = end;
    }

    fn payloads(&self, end: usize) -> Vec<Vec<u8>> {
        let messages = self.events[end].iter().filter_map(|event| match event {
            DataEvent::Message { payload, .. } => Some(payload.clone()),
            _ => None,
        });
        messages.collect()
    }
}

fn reliable() -> SctpStreamParameters {
    SctpStreamParameters { stream_id: 0, ordered: true, max_packet_life_time: None, max_retransmits: None }
}

fn unreliable() -> SctpStreamParameters {
    SctpStreamParameters { ordered: false, max_retransmits: Some(0), ..reliable() }
}

#[test]
fn both_sides_connect_at_once_and_each_hears_of_it_once() {
    let mut pair = Pair::new(DataMode::Negotiated, 1, 0);
    pair.run(Duration::from_secs(2));
    assert_eq!(pair.events, [vec![DataEvent::Connected], vec![DataEvent::Connected]]);
}

#[test]
fn text_binary_and_empty_messages_arrive_as_such() {
    let mut pair = Pair::connected(DataMode::Negotiated);
    let sent = [(false, &b"text"[..]), (true, &[0xFF, 0]), (false, b""), (true, b"")];
    for (binary, payload) in sent {
        pair.ends[0].send(pair.now, 7, binary, &reliable(), payload).expect("sent");
    }
    pair.run(Duration::from_secs(1));
    let expected =
        sent.map(|(binary, payload)| DataEvent::Message { stream: 7, binary, payload: payload.into() });
    assert_eq!(pair.events[1], expected);
}

#[test]
fn what_is_sent_before_the_association_is_up_arrives() {
    let mut pair = Pair::new(DataMode::Negotiated, 3, 0);
    pair.ends[1].send(Time::ZERO, 0, false, &reliable(), b"early").expect("sent");
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.payloads(0), [b"early"]);
}

#[test]
fn over_a_bad_link_reliable_messages_arrive_whole_and_in_order() {
    for seed in 1..6 {
        let mut pair = Pair::new(DataMode::Negotiated, seed * 7919, 10);
        let mut sent: Vec<Vec<u8>> = Vec::new();
        for index in 0..300usize {
            let payload = vec![index as u8; (index * 997) % 20_000 + 1];
            if pair.ends[0].send(pair.now, 1, true, &reliable(), &payload).is_ok() {
                sent.push(payload);
            }
            pair.run(Duration::from_millis(100));
        }
        pair.run(Duration::from_secs(60));
        assert!(pair.payloads(1) == sent, "seed {seed}: {} of {}", pair.payloads(1).len(), sent.len());
        assert!(sent.len() > 200, "seed {seed}: {} were taken", sent.len());
    }
}

#[test]
fn the_largest_message_arrives_and_a_larger_one_is_not_taken() {
    let mut pair = Pair::connected(DataMode::Negotiated);
    let largest = vec![5; MESSAGE_BYTES_MAX];
    pair.ends[0].send(pair.now, 0, true, &reliable(), &largest).expect("sent");
    let larger = vec![5; MESSAGE_BYTES_MAX + 1];
    assert_eq!(pair.ends[0].send(pair.now, 0, true, &reliable(), &larger), Err(SendError::TooLarge));
    pair.run(Duration::from_secs(20));
    assert!(pair.payloads(1) == [largest]);
}

#[test]
fn unreliable_messages_are_not_waited_for() {
    let mut pair = Pair::new(DataMode::Negotiated, 77, 20);
    pair.run(Duration::from_secs(30));
    for index in 0..500u16 {
        pair.ends[0].send(pair.now, 1, true, &unreliable(), &index.to_be_bytes()).expect("sent");
        pair.run(Duration::from_millis(20));
    }
    pair.run(Duration::from_secs(5));
    let arrived = pair.payloads(1).len();
    assert!((300..480).contains(&arrived), "{arrived}");
}

#[test]
fn a_channel_that_is_announced_is_reported_and_usable_both_ways() {
    let mut pair = Pair::connected(DataMode::Announced);
    let stream = pair.ends[0].open(pair.now, "chat", "json", &unreliable()).expect("opened");
    pair.ends[0].send(pair.now, stream, false, &reliable(), b"hello").expect("sent");
    pair.run(Duration::from_secs(1));
    assert_eq!(stream % 2, 0);
    let parameters = SctpStreamParameters { stream_id: stream, ..unreliable() };
    let (label, protocol) = ("chat".to_owned(), "json".to_owned());
    let payload = b"hello".to_vec();
    let opened = DataEvent::Opened { stream, label, protocol, parameters };
    assert_eq!(pair.events[1], [opened, DataEvent::Message { stream, binary: false, payload }]);
    pair.ends[1].send(pair.now, stream, true, &reliable(), b"back").expect("sent");
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.payloads(0), [b"back"]);
    let other = pair.ends[1].open(pair.now, "", "", &reliable()).expect("opened");
    assert_eq!(other % 2, 1);
}

#[test]
fn a_channel_that_one_side_closes_is_closed_on_both_and_its_stream_is_free_again() {
    let mut pair = Pair::connected(DataMode::Announced);
    let stream = pair.ends[0].open(pair.now, "a", "", &reliable()).expect("opened");
    pair.run(Duration::from_secs(1));
    pair.ends[1].close_stream(pair.now, stream);
    assert_eq!(pair.ends[1].send(pair.now, stream, true, &reliable(), b"x"), Err(SendError::Stream));
    pair.run(Duration::from_secs(2));
    assert_eq!(pair.events[0], [DataEvent::StreamClosed { stream }]);
    assert!(!pair.events[1].contains(&DataEvent::StreamClosed { stream }));
    for _ in 0..3 {
        pair.events = Default::default();
        assert_eq!(pair.ends[0].open(pair.now, "b", "", &reliable()), Ok(stream));
        pair.ends[0].send(pair.now, stream, true, &reliable(), b"again").expect("sent");
        pair.run(Duration::from_secs(1));
        assert_eq!(pair.payloads(1), [b"again"]);
        pair.ends[0].close_stream(pair.now, stream);
        pair.run(Duration::from_secs(2));
        assert_eq!(pair.events[1].last(), Some(&DataEvent::StreamClosed { stream }));
    }
}

#[test]
fn all_streams_of_one_side_can_be_open_and_no_more() {
    let mut pair = Pair::connected(DataMode::Announced);
    for _ in 0..512 {
        pair.ends[0].open(pair.now, "many", "", &reliable()).expect("opened");
        pair.run(Duration::from_millis(10));
    }
    assert_eq!(pair.ends[0].open(pair.now, "one more", "", &reliable()), Err(SendError::TooMany));
    pair.run(Duration::from_secs(5));
    assert_eq!(pair.events[1].len(), 512);
}

#[test]
fn a_peer_that_never_acknowledges_fills_its_share_and_is_given_up() {
    let mut pair = Pair::connected(DataMode::Negotiated);
    pair.lost_percent = 100;
    let payload = [0; 10_000];
    let taken =
        (0..1000).take_while(|_| pair.ends[0].send(pair.now, 0, true, &reliable(), &payload).is_ok()).count();
    assert!((100..=110).contains(&taken), "{taken}");
    assert_eq!(pair.ends[0].send(pair.now, 3, true, &reliable(), &payload), Err(SendError::Full));
    pair.run(Duration::from_secs(180));
    assert_eq!(pair.events[0], [DataEvent::Closed(CloseReason::NoAnswer)]);
}

#[test]
fn a_peer_without_sctp_is_not_reported() {
    let mut pair = Pair::new(DataMode::Negotiated, 1, 100);
    pair.run(Duration::from_secs(600));
    assert_eq!(pair.events, [vec![], vec![]]);
    assert_eq!(pair.ends[0].poll_timeout(), Time::NEVER);
    // It may still come by itself.
    pair.lost_percent = 0;
    pair.ends[0] = Association::new(pair.now, AssociationOptions::default());
    pair.run(Duration::from_secs(5));
    assert_eq!(pair.events[1], [DataEvent::Connected]);
}

#[test]
fn many_small_messages_over_a_bad_link_are_no_violation() {
    let mut pair = Pair::new(DataMode::Negotiated, 99, 8);
    pair.run(Duration::from_secs(10));
    let mut sent = 0;
    for _ in 0..400 {
        for _ in 0..100 {
            sent += usize::from(pair.ends[0].send(pair.now, 1, false, &reliable(), b"0123456789").is_ok());
        }
        pair.run(Duration::from_millis(50));
    }
    pair.run(Duration::from_secs(60));
    assert_eq!(pair.payloads(1).len(), sent);
    assert!(sent > 10_000, "{sent}");
}

#[test]
fn names_are_cut_at_a_thousand_bytes_and_longer_ones_are_not_read() {
    let long = "é".repeat(2000);
    let open = Dcep::Open { parameters: reliable(), label: &long, protocol: "" };
    let bytes = open.to_bytes();
    assert!(matches!(Dcep::parse(0, &bytes), Some(Dcep::Open { label, .. }) if label.len() == 1024));
    let mut longer = vec![3, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0];
    longer.extend([b'x'; 1025]);
    assert_eq!(Dcep::parse(0, &longer), None);
}

proptest! {
    #[test]
    fn what_opens_a_channel_is_read_as_it_was_written(
        stream in 0..STREAMS_MAX, ordered: bool, limit in prop::option::of((any::<bool>(), any::<u16>())),
        label in ".{0,40}", protocol in ".{0,40}",
    ) {
        let parameters = SctpStreamParameters {
            stream_id: stream,
            ordered,
            max_retransmits: limit.and_then(|(count, limit)| count.then_some(limit)),
            max_packet_life_time: limit.and_then(|(count, limit)| (!count).then_some(limit)),
        };
        let open = Dcep::Open { parameters, label: &label, protocol: &protocol };
        let bytes = open.to_bytes();
        prop_assert_eq!(Dcep::parse(stream, &bytes), Some(open.clone()));
    }

    #[test]
    fn any_bytes_are_read_as_an_opening_without_panic(stream: u16, bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        _ = Dcep::parse(stream, &bytes);
        let mut open = vec![3];
        open.extend(bytes);
        _ = Dcep::parse(stream, &open);
    }

    #[test]
    fn any_packet_is_taken_in_without_panic(
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..20),
    ) {
        let mut association = Association::new(Time::ZERO, AssociationOptions::default());
        for packet in packets {
            association.handle_packet(Time::from_millis(5), &packet);
        }
    }

    #[test]
    fn changed_packets_of_a_session_are_taken_in_without_panic(
        changes in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<u8>()), 1..60),
    ) {
        let mut pair = Pair::new(DataMode::Announced, 5, 0);
        let mut changes = changes.into_iter().cycle();
        for step in 0..60u64 {
            _ = pair.ends[0].open(pair.now, "label", "", &unreliable());
            _ = pair.ends[1].send(pair.now, (step * 2) as u16, true, &reliable(), &[1; 3000]);
            pair.ends[1].close_stream(pair.now, step as u16);
            // With the zero checksum agreed on, or a matching one, the change gets through to the parser.
            let (rate, at, value) = changes.next().expect("cycles");
            if let Some((_, _, packet)) = pair.flights.back_mut().filter(|_| rate < 100 && step > 8) {
                let at = at.index(packet.len());
                packet[at] = value;
            }
            pair.run(Duration::from_millis(15));
        }
    }
}
