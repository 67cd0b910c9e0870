//! The engine, packet by packet.

mod bench;
mod feedback;
mod svc;

use crate::{Event, Time, TransportFailure, VisibleSize, rtcp::SenderInfo, rtcp::write};
use bench::{Bench, audio, video, vp8};
use rtc_types::{
    MediaKind,
    ortc::{DtlsParameters, DtlsRole},
};
use std::{collections::HashSet, time::Duration};

const SSRC: u32 = 1111;
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_track_that_is_announced_again_goes_on_after_its_numbers_rolled_over() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let first = bench.produce(&ann, MediaKind::Video, video(SSRC));
    for index in 65_530..65_545 {
        bench.send(&ann, SSRC, index, 0, &vp8(true, true, 1));
    }
    bench.engine.close_producer(bench.now, first);
    // Nobody's for a while.
    bench.send(&ann, SSRC, 65_545, 0, &vp8(true, true, 1));
    let again = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, again);
    bench.send(&ann, SSRC, 65_546, 0, &vp8(true, true, 2));
    bench.flush();
    assert_eq!(bench.got(&mut bob).len(), 1);
}

#[test]
fn streams_that_belong_to_nothing_make_room_for_those_that_do() {
    let mut bench = Bench::new();
    let ann = bench.peer(1);
    for ssrc in 5000..5128 {
        bench.send(&ann, ssrc, 1, 0, &[1]);
    }
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    for index in 1..=2 {
        bench.send(&ann, SSRC, index, 0, &vp8(true, true, 1));
    }
    let stats = bench.engine.producer_stats(bench.now, producer).expect("is there");
    assert_eq!(stats.streams[0].packets, 1, "the first of them made the room");
}

#[test]
fn nothing_is_due_all_the_time_before_a_publisher_is_connected() {
    let mut bench = Bench::new();
    let created = bench.transport();
    let bob = bench.peer(2);
    let options = crate::ProduceOptions {
        kind: MediaKind::Video,
        parameters: video(SSRC),
        paused: false,
        screen: false,
    };
    let producer = bench.engine.produce(bench.now, created.transport, options).expect("fits").producer;
    bench.consume(&bob, producer);
    bench.run(2 * SECOND);
    assert!(bench.wakes < 60, "{} wakes", bench.wakes);
}

#[test]
fn a_probe_that_nothing_can_be_made_of_is_not_due_all_the_time() {
    let mut bench = Bench::new();
    let bob = bench.peer(2);
    bench.run(SECOND);
    let now = bench.now;
    let transport = bench.engine.transports.get_mut(bob.transport).expect("made");
    transport.estimate();
    let estimator = transport.egress.estimator.as_mut().expect("made");
    let sent = estimator.on_sent(now, 1000);
    estimator.on_feedback(now, [(sent, Some(5))].into_iter());
    estimator.set_wanted(5_000_000);
    bench.engine.arm(bob.transport);
    bench.wakes = 0;
    bench.run(10 * SECOND);
    assert!(bench.wakes < 400, "{} wakes", bench.wakes);
}

#[test]
fn a_publisher_is_told_in_time_that_nobody_looks() {
    let mut bench = Bench::new();
    let (ann, bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    let consumed = bench.consume(&bob, producer);
    bench.run(SECOND);
    bench.engine.close_consumer(bench.now, consumed.consumer);
    bench.run(5 * SECOND);
    assert!(bench.events.contains(&Event::LayersWanted { producer, mask: 0 }), "{:?}", bench.events);
}

#[test]
fn a_publishers_padding_leaves_no_hole_and_is_not_asked_for() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, producer);
    bench.send(&ann, SSRC, 10, 0, &vp8(true, true, 1));
    bench.pad(&ann, SSRC, 11, 0);
    bench.pad(&ann, SSRC, 12, 0);
    bench.send(&ann, SSRC, 13, 3000, &vp8(false, true, 2));
    bench.flush();
    bench.run(SECOND);
    let got = bench.got(&mut bob);
    assert_eq!(got.len(), 2);
    assert_eq!(got[1].index, got[0].index + 1);
    let stats = bench.engine.producer_stats(bench.now, producer).expect("is there");
    assert_eq!(stats.streams[0].nacks_sent, 0);
}

