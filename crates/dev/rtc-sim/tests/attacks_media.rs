//! ATTACKS.md, rows 4, 6, 7 and 8: media that is forged, played again, too much, or malformed.

use rtc_sfu::{Event, ProduceOptions, ProducerId, Protocol, Time, TransportOptions, Tuple};
use rtc_sim::{
    LinkConfig, Random, RawPeer, VideoSource, World, audio_parameters, rtp_packet, video_parameters,
};
use rtc_types::MediaKind;
use std::{net::SocketAddr, time::Duration};

const SECOND: Duration = Duration::from_secs(1);
const SSRC: u32 = 5000;

fn produce(world: &mut World, peer: &RawPeer) -> ProducerId {
    let parameters = video_parameters("raw", SSRC);
    let options = ProduceOptions { kind: MediaKind::Video, parameters, paused: false, screen: false };
    let now = world.now();
    world.engine.produce(now, peer.transport, options).expect("is possible").producer
}

fn assert_nobody_left(world: &World) {
    let closed = |event: &&(Time, Event)| matches!(event.1, Event::TransportClosed { .. });
    assert_eq!(world.events.iter().find(closed), None);
}

#[test]
fn row_4_forged_packets_of_a_known_stream_are_counted_and_not_forwarded() {
    let mut world = World::new(104);
    let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 3)]);
    let consumed = world.consume(bob, video.producer);
    world.run_for(2 * SECOND);
    let before = world.engine.stats();
    let elsewhere = Tuple { protocol: Protocol::Udp, local: 0, remote: SocketAddr::from(([10, 9, 9, 9], 9)) };
    for number in 0..5000_u16 {
        let forged = rtp_packet(1111, number.wrapping_mul(13), u32::from(number), true, 500);
        let from = world.tuple(ann);
        world.send_from(from, forged.clone());
        world.send_from(elsewhere, forged);
    }
    let after = world.engine.stats();
    assert_eq!(after.dropped.srtp_rejected + after.dropped.srtp_replayed, 5000);
    assert_eq!(after.dropped.unknown_address, 5000);
    assert_eq!(after.rtp_packets_in, before.rtp_packets_in);
    assert_eq!(after.rtp_packets_out, before.rtp_packets_out);
    // The victim's own packets still come through, and nothing of its standing has changed.
    world.run_for(2 * SECOND);
    let received = world.client(bob).got(&consumed);
    received.assert_decodable(0);
    assert!(received.packets.len() > 300 && world.engine.stats().dropped.over_limit == 0);
}

#[test]
fn row_6_captured_packets_played_again_are_dropped_also_around_the_roll_over() {
    let mut world = World::new(106);
    let bob = world.add(LinkConfig::default());
    world.connect_all();
    let mut peer = world.add_raw(4000, TransportOptions::default());
    peer.connect(&mut world);
    let producer = produce(&mut world, &peer);
    let consumed = world.consume(bob, producer);
    let mut captured = Vec::new();
    for index in 65_400_u64..65_700 {
        let key = index % 100 == 0;
        let plain = rtp_packet(SSRC, index as u16, index as u32 * 900, key, 300);
        let sealed = peer.seal_rtp(&plain, 12, index);
        captured.push(sealed.clone());
        world.send_from(peer.tuple, sealed);
        world.run_for(Duration::from_millis(5));
        // Around the roll-over each is played again at once, too.
        if (65_520..65_560).contains(&index) {
            world.send_from(peer.tuple, captured.last().expect("pushed").clone());
        }
    }
    let before = world.engine.stats();
    assert_eq!(before.rtp_packets_in, 300);
    assert_eq!(before.dropped.srtp_replayed, 40);
    for sealed in &captured {
        world.send_from(peer.tuple, sealed.clone());
    }
    world.run_for(SECOND);
    let after = world.engine.stats();
    assert_eq!(after.rtp_packets_in, 300);
    assert_eq!(after.dropped.srtp_replayed + after.dropped.srtp_rejected, 340);
    let received = world.client(bob).got(&consumed);
    assert_eq!(received.missing(), 0);
    assert!(received.packets.len() <= 300);
}

