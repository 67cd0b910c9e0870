//! Reception figures.

use super::*;

fn video() -> StreamReceiver {
    StreamReceiver::new(90_000)
}

/// 30 frames a second, one packet a frame, without those that `lost` names.
fn play(stream: &mut StreamReceiver, packets: u64, lost: impl Fn(u64) -> bool) -> Time {
    let mut now = Time::from_millis(1_000);
    for index in 0..packets {
        now = Time::from_micros(1_000_000 + index * 100_000 / 3);
        if !lost(index) {
            stream.on_packet(now, 65_000 + index, (index * 3_000) as u32, 1_000, false);
        }
    }
    now
}

#[test]
fn a_stream_without_loss_reports_none() {
    let mut stream = video();
    let now = play(&mut stream, 900, |_| false);
    let report = stream.report(now);
    assert_eq!((report.fraction_lost, report.cumulative_lost), (0, 0));
    assert_eq!(report.highest_sequence, 65_899);
    assert!(report.jitter <= 1, "{}", report.jitter);
    assert_eq!((report.last_sr, report.delay_since_last_sr), (0, 0));
    assert_eq!((stream.packets(), stream.bytes(), stream.lost(), stream.score(now)), (900, 900_000, 0, 10));
    let rate = stream.bitrate(now);
    assert!((230_000..255_000).contains(&rate), "{rate}");
}

#[test]
fn loss_is_told_for_the_interval_and_since_the_start() {
    let mut stream = video();
    let now = play(&mut stream, 400, |index| index % 4 == 1);
    let report = stream.report(now);
    assert_eq!((report.fraction_lost, report.cumulative_lost), (64, 100));
    assert!((stream.fraction_lost() - 0.25).abs() < 0.001);
    for index in 400..500 {
        stream.on_packet(now, 65_000 + index, (index * 3_000) as u32, 1_000, false);
    }
    let report = stream.report(now);
    assert_eq!((report.fraction_lost, report.cumulative_lost), (0, 100));
    assert_eq!(stream.lost(), 100);
}

#[test]
fn a_packet_that_came_again_hides_no_loss_from_the_report_but_is_not_lost() {
    let mut stream = video();
    let now = play(&mut stream, 100, |index| index == 50);
    stream.on_packet(now, 65_050, 150_000, 1_000, true);
    assert_eq!(stream.report(now).cumulative_lost, 1);
    assert_eq!((stream.lost(), stream.recovered(), stream.packets()), (0, 1, 100));
}

#[test]
fn a_late_packet_fills_its_gap() {
    let mut stream = video();
    for seq in [10, 11, 13, 12, 9, 14] {
        stream.on_packet(Time::from_millis(seq), seq, 0, 100, false);
    }
    let report = stream.report(Time::from_millis(20));
    assert_eq!((report.fraction_lost, report.cumulative_lost, report.highest_sequence), (0, 0, 14));
}

#[test]
fn a_sender_that_began_anew_is_no_loss() {
    let mut stream = video();
    let now = play(&mut stream, 100, |_| false);
    stream.on_packet(now, 95_000, 7, 1_000, false);
    stream.on_packet(now, 95_001, 7, 1_000, false);
    assert_eq!(stream.report(now).cumulative_lost, 0);
    assert!(stream.jitter_seconds() < 0.0001);
}

#[test]
fn jitter_approaches_the_mean_difference_of_transit() {
    let mut stream = StreamReceiver::new(48_000);
    for index in 0..2_000u64 {
        let late = if index % 2 == 0 { 0 } else { 10_000 };
        let now = Time::from_micros(1_000_000 + index * 20_000 + late);
        stream.on_packet(now, index, (index * 960) as u32, 80, false);
    }
    assert!((stream.jitter_seconds() - 0.010).abs() < 0.001, "{}", stream.jitter_seconds());
}

#[test]
fn the_packets_of_one_frame_do_not_count_as_jitter() {
    let mut stream = video();
    for frame in 0..300u64 {
        for packet in 0..10 {
            let now = Time::from_micros(1_000_000 + frame * 33_333 + packet * 2_000);
            stream.on_packet(now, frame * 10 + packet, (frame * 3_000) as u32, 1_000, false);
        }
    }
    assert!(stream.jitter_seconds() < 0.0001, "{}", stream.jitter_seconds());
}

#[test]
fn timestamps_are_mapped_to_the_senders_clock() {
    let mut stream = video();
    assert_eq!(stream.ntp_of(0), None);
    let ntp = (3_900_000_000 << 32) | 0x8000_0000;
    stream.on_sender_report(Time::from_millis(500), ntp, 0xffff_ff00);
    assert_eq!(stream.ntp_of(0xffff_ff00), Some(3_900_000_000_500_000));
    assert_eq!(stream.ntp_of(0xffff_ff00u32.wrapping_add(90_000)), Some(3_900_000_001_500_000));
    assert_eq!(stream.ntp_of(0xffff_ff00 - 45_000), Some(3_900_000_000_000_000));
    let report = stream.report(Time::from_millis(1_500));
    assert_eq!((report.last_sr, report.delay_since_last_sr), (((ntp >> 16) as u32), 65_536));
}

#[test]
fn a_stream_is_inactive_a_second_and_a_half_after_its_last_packet() {
    let mut stream = video();
    assert!(!stream.is_active(Time::from_millis(1)));
    stream.on_packet(Time::from_millis(10), 1, 0, 100, false);
    assert!(stream.is_active(Time::from_millis(1_500)));
    assert!(!stream.is_active(Time::from_millis(1_510)));
    assert_eq!(stream.score(Time::from_millis(1_510)), 0);
}

#[test]
fn the_score_falls_with_loss_and_comes_back() {
    let mut stream = video();
    let (mut seq, mut now) = (0, Time::from_millis(1));
    let mut second = |stream: &mut StreamReceiver, keep: u64| {
        for _ in 0..100 {
            seq += 1;
            now += Duration::from_millis(10);
            if seq % 10 < keep {
                stream.on_packet(now, seq, (seq * 900) as u32, 1_000, false);
            }
        }
        stream.report(now);
        stream.score(now)
    };
    assert_eq!(second(&mut stream, 10), 10);
    for _ in 0..4 {
        second(&mut stream, 9);
    }
    assert!((6..=7).contains(&second(&mut stream, 9)));
    for _ in 0..8 {
        second(&mut stream, 7);
    }
    assert!(second(&mut stream, 7) <= 1);
    for _ in 0..40 {
        second(&mut stream, 10);
    }
    assert_eq!(second(&mut stream, 10), 10);
}

#[test]
fn absurd_numbers_are_borne() {
    let mut stream = StreamReceiver::new(0);
    for seq in [u64::MAX, 0, 1 << 40, u64::MAX - 1, 5] {
        stream.on_packet(Time::from_micros(seq), seq, seq as u32, usize::MAX >> 8, false);
        stream.on_sender_report(Time::NEVER, u64::MAX, seq as u32);
        stream.report(Time::NEVER);
        stream.ntp_of(u32::MAX);
        stream.score(Time::NEVER);
    }
}