#[test]
fn a_publisher_with_a_mad_clock_harms_no_subscriber() {
    let mut bench = Bench::new();
    let (mut ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, producer);
    bench.send(&ann, SSRC, 10, 0, &vp8(true, true, 1));
    bench.flush();
    for ntp in [0, u64::MAX] {
        let mut compound = Vec::new();
        let info = SenderInfo { ssrc: SSRC, ntp, rtp_timestamp: 0, packets: 1, octets: 1 };
        write::sender_report(&mut compound, &info, &[]);
        bench.report(&mut ann, compound);
    }
    bench.run(3 * SECOND);
    assert!(bench.engine.transports.contains_key(bob.transport), "{:?}", bench.events);
    bench.got(&mut bob);
}

#[test]
fn a_key_frame_whose_first_packet_comes_late_is_sent_whole() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, producer);
    bench.send(&ann, SSRC, 12, 0, &vp8(true, false, 1));
    bench.flush();
    for index in [11, 14, 10, 15] {
        bench.send(&ann, SSRC, index, 0, &vp8(true, index == 10, 1));
    }
    bench.flush();
    let mut got: Vec<u64> = bench.got(&mut bob).iter().map(|packet| packet.index).collect();
    let first = got[0];
    got.sort_unstable();
    let places: Vec<u64> = got.iter().map(|index| index - first).collect();
    assert_eq!(places, [0, 1, 2, 4, 5], "the missing one keeps its place");
}

#[test]
fn a_stream_that_comes_back_under_another_ssrc_goes_on_where_it_was() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(0));
    bench.consume(&bob, producer);
    for index in 60_000..60_010 {
        bench.send(&ann, SSRC, index, 900_000, &vp8(true, true, 1));
    }
    bench.flush();
    let before = bench.got(&mut bob);
    // As long as the first one lives, another is not let in.
    bench.send(&ann, 2222, 5, 77, &vp8(true, true, 9));
    bench.flush();
    assert!(bench.got(&mut bob).is_empty());
    bench.run(2 * SECOND);
    bench.got(&mut bob);
    bench.send(&ann, 2222, 6, 77, &vp8(false, true, 9));
    bench.send(&ann, 2222, 7, 3077, &vp8(true, true, 10));
    bench.flush();
    let after = bench.got(&mut bob);
    assert_eq!((before.len(), after.len()), (10, 1));
    assert!(after[0].index - before[9].index <= 2);
    let ahead = after[0].timestamp.wrapping_sub(before[9].timestamp);
    assert!((170_000..200_000).contains(&ahead), "two seconds: {ahead}");
}

#[test]
fn all_tracks_of_a_peer_have_one_cname_whatever_it_said() {
    let mut bench = Bench::new();
    let (ann, bob) = (bench.peer(1), bench.peer(2));
    let mut picture = video(SSRC);
    picture.rtcp.cname = Some(String::new());
    let mut voice = audio(3333);
    voice.rtcp.cname = Some("ann".into());
    let tracks = [(MediaKind::Video, picture), (MediaKind::Audio, voice)];
    let names = tracks.map(|(kind, parameters)| {
        let producer = bench.produce(&ann, kind, parameters);
        bench.consume(&bob, producer).parameters.rtcp.cname.expect("has one")
    });
    assert!(!names[0].is_empty());
    assert_eq!(names[0], names[1]);
}

#[test]
fn resuming_what_is_not_paused_does_not_stop_the_picture() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, producer);
    bench.send(&ann, SSRC, 10, 0, &vp8(true, true, 1));
    bench.flush();
    bench.engine.set_producer_paused(bench.now, producer, false).expect("is there");
    bench.send(&ann, SSRC, 11, 3000, &vp8(false, true, 2));
    bench.flush();
    assert_eq!(bench.got(&mut bob).len(), 2);
}

