use super::*;
use proptest::{collection::vec, prelude::*};

fn one(bytes: &[u8]) -> Packet<'_> {
    let mut all = packets(bytes);
    let packet = all.next().expect("a packet").expect("sound");
    assert_eq!(all.next(), None);
    packet
}

fn block(ssrc: u32) -> ReportBlock {
    ReportBlock {
        ssrc,
        fraction_lost: 64,
        cumulative_lost: -5,
        highest_sequence: 0x0001_0203,
        jitter: 9,
        last_sr: 0x1122_3344,
        delay_since_last_sr: 65536,
    }
}

#[test]
fn a_compound_of_reports_names_and_farewells_is_read_as_written() {
    let info = SenderInfo { ssrc: 1, ntp: 0xe000_0001_8000_0000, rtp_timestamp: 2, packets: 3, octets: 4 };
    let blocks: Vec<_> = (10..50).map(block).collect();
    let mut out = Vec::new();
    write::sender_report(&mut out, &info, &blocks);
    write::sdes(&mut out, 1, "cname");
    write::bye(&mut out, &[1, 2]);
    let read: Vec<_> = packets(&out).map(|packet| packet.expect("sound")).collect();
    let [Packet::SenderReport(sr), Packet::ReceiverReport(rr), Packet::Sdes(sdes), Packet::Bye(bye)] =
        &read[..]
    else {
        panic!("{read:?}")
    };
    assert_eq!((sr.info, rr.sender, middle_of_ntp(sr.info.ntp)), (info, 1, 0x0001_8000));
    assert_eq!(sr.blocks().chain(rr.blocks()).collect::<Vec<_>>(), blocks);
    let name = SdesItem { ssrc: 1, kind: 1, value: b"cname" };
    assert_eq!(sdes.items().collect::<Vec<_>>(), [name]);
    assert_eq!(bye.sources().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn names_end_where_the_chunk_does() {
    let bytes = [
        0x82, 202, 0, 6, 0, 0, 0, 1, 1, 2, b'a', b'b', 2, 1, b'c', 0, // a chunk with two items
        0, 0, 0, 2, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    ];
    let Packet::Sdes(sdes) = one(&bytes) else { panic!() };
    let items: Vec<_> = sdes.items().map(|item| (item.ssrc, item.kind, item.value)).collect();
    assert_eq!(items, [(1, 1, &b"ab"[..]), (1, 2, &b"c"[..]), (2, 1, &b""[..])]);
}

#[test]
fn a_nack_asks_for_packets_and_those_behind_them() {
    let bytes = [0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0, 0b101, 0, 100, 0x80, 0];
    let Packet::Nack(nack) = one(&bytes) else { panic!() };
    assert_eq!((nack.sender, nack.media), (1, 2));
    let sequences: Vec<_> = nack.sequences().collect();
    assert_eq!(sequences, [65534, 65535, 1, 100, 116]);
    let mut out = Vec::new();
    assert_eq!(write::nack(&mut out, 1, 2, &sequences), 5);
    assert_eq!(out, bytes);
    assert_eq!(write::nack(&mut out, 1, 2, &[]), 0);
    let spread: Vec<u16> = (0..300).map(|at| at * 20).collect();
    assert_eq!(write::nack(&mut out, 1, 2, &spread), 250);
}

#[test]
fn key_frames_are_asked_for() {
    let mut out = Vec::new();
    write::pli(&mut out, 1, 2);
    assert_eq!(out, [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    assert_eq!(one(&out), Packet::Pli(Pli { sender: 1, media: 2 }));
    out.clear();
    write::fir(&mut out, 1, &[(2, 7), (3, 255)]);
    let Packet::Fir(fir) = one(&out) else { panic!() };
    assert_eq!(fir.entries().collect::<Vec<_>>(), [(2, 7), (3, 255)]);
}

#[test]
fn an_estimated_bitrate_keeps_18_bits() {
    let mut out = Vec::new();
    write::remb(&mut out, 1, 4_874_696, &[72, 73]);
    let Packet::Remb(remb) = one(&out) else { panic!() };
    assert_eq!((remb.sender, remb.bitrate), (1, 4_874_688));
    assert_eq!(remb.streams().collect::<Vec<_>>(), [72, 73]);
    let huge = [&[0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0][..], b"REMB", &[0, 0xff, 0xff, 0xff]].concat();
    assert!(matches!(one(&huge), Packet::Remb(Remb { bitrate: u64::MAX, .. })));
    let other = [&[0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0][..], b"GOOG", &[0, 0, 0, 0]].concat();
    assert_eq!(one(&other), Packet::Unknown { packet_type: 206, format: 15 });
}

#[test]
fn extended_reports_ask_for_and_give_round_trips() {
    let bytes = [0x80, 207, 0, 5, 0, 0, 0, 9, 4, 0, 0, 2, 0, 0, 0, 1, 0x80, 0, 0, 0, 42, 0, 0, 0];
    let Packet::ExtendedReport(report) = one(&bytes) else { panic!() };
    let blocks: Vec<_> = report.blocks().collect();
    assert_eq!(blocks, [XrBlock::Rrtr { ntp: 0x1_8000_0000 }, XrBlock::Unknown { kind: 42 }]);
    let answers = [Dlrr { ssrc: 1, last_rr: 2, delay: 3 }, Dlrr { ssrc: 4, last_rr: 5, delay: 6 }];
    let mut out = Vec::new();
    write::dlrr(&mut out, 9, &answers);
    let Packet::ExtendedReport(report) = one(&out) else { panic!() };
    let Some(XrBlock::Dlrr(list)) = report.blocks().next() else { panic!() };
    assert_eq!(list.iter().collect::<Vec<_>>(), answers);
}

/// The example of the draft's packet chunks: a run of lost ones, then a vector of each kind.
#[test]
fn arrivals_of_a_transport_are_read_from_every_kind_of_chunk() {
    let bytes = [
        0x8f,
        205,
        0,
        7,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        2,
        0xff,
        0xfe,
        0,
        10,
        0xff,
        0xff,
        0xff,
        7, // base 65534, -64 ms
        0x00,
        0x03, // three lost
        0b1011_0000,
        0, // arrived, arrived, lost, …: of 14 only
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ];
    let Packet::TransportCc(view) = one(&bytes) else { panic!() };
    assert_eq!((view.base, view.status_count, view.feedback_count), (65534, 10, 7));
    assert_eq!((view.reference_time, view.reference_micros()), (-1, -64_000));
    assert_eq!(view.received().collect::<Vec<_>>(), [(1, -64_000), (2, -64_000)]);
    assert_eq!(view.statuses().count(), 10);

    let bytes = [
        0x8f,
        205,
        0,
        6,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        2,
        0,
        5,
        0,
        4,
        0,
        0,
        1,
        7, // base 5, 64 ms
        0b1101_1000,
        0b0100_0000, // small, large, lost, small
        4,
        0xff,
        0xfe,
        8,
        0,
        0,
    ];
    let Packet::TransportCc(view) = one(&bytes) else { panic!() };
    let statuses: Vec<_> = view.statuses().collect();
    assert_eq!(statuses, [(5, Some(65_000)), (6, Some(64_500)), (7, None), (8, Some(66_500))]);
    assert_eq!(packets(&[&bytes[..2], &[0, 5], &bytes[4..24]].concat()).next(), Some(Err(Malformed::Length)));
}

#[test]
fn an_account_of_65535_packets_in_40_bytes_is_little_work() {
    let mut bytes = vec![0x8f, 205, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    for _ in 0..10 {
        bytes.extend(0x1fff_u16.to_be_bytes());
    }
    let Packet::TransportCc(view) = one(&bytes) else { panic!() };
    assert_eq!(view.received().count(), 0);
    assert_eq!(view.statuses().count(), 65535);
    for _ in 0..2 {
        // Runs of arrived packets need as many deltas, and a run of none describes nothing.
        bytes[20] ^= 0x20;
        assert_eq!(packets(&bytes).next(), Some(Err(Malformed::Length)));
        bytes[20..22].fill(0);
    }
}

#[test]
fn an_account_takes_what_fits_and_says_how_much() {
    let mut out = Vec::new();
    let far = [(10, Some(0)), (11, Some(250 * 32768)), (12, Some(250 * 32768))];
    assert_eq!(write::transport_cc(&mut out, (1, 2), 0, 10, &far), 1);
    assert_eq!(write::transport_cc(&mut out, (1, 2), 1, 11, &far[1..]), 2);
    assert_eq!(write::transport_cc(&mut out, (1, 2), 2, 11, &far), 0, "the first lies before the base");
    assert_eq!(write::transport_cc(&mut out, (1, 2), 2, 0, &[(4_000, Some(0))]), 0);
    assert_eq!(write::transport_cc(&mut out, (1, 2), 2, 0, &[]), 0);
    assert_eq!(packets(&out).count(), 2);
    out.clear();
    let many: Vec<_> = (0..2_000).map(|at| (at, Some(i64::from(at) * 100_000))).collect();
    assert_eq!(write::transport_cc(&mut out, (1, 2), 0, 0, &many), 450);
    assert!(out.len() < 1200, "{}", out.len());
}

#[test]
fn broken_packets_do_not_hide_those_behind_them() {
    let pli = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    let blocks_missing = [0x9f, 201, 0, 1, 0, 0, 0, 1];
    let read: Vec<_> = packets(&[&blocks_missing[..], &pli].concat()).map(|packet| packet.is_ok()).collect();
    assert_eq!(read, [false, true]);
    let read: Vec<_> = packets(&[0x81, 206, 0, 200, 0, 0, 0, 1]).collect();
    assert_eq!(read, [Err(Malformed::Length)]);
    let read: Vec<_> = packets(&[&pli[..], &[0x81, 206]].concat()).map(|packet| packet.is_ok()).collect();
    assert_eq!(read, [true, false]);
    assert_eq!(packets(&[0x41, 206, 0, 0]).next(), Some(Err(Malformed::Version)));
}

#[test]
fn padding_of_a_packet_is_no_content() {
    let nack = [0xa1, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0, 0, 0, 0, 4];
    let Packet::Nack(view) = one(&nack) else { panic!() };
    assert_eq!(view.sequences().collect::<Vec<_>>(), [9]);
    for bad in [0, 17, 255] {
        let mut nack = nack;
        nack[19] = bad;
        assert_eq!(packets(&nack).next(), Some(Err(Malformed::Padding)), "{bad}");
    }
}

#[test]
fn another_implementation_reads_what_we_write() {
    use str0m::rtp::rtcp as peer;
    let mut out = Vec::new();
    write::receiver_report(&mut out, 7, &[block(3)]);
    let read = peer::ReceiverReport::try_from(&out[4..]);
    let read = read.map(|report| report.sender_ssrc).map_err(|error| error.to_string());
    assert_eq!(read, Ok(7.into()));
    out.clear();
    assert_eq!(write::nack(&mut out, 1, 2, &[5, 6, 9, 400]), 4);
    let read = peer::Nack::try_from(&out[4..]).expect("sound");
    assert_eq!(
        read.reports.iter().map(|entry| (entry.pid, entry.blp)).collect::<Vec<_>>(),
        [(5, 9), (400, 0)]
    );
    out.clear();
    write::fir(&mut out, 1, &[(2, 9)]);
    let read = peer::Fir::try_from(&out[4..]).expect("sound");
    assert_eq!(read.reports.iter().map(|entry| (*entry.ssrc, entry.seq_no)).collect::<Vec<_>>(), [(2, 9)]);
}

fn arrivals() -> impl Strategy<Value = (u16, Vec<(u16, Option<i64>)>)> {
    let gap = prop_oneof![10 => Just(1_u16), 2 => 1_u16..40];
    let delay = prop_oneof![5 => 0_i64..60_000, 2 => -200_000_i64..2_000_000, 2 => Just(1_000)];
    let lost = prop_oneof![3 => Just(true), 1 => Just(false)];
    (any::<u16>(), -5_000_000_000_i64..5_000_000_000, vec((gap, delay, lost), 1..300)).prop_map(
        |(base, start, steps)| {
            let (mut sequence, mut clock) = (base.wrapping_sub(1), start);
            let list = steps.into_iter().map(|(gap, delay, arrived)| {
                (sequence, clock) = (sequence.wrapping_add(gap), clock + delay);
                (sequence, arrived.then_some(clock))
            });
            (base, list.collect())
        },
    )
}

proptest! {
    #[test]
    fn accounts_of_arrivals_are_read_as_written((base, list) in arrivals()) {
        let (mut base, mut rest, mut read) = (base, &list[..], Vec::new());
        while !rest.is_empty() {
            let mut out = Vec::new();
            let taken = write::transport_cc(&mut out, (1, 2), 3, base, rest);
            prop_assert!(taken > 0 && out.len() < 1200);
            let Packet::TransportCc(view) = one(&out) else { panic!() };
            // What another implementation makes of it: as many arrivals.
            let peer = str0m::rtp::rtcp::Twcc::try_from(&out[4..]).expect("sound");
            prop_assert_eq!(peer.status_count, view.status_count);
            prop_assert_eq!(peer.delta.len(), view.received().count());
            let known: Vec<_> = view.statuses().filter(|status| status.1.is_some()).collect();
            let received: Vec<_> = view.received().map(|(sequence, time)| (sequence, Some(time))).collect();
            prop_assert_eq!(&known, &received);
            prop_assert_eq!(view.statuses().count(), usize::from(view.status_count));
            read.extend(received);
            base = rest[taken - 1].0.wrapping_add(1);
            rest = &rest[taken..];
        }
        let arrived: Vec<_> = list.iter().filter(|arrival| arrival.1.is_some()).collect();
        prop_assert_eq!(read.len(), arrived.len());
        for (read, written) in read.iter().zip(arrived) {
            prop_assert_eq!(read.0, written.0);
            let wrap = REFERENCE_WRAP_MICROS;
            let error = (written.1.expect("arrived") - read.1.expect("arrived")).rem_euclid(wrap);
            prop_assert!(error < 250, "{error}");
        }
    }

    #[test]
    fn sequence_numbers_asked_for_are_read_as_written(start: u16, steps in vec(1_u16..60, 1..200)) {
        let mut at = start;
        let list: Vec<u16> = steps.iter().map(|step| { at = at.wrapping_add(*step); at }).collect();
        let mut out = Vec::new();
        prop_assert_eq!(write::nack(&mut out, 1, 2, &list), list.len());
        let Packet::Nack(nack) = one(&out) else { panic!() };
        prop_assert_eq!(nack.sequences().collect::<Vec<_>>(), list);
    }

    #[test]
    fn bitrates_lose_less_than_their_18th_bit(bitrate: u64) {
        let mut out = Vec::new();
        write::remb(&mut out, 1, bitrate, &[]);
        let Packet::Remb(remb) = one(&out) else { panic!() };
        prop_assert!(remb.bitrate <= bitrate && bitrate - remb.bitrate <= bitrate >> 17);
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_work_much(
        bytes in vec(any::<u8>(), 0..200), kind in 200_u8..208, format in 0_u8..32, words in 0_u8..50,
    ) {
        let mut bytes = bytes;
        if let Some(header) = bytes.first_chunk_mut() { *header = [0x80 | format, kind, 0, words]; }
        let mut work = 0;
        for packet in packets(&bytes).flatten() {
            work += 1 + match packet {
                Packet::SenderReport(report) => report.blocks().count(),
                Packet::ReceiverReport(report) => report.blocks().count(),
                Packet::Sdes(sdes) => sdes.items().count(),
                Packet::Bye(bye) => bye.sources().count(),
                Packet::Nack(nack) => nack.sequences().count(),
                Packet::Fir(fir) => fir.entries().count(),
                Packet::TransportCc(view) => view.received().count(),
                Packet::Remb(remb) => remb.streams().count(),
                Packet::ExtendedReport(report) => report.blocks().map(|block| match block {
                    XrBlock::Dlrr(list) => list.iter().count(),
                    _ => 1,
                }).sum(),
                Packet::Pli(_) | Packet::Unknown { .. } => 0,
            };
        }
        prop_assert!(work <= bytes.len() * 5);
    }
}
