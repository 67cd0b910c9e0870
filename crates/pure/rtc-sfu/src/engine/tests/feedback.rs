//! What is asked for, reported, and sent again.

use super::{
    SECOND, SSRC,
    bench::{Bench, video, vp8},
};
use crate::rtcp::{ReportBlock, write};
use rtc_types::MediaKind;
use std::time::Duration;

#[test]
fn without_a_retransmission_stream_a_lost_packet_is_sent_again_byte_for_byte() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    let consumed = bench.consume_without_rtx(&bob, producer);
    assert!(consumed.parameters.encodings[0].rtx.is_none());
    let ssrc = consumed.parameters.encodings[0].ssrc.expect("told");
    for index in 0..3 {
        bench.send(&ann, SSRC, index, index as u32 * 3000, &vp8(index == 0, true, index as u16));
        bench.flush();
        bench.run(Duration::from_millis(33));
    }
    let first = bench.sealed(&bob);
    assert_eq!(first.len(), 3);
    let lost = u16::from_be_bytes([first[1][2], first[1][3]]);
    bench.run(Duration::from_millis(70));
    bench.sealed(&bob);
    let mut nack = Vec::new();
    write::receiver_report(&mut nack, 1, &[]);
    write::nack(&mut nack, 1, ssrc, &[lost, lost.wrapping_add(9)]);
    bench.report(&mut bob, nack);
    assert_eq!(bench.sealed(&bob), [first[1].clone()], "the cipher sees no number twice with other bytes");
}

#[test]
fn sender_reports_do_not_count_the_retransmission_stream() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    let consumed = bench.consume(&bob, producer);
    let ssrc = consumed.parameters.encodings[0].ssrc.expect("told");
    for index in 0..4 {
        bench.send(&ann, SSRC, index, index as u32 * 3000, &vp8(index == 0, true, index as u16));
    }
    bench.flush();
    let first = bench.sealed(&bob);
    let lost = u16::from_be_bytes([first[1][2], first[1][3]]);
    let mut nack = Vec::new();
    write::receiver_report(&mut nack, 1, &[]);
    write::nack(&mut nack, 1, ssrc, &[lost, lost.wrapping_add(1)]);
    bench.report(&mut bob, nack);
    let counters = bench.engine.consumers[consumed.consumer].counters;
    assert_eq!((counters.packets, counters.retransmitted), (6, 2));
    let info = bench.engine.sender_info(bench.now, (0, 0), consumed.consumer).expect("packets were sent");
    assert_eq!((info.packets, info.octets), (4, 4 * 14));
}

#[test]
fn a_stream_that_is_dead_is_not_asked_for_key_frames_for_ever_but_again_when_it_is_heard() {
    let mut bench = Bench::new();
    let (ann, bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    bench.send(&ann, SSRC, 1, 0, &vp8(false, true, 1));
    bench.flush();
    bench.consume(&bob, producer);
    bench.run(120 * SECOND);
    let asked = |bench: &Bench| bench.engine.producers[producer].key_frame_requests;
    assert!((6..=10).contains(&asked(&bench)), "{}", asked(&bench));
    let before = asked(&bench);
    bench.send(&ann, SSRC, 2, 3000, &vp8(false, true, 2));
    bench.flush();
    bench.run(Duration::from_millis(20));
    assert_eq!(asked(&bench), before + 1);
}

#[test]
fn all_that_is_missing_is_asked_for_in_datagrams_that_fit_a_path() {
    let mut bench = Bench::new();
    let ann = bench.peer(1);
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    // Three of twenty are missing, too far apart to be asked for together.
    for index in (1000..7000).filter(|index| index % 20 < 17) {
        bench.send(&ann, SSRC, index, 0, &vp8(false, true, 1));
    }
    bench.send(&ann, SSRC, 7000, 0, &vp8(false, true, 1));
    bench.flush();
    bench.out.clear();
    bench.run(Duration::from_millis(12));
    let longest = bench.out.iter().map(|(_, bytes)| bytes.len()).max().expect("it asked");
    assert!(longest <= 1200, "{longest} bytes");
    let stats = bench.engine.producer_stats(bench.now, producer).expect("is there");
    assert_eq!(stats.streams[0].nacks_sent, 900);
}

#[test]
fn the_loss_of_many_streams_in_one_report_counts_once() {
    let mut bench = Bench::new();
    let (ann, mut bob) = (bench.peer(1), bench.peer(2));
    let producer = bench.produce(&ann, MediaKind::Video, video(SSRC));
    let ssrcs: Vec<u32> =
        (0..20).map(|_| bench.consume(&bob, producer).parameters.encodings[0].ssrc.expect("told")).collect();
    bench.send(&ann, SSRC, 1, 0, &vp8(true, true, 1));
    bench.flush();
    bench.run(SECOND);
    let transport = bob.transport;
    let estimate = |bench: &Bench| {
        let egress = &bench.engine.transports[transport].egress;
        egress.estimator.as_ref().expect("made").estimate()
    };
    let before = estimate(&bench);
    let blocks: Vec<ReportBlock> = ssrcs
        .iter()
        .map(|ssrc| ReportBlock { ssrc: *ssrc, fraction_lost: 77, ..ReportBlock::default() })
        .collect();
    for _ in 0..2 {
        let mut compound = Vec::new();
        write::receiver_report(&mut compound, 1, &blocks);
        bench.report(&mut bob, compound);
    }
    // Two reports of 30 %: the first is believed by half.
    assert!(estimate(&bench) > before * 7 / 10, "{} of {before}", estimate(&bench));
}