#[test]
fn row_7_a_flood_from_one_publisher_costs_the_others_less_than_a_hundredth() {
    for (seed, rate) in [(107, 0), (108, 30_000_000), (110, 30_000_000)] {
        let mut world = World::new(seed);
        let ends: Vec<_> = (0..4).map(|_| world.add(LinkConfig { rate, ..LinkConfig::default() })).collect();
        world.connect_all();
        let mut flooder = world.add_raw(4000, TransportOptions::default());
        flooder.connect(&mut world);
        let flood = produce(&mut world, &flooder);
        let start = world.now();
        let video =
            world.produce_video(ends[0], video_parameters("v", 1111), vec![VideoSource::new(start, 7, 3)]);
        let voice = world.produce_voice(ends[0], audio_parameters("a", 3333), 20);
        let mut honest = Vec::new();
        for id in &ends[1..] {
            honest.push((*id, world.consume(*id, video.producer)));
            honest.push((*id, world.consume(*id, voice.producer)));
            world.consume(*id, flood);
        }
        world.run_for(5 * SECOND);
        let calm = world.now();
        // 150 packets a second would be usual; these are 7,500.
        let mut index = 0;
        for _ in 0..4000 {
            for _ in 0..15 {
                let plain = rtp_packet(SSRC, index as u16, index as u32 / 5 * 3000, index % 150 == 0, 1000);
                let sealed = flooder.seal_rtp(&plain, 12, index);
                world.send_from(flooder.tuple, sealed);
                index += 1;
            }
            world.run_for(Duration::from_millis(2));
            if index % 30_000 == 0 {
                flooder.prove(&mut world);
            }
            world.strays.clear();
        }
        world.run_for(SECOND);
        for (id, consumed) in honest {
            let received = world.client(id).got(&consumed).since(calm);
            let (missing, packets) = (received.missing(), received.packets.len() as u64);
            assert!(packets > 400, "seed {seed}: {packets} packets");
            assert!(missing * 100 <= packets, "seed {seed}: {missing} missing beside {packets}");
        }
        let dropped = world.engine.stats().dropped.over_limit;
        assert!(dropped > 10_000, "{dropped} were too many");
        assert_nobody_left(&world);
    }
}

#[test]
fn row_8_malformed_packets_with_valid_tags_are_counted_and_the_session_goes_on() {
    let mut world = World::new(109);
    let bob = world.add(LinkConfig::default());
    world.connect_all();
    let mut peer = world.add_raw(4000, TransportOptions::default());
    peer.connect(&mut world);
    let producer = produce(&mut world, &peer);
    let consumed = world.consume(bob, producer);
    let mut index = 1000_u64;
    let mut plain = |change: &dyn Fn(&mut Vec<u8>)| {
        index += 1;
        let mut packet = rtp_packet(SSRC, index as u16, index as u32 * 900, true, 300);
        change(&mut packet);
        (packet, index)
    };
    let padding = plain(&|packet| {
        packet[0] |= 0x20;
        *packet.last_mut().expect("has bytes") = 255;
        packet.truncate(40);
        packet[39] = 200;
    });
    let no_padding = plain(&|packet| {
        packet[0] |= 0x20;
        *packet.last_mut().expect("has bytes") = 0;
    });
    let huge = plain(&|packet| packet.resize(65_000, 1));
    let empty = plain(&|packet| packet.truncate(12));
    let short = plain(&|packet| packet.truncate(13));
    for (packet, index) in [padding, no_padding, huge, empty, short] {
        let sealed = peer.seal_rtp(&packet, 12, index);
        world.send_from(peer.tuple, sealed);
    }
    // What is wrong with the header is found before any tag is.
    let extension = plain(&|packet| {
        packet[0] |= 0x10;
        packet[12..16].copy_from_slice(&[0xbe, 0xde, 0xff, 0xff]);
    });
    let sources = plain(&|packet| {
        packet[0] |= 0x0f;
        packet.truncate(30);
    });
    for (packet, _) in [extension, sources] {
        world.send_from(peer.tuple, packet);
    }
    for bytes in [0, 1, 2, 11, 12, 13, 27] {
        world.send_from(peer.tuple, vec![0x80; bytes]);
    }
    world.send_from(peer.tuple, vec![0x80; 65_535]);
    world.run_for(SECOND);
    let dropped = world.engine.stats().dropped;
    assert!(dropped.malformed >= 7, "{dropped:?}");
    for next in 2000..2100_u64 {
        let packet = rtp_packet(SSRC, next as u16, next as u32 * 900, next == 2000, 300);
        let sealed = peer.seal_rtp(&packet, 12, next);
        world.send_from(peer.tuple, sealed);
        world.run_for(Duration::from_millis(5));
    }
    assert!(world.client(bob).got(&consumed).packets.len() >= 100);
    assert_nobody_left(&world);
}

#[test]
fn row_8_no_damage_to_packets_with_valid_tags_ends_a_session() {
    for seed in [181, 182, 183] {
        let mut random = Random::new(seed);
        let mut world = World::new(seed);
        let bob = world.add(LinkConfig::default());
        world.connect_all();
        let mut peer = world.add_raw(4000, TransportOptions::default());
        peer.connect(&mut world);
        let producer = produce(&mut world, &peer);
        world.consume(bob, producer);
        for index in 1000..4000_u64 {
            let mut packet = rtp_packet(SSRC, index as u16, index as u32 * 900, index % 50 == 0, 200);
            for _ in 0..random.next_u64() % 6 {
                let at = (random.next_u64() % 30) as usize;
                if !(8..12).contains(&at) && at != 0 {
                    packet[at] = random.next_u64() as u8;
                }
            }
            if random.chance(0.3) {
                packet[0] = 0x80 | random.next_u64() as u8 & 0x3f;
            }
            packet.truncate(13 + (random.next_u64() % 200) as usize);
            let header = rtc_sfu::rtp::Header::parse(&packet).map_or(12, |header| header.len);
            let sealed = peer.seal_rtp(&packet, header.min(packet.len()), index);
            world.send_from(peer.tuple, sealed);
            if index % 10 == 0 {
                world.run_for(Duration::from_millis(5));
            }
        }
        world.run_for(SECOND);
        world.strays.clear();
        assert_nobody_left(&world);
    }
}
