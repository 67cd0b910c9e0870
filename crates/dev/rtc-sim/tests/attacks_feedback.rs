//! ATTACKS.md, row 9: reports that are malformed, too many, or ask for too much. The attacker is a subscriber
//! with valid keys; an honest one beside it must not notice.

use rtc_sfu::{ConsumeOptions, Consumed, Engine, Event, TransportOptions, rtcp::write};
use rtc_sim::{ClientId, LinkConfig, Random, RawPeer, VideoSource, World, video_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const SENDER: u32 = 99;

struct Scene {
    world: World,
    ann: ClientId,
    bob: ClientId,
    honest: Consumed,
    peer: RawPeer,
    /// The SSRC that the attacker is sent.
    ssrc: u32,
    /// The newest number that it was sent.
    newest: u16,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
        world.connect_all();
        let mut peer = world.add_raw(4000, TransportOptions::default());
        peer.connect(&mut world);
        let start = world.now();
        let source = vec![VideoSource::new(start, 7, 3)];
        let video = world.produce_video(ann, video_parameters("v", 1111), source);
        let honest = world.consume(bob, video.producer);
        let options = ConsumeOptions {
            producer: video.producer,
            capabilities: Engine::router_capabilities().clone(),
            paused: false,
            mid: None,
        };
        let consumed = world.engine.consume(start, peer.transport, options).expect("is possible");
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("has one");
        let mut scene = Self { world, ann, bob, honest, peer, ssrc, newest: 0 };
        scene.pass(SECOND);
        assert!(scene.newest > 0, "the attacker is sent the video");
        scene
    }

    /// Lets time pass. Gives the bytes that the attacker was sent.
    fn pass(&mut self, length: Duration) -> usize {
        self.world.run_for(length);
        let mut bytes = 0;
        for datagram in self.world.take_strays(self.peer.tuple) {
            bytes += datagram.len();
            if datagram.len() > 12 && datagram[0] & 0xc0 == 0x80 && datagram[8..12] == self.ssrc.to_be_bytes()
            {
                self.newest = u16::from_be_bytes([datagram[2], datagram[3]]);
            }
        }
        bytes
    }

    fn report(&mut self, compound: Vec<u8>) {
        let sealed = self.peer.seal_rtcp(compound);
        self.world.send_from(self.peer.tuple, sealed);
    }

    fn assert_unharmed(&mut self) {
        self.peer.prove(&mut self.world);
        self.pass(2 * SECOND);
        let received = self.world.client(self.bob).got(&self.honest);
        received.assert_decodable(0);
        let newest = received.packets.last_key_value().expect("there are some").1.at;
        assert!(self.world.now().since(newest) < SECOND, "media still flows");
        let closed = |event: &Event| matches!(event, Event::TransportClosed { .. });
        assert!(!self.world.events.iter().any(|(_, event)| closed(event)), "nobody is gone");
    }
}

#[test]
fn row_9_a_storm_of_plis_and_firs_costs_the_publisher_two_key_frames_a_second() {
    let mut scene = Scene::new(191);
    let before = scene.world.client(scene.ann).key_frames_asked;
    for round in 0..1000_u32 {
        let mut compound = Vec::new();
        for _ in 0..20 {
            write::pli(&mut compound, SENDER, scene.ssrc);
        }
        let entries: Vec<(u32, u8)> = (0..50).map(|number| (scene.ssrc, (round + number) as u8)).collect();
        write::fir(&mut compound, SENDER, &entries);
        scene.report(compound);
        scene.pass(Duration::from_millis(5));
    }
    let asked = scene.world.client(scene.ann).key_frames_asked - before;
    assert!(asked <= 11, "{asked} key frames in 5 s");
    scene.assert_unharmed();
}

#[test]
fn row_9_a_storm_of_nacks_is_answered_a_bounded_number_of_times() {
    let mut scene = Scene::new(192);
    let before = scene.world.engine.stats();
    let mut bytes = 0;
    for _ in 0..1000 {
        let mut compound = Vec::new();
        let lost: Vec<u16> = (0..400).map(|back| scene.newest.wrapping_sub(back)).collect();
        write::nack(&mut compound, SENDER, scene.ssrc, &lost);
        scene.report(compound);
        bytes += scene.pass(Duration::from_millis(5));
    }
    let after = scene.world.engine.stats();
    let resent = after.retransmissions - before.retransmissions;
    // 90 packets a second for 5 s and 90 from before, each at most 8 times.
    assert!(resent <= 8 * 560, "{resent} packets were sent again");
    assert!(bytes < 9 * 700 * 1100, "{bytes} bytes");
    scene.assert_unharmed();
}

#[test]
fn row_9_accounts_of_65535_packets_change_little() {
    let mut scene = Scene::new(193);
    for round in 0..2000_u32 {
        let mut account = vec![0x8f, 205, 0, 0];
        account.extend(SENDER.to_be_bytes());
        account.extend(scene.ssrc.to_be_bytes());
        account.extend((round as u16).to_be_bytes());
        account.extend([0xff, 0xff, 0, 0, 1, round as u8]);
        // Runs of 8,191 each: nothing arrived, or all with a small delta that is not there.
        for run in 0..9 {
            let symbol: u16 = if (round + run) % 2 == 0 { 0 } else { 0x2000 };
            account.extend((symbol | 0x1fff).to_be_bytes());
        }
        account.extend(vec![4; 1000]);
        account.resize(account.len().next_multiple_of(4), 0);
        let words = (account.len() / 4 - 1) as u16;
        account[2..4].copy_from_slice(&words.to_be_bytes());
        scene.report(account);
        if round % 10 == 0 {
            scene.pass(Duration::from_millis(10));
        }
    }
    scene.assert_unharmed();
}

#[test]
fn row_9_malformed_compounds_with_valid_tags_are_counted() {
    for seed in [194, 195] {
        let mut random = Random::new(seed);
        let mut scene = Scene::new(seed);
        for _ in 0..3000 {
            let bytes = 8 + (random.next_u64() % 200) as usize;
            let mut compound: Vec<u8> = (0..bytes).map(|_| random.next_u64() as u8).collect();
            compound[0] = 0x80 | compound[0] & 0x3f;
            compound[1] = 192 + compound[1] % 32;
            if random.chance(0.7) {
                compound[1] = 200 + compound[1] % 8;
                compound[2] = 0;
                compound[3] %= 50;
            }
            if random.chance(0.9) {
                compound[4..8].copy_from_slice(&SENDER.to_be_bytes());
            }
            if random.chance(0.5) && bytes >= 12 {
                let ssrc = scene.ssrc.to_be_bytes();
                compound[8..12].copy_from_slice(&ssrc);
            }
            scene.report(compound);
            if random.chance(0.1) {
                scene.pass(Duration::from_millis(3));
            }
        }
        assert!(scene.world.engine.stats().dropped.malformed > 500);
        scene.assert_unharmed();
    }
}

#[test]
fn row_9_reports_beyond_the_budget_are_dropped() {
    let mut scene = Scene::new(196);
    for _ in 0..20_000 {
        let mut compound = Vec::new();
        write::receiver_report(&mut compound, SENDER, &[]);
        scene.report(compound);
    }
    assert!(scene.world.engine.stats().dropped.over_limit >= 10_000);
    scene.assert_unharmed();
}