#[test]
fn what_nobody_looks_at_is_neither_sent_nor_asked_for() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    let consumer = bench.consume(&bob, producer).consumer;
    for index in 10..20 {
        bench.send(&ann, SSRC, index, 0, &vp8(true, true, index as u16));
        bench.flush();
        bench.run(SECOND / 10);
    }
    assert_eq!(bench.got(&mut bob).len(), 10);
    let asked = |bench: &Bench| bench.engine.stats().key_frame_requests;
    let before = asked(&bench);
    for index in 20..50 {
        let now = bench.now;
        match index {
            20 => bench.engine.set_consumer_paused(now, consumer, true).expect("is there"),
            35 => {
                let none = VisibleSize { width: 0, height: 0 };
                bench.engine.set_visible_size(now, consumer, none).expect("is there");
                bench.engine.set_consumer_paused(now, consumer, false).expect("is there");
            }
            _ => {}
        }
        bench.send(&ann, SSRC, index, 0, &vp8(true, true, index as u16));
        bench.flush();
        bench.run(SECOND / 10);
    }
    assert_eq!(bench.got(&mut bob), []);
    assert_eq!(asked(&bench), before);
}

#[test]
fn no_ssrc_is_given_twice_on_a_transport() {
    let mut bench = Bench::new();
    let (ann, bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    let mut given = HashSet::new();
    for _ in 0..50 {
        let consumed = bench.consume(&bob, producer);
        let encoding = &consumed.parameters.encodings[0];
        assert!(given.insert(encoding.ssrc.expect("has one")));
        assert!(given.insert(encoding.rtx.as_ref().expect("has one").ssrc));
        bench.engine.close_consumer(bench.now, consumed.consumer);
    }
}

#[test]
fn as_dtls_client_we_begin_once_there_is_a_way_to_the_peer() {
    let mut bench = Bench::new();
    let created = bench.transport();
    let remote = DtlsParameters { role: DtlsRole::Server, fingerprints: created.dtls.fingerprints.clone() };
    let role = bench.engine.connect_transport(bench.now, created.transport, &remote).expect("connects");
    assert_eq!(role, DtlsRole::Client);
    bench.run(2 * SECOND);
    assert!(bench.wakes < 60, "{} wakes", bench.wakes);
    let tuple = bench.check(&created, 7);
    bench.out.clear();
    bench.run(SECOND / 10);
    assert!(bench.out.iter().any(|(to, datagram)| *to == tuple && datagram[0] == 22), "a hello goes out");
}

#[test]
fn a_session_whose_fault_it_is_ends_alone() {
    let mut bench = Bench::new();
    let (ann, bob) = (bench.peer(1), bench.peer(2));
    bench.engine.break_transport(ann.transport, TransportFailure::Fault);
    bench.run(SECOND);
    assert!(!bench.engine.transports.contains_key(ann.transport));
    assert!(bench.engine.transports.contains_key(bob.transport));
    assert!(bench.engine.by_tuple.len() == 1 && bench.engine.by_ufrag.len() == 1);
    assert!(bench.engine.poll_timeout() > Time::ZERO);
}

#[test]
fn a_picture_is_forwarded_as_one_when_its_end_has_come() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, producer);
    for index in 10..13 {
        bench.send(&ann, SSRC, index, 0, &vp8(true, index == 10, 1));
        bench.engine.flush(bench.now, &mut bench.out);
    }
    assert!(bench.got(&mut bob).is_empty(), "its end is waited for");
    bench.send_last(&ann, SSRC, 13, 0, &vp8(true, false, 1));
    bench.engine.flush(bench.now, &mut bench.out);
    assert_eq!(bench.got(&mut bob).len(), 4);
}

#[test]
fn the_end_of_a_picture_is_waited_for_no_longer_than_half_a_millisecond() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.consume(&bob, producer);
    bench.send(&ann, SSRC, 10, 0, &vp8(true, true, 1));
    let due = bench.now + Duration::from_micros(500);
    assert!(bench.engine.poll_timeout() <= due);
    bench.engine.handle_timeout(due, &mut bench.out);
    assert_eq!(bench.got(&mut bob).len(), 1);
}

#[test]
fn a_peer_without_channels_has_no_association() {
    let mut bench = Bench::new();
    let bob = bench.peer(2);
    bench.run(2 * SECOND);
    assert!(bench.engine.transports[bob.transport].data.is_none());
    bench.engine.transports[bob.transport].options.data = crate::DataMode::Negotiated;
    let parameters = rtc_types::ortc::SctpStreamParameters {
        stream_id: 1,
        ordered: true,
        max_packet_life_time: None,
        max_retransmits: None,
    };
    let made = bench.engine.produce_data(bench.now, bob.transport, parameters, "chat".into(), String::new());
    assert!(made.is_ok());
    assert!(bench.engine.transports[bob.transport].data.is_some());
}
