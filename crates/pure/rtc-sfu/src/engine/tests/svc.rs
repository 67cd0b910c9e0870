//! Layers within one stream (VP9, AV1): whatever is left out, what is sent can be decoded by the rules that the
//! pictures themselves tell.

use super::{
    SSRC,
    bench::{Bench, Got, Peer, layered},
};
use crate::{
    ConsumerId, ProducerId,
    codec::tests::dd::{Template, frame, key},
    send::Layers,
};
use rtc_types::MediaKind;
use std::{collections::BTreeMap, time::Duration};

const AV1: u8 = 111;
const VP9: u8 = 103;
const DESCRIPTOR: u8 = 12;
const PACKETS: u8 = 2;
const PICTURE: Duration = Duration::from_micros(33_333);
/// What ends each payload: the frame's number and the packet's place in it.
const STAMP_BYTES: usize = 5;

const ALL: &[u32] = &[2, 2, 2];
const L1T3: &[Template] =
    &[(0, 0, ALL, &[], 0), (0, 0, ALL, &[4], 4), (0, 1, &[0, 1, 2], &[2], 2), (0, 2, &[0, 0, 1], &[1], 1)];
/// Three sizes that need one another at key frames only; three layers in time each.
const L3T3_KEY: &[Template] = &[
    (0, 0, ALL, &[], 0),
    (0, 0, ALL, &[12], 12),
    (0, 1, ALL, &[6], 6),
    (0, 2, ALL, &[3], 3),
    (1, 0, ALL, &[1], 1),
    (1, 0, ALL, &[12], 12),
    (1, 1, ALL, &[6], 6),
    (1, 2, ALL, &[3], 3),
    (2, 0, ALL, &[1], 1),
    (2, 0, ALL, &[12], 12),
    (2, 1, ALL, &[6], 6),
    (2, 2, ALL, &[3], 3),
];

/// A frame as its publisher made it.
#[derive(Clone, Copy, Debug)]
struct Made {
    layers: Layers,
    /// How many frames before it that lies which it needs; 0: none.
    needs: u32,
}

/// A packet: extended number, descriptor, payload, whether it ends its picture, timestamp.
type Packet = (u64, Vec<u8>, Vec<u8>, bool, u32);

struct Scene {
    bench: Bench,
    ann: Peer,
    bob: Peer,
    producer: ProducerId,
    consumer: ConsumerId,
    av1: bool,
    spatial: u32,
    random: u64,
    /// Of 1,000 packets so many come some pictures late, as those that were lost do.
    late: u64,
    waiting: Vec<Packet>,
    made: Vec<Made>,
    phase: u32,
    index: u64,
    answered: u64,
    got: Vec<Got>,
}

impl Scene {
    fn new(av1: bool, spatial: u32, late: u64, seed: u64) -> Self {
        Self::signaled(av1, spatial, late, seed, if spatial == 3 { "L3T3_KEY" } else { "L1T3" })
    }

    /// `mode`: what signaling tells of the layers.
    fn signaled(av1: bool, spatial: u32, late: u64, seed: u64, mode: &str) -> Self {
        let mut bench = Bench::new();
        let (ann, bob) = (bench.peer(1), bench.peer(2));
        let (mime, payload_type) = if av1 { ("video/AV1", AV1) } else { ("video/VP9", VP9) };
        let producer = bench.produce(&ann, MediaKind::Video, layered(SSRC, mime, payload_type, mode));
        let consumer = bench.consume(&bob, producer).consumer;
        // What the path bears is not what this is about.
        bench.engine.transports[bob.transport].egress.estimator = None;
        Self {
            bench,
            ann,
            bob,
            producer,
            consumer,
            av1,
            spatial,
            random: seed,
            late,
            waiting: Vec::new(),
            made: Vec::new(),
            phase: 0,
            index: 1000,
            answered: 0,
            got: Vec::new(),
        }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    /// One picture in all its layers.
    fn picture(&mut self) {
        let asked = self.bench.engine.producers[self.producer].key_frame_requests;
        let is_key = self.made.is_empty() || asked > self.answered;
        self.answered = asked;
        self.phase = if is_key { 0 } else { self.phase + 1 };
        let temporal = [0, 2, 1, 2][self.phase as usize % 4];
        let timestamp = self.made.len() as u32 / self.spatial * 3000;
        for spatial in 0..self.spatial {
            let needs = match (is_key, spatial) {
                (true, 0) => 0,
                (true, _) => 1,
                (false, _) => self.spatial * [4, 2, 1][temporal as usize],
            };
            let layers = Layers { spatial: spatial as u8, temporal: temporal as u8 };
            self.made.push(Made { layers, needs });
            for packet in 0..PACKETS {
                self.packet(is_key, spatial, temporal, packet, timestamp);
            }
        }
        self.bench.flush();
        self.pass();
    }

    /// One packet of the newest frame: sent now, or with a picture that follows.
    fn packet(&mut self, is_key: bool, spatial: u32, temporal: u32, packet: u8, timestamp: u32) {
        let number = self.made.len() as u32 - 1;
        let (starts, ends) = (packet == 0, packet + 1 == PACKETS);
        let begins = is_key && spatial == 0 && starts;
        let mut payload = if self.av1 { vec![0x10, 0x30] } else { Vec::new() };
        if !self.av1 {
            let picture = number / self.spatial;
            let predicted = u8::from(!is_key) << 6;
            let tells = u8::from(begins) << 1;
            payload.push(0xa0 | predicted | u8::from(starts) << 3 | u8::from(ends) << 2 | tells);
            payload.extend([0x80 | (picture >> 8) as u8 & 0x7f, picture as u8]);
            let up = self.phase % 4 != 3;
            let inter = u8::from(is_key && spatial > 0);
            payload.extend([(temporal << 5) as u8 | u8::from(up) << 4 | (spatial << 1) as u8 | inter, 0]);
            // How many layers there are, without their sizes.
            payload.extend(begins.then_some((self.spatial as u8 - 1) << 5));
        }
        payload.extend(number.to_be_bytes());
        payload.push(packet);
        let templates = if self.spatial == 3 { L3T3_KEY } else { L1T3 };
        let layers = spatial * 4;
        let template = if is_key { layers } else { layers + 1 + temporal };
        let mut descriptor = match begins {
            true => key(0, number & 0xffff, templates, &[]),
            false => frame(template, number & 0xffff),
        };
        descriptor[0] = descriptor[0] & 0x3f | u8::from(starts) << 7 | u8::from(ends) << 6;
        let last = ends && spatial + 1 == self.spatial;
        self.index += 1;
        if self.random(1000) < self.late {
            self.waiting.push((self.index, descriptor, payload, last, timestamp));
        } else {
            self.send(self.index, descriptor, payload, last, timestamp);
        }
        if !self.waiting.is_empty() && self.random(5) == 0 {
            let (index, descriptor, payload, last, timestamp) = self.waiting.remove(0);
            self.send(index, descriptor, payload, last, timestamp);
        }
    }

    fn send(&mut self, index: u64, descriptor: Vec<u8>, payload: Vec<u8>, last: bool, timestamp: u32) {
        let kind = (if self.av1 { AV1 } else { VP9 }, last);
        let extensions = [(DESCRIPTOR, descriptor)];
        self.bench.send_extended(&self.ann, kind, (SSRC, index, timestamp), &extensions, &payload);
        // Now and then a batch ends within a picture.
        if index.is_multiple_of(3) {
            self.bench.flush();
        }
    }

    fn pass(&mut self) {
        self.bench.run(PICTURE);
        let got = self.bench.got(&mut self.bob);
        self.got.extend(got);
    }

    fn prefer(&mut self, spatial: u8, temporal: u8) {
        let (now, layers) = (self.bench.now, Some(Layers { spatial, temporal }));
        self.bench.engine.set_preferred_layers(now, self.consumer, layers).expect("is there");
    }

    /// Frames that were sent, in their order, and whether a decoder can show each.
    fn shown(&self) -> Vec<(u32, Layers, bool)> {
        let mut frames = BTreeMap::<u32, u8>::new();
        for got in self.got.iter().filter(|got| got.payload.len() >= STAMP_BYTES) {
            let (_, stamp) = got.payload.split_at(got.payload.len() - STAMP_BYTES);
            let number = u32::from_be_bytes([stamp[0], stamp[1], stamp[2], stamp[3]]);
            *frames.entry(number).or_default() |= 1 << stamp[4];
        }
        let mut shown = BTreeMap::new();
        for (number, packets) in frames {
            let made = self.made[number as usize];
            let whole = packets == (1 << PACKETS) - 1;
            let needed = number.checked_sub(made.needs).filter(|_| made.needs > 0);
            let founded = needed.is_none_or(|needed| shown.get(&needed).is_some_and(|(_, shown)| *shown));
            shown.insert(number, (made.layers, whole && founded));
        }
        shown.into_iter().map(|(number, (layers, shown))| (number, layers, shown)).collect()
    }
}

#[test]
fn layers_that_are_left_out_are_needed_by_nothing_that_is_sent() {
    for (av1, spatial, seed) in [(true, 3, 1), (true, 1, 2), (false, 3, 3), (false, 1, 4)] {
        let mut scene = Scene::new(av1, spatial, 0, seed);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..60 {
            let (wanted, temporal) = (scene.random(u64::from(spatial)) as u8, scene.random(3) as u8);
            scene.prefer(wanted, temporal);
            for _ in 0..10 + scene.random(30) {
                scene.picture();
            }
            // Past the key frame, what was wanted is what comes.
            let newest = scene.shown().last().map(|(number, ..)| number / spatial).expect("pictures come");
            let shown = scene.shown();
            let recent = shown.iter().filter(|(number, ..)| number / spatial + 8 > newest);
            let most = recent.map(|(_, layers, _)| *layers).fold(Layers::default(), |most, layers| Layers {
                spatial: most.spatial.max(layers.spatial),
                temporal: most.temporal.max(layers.temporal),
            });
            seen.insert(most);
        }
        let shown = scene.shown();
        let broken: Vec<_> = shown.iter().filter(|(_, _, shown)| !shown).collect();
        assert!(broken.is_empty(), "av1 {av1}, {spatial} sizes: {} first {:?}", broken.len(), broken[0]);
        assert!(shown.len() > 600, "{} frames", shown.len());
        assert!(seen.len() >= 3 * spatial as usize - 1, "all were seen: {seen:?}");
        let gaps = scene.got.windows(2).filter(|pair| pair[1].index != pair[0].index + 1).count();
        assert_eq!(gaps, 0, "what is left out leaves no trace");
    }
}

#[test]
fn layers_that_nobody_announced_are_found_and_chosen_from() {
    for (av1, mode) in [(true, ""), (false, ""), (true, "L1T3"), (false, "L1T3")] {
        let case = format!("av1 {av1}, signaled {mode:?}");
        let mut scene = Scene::signaled(av1, 3, 0, 5, mode);
        for wanted in [2, 0, 1, 2] {
            scene.prefer(wanted, 3);
            (0..20).for_each(|_| scene.picture());
            let newest = scene.shown().last().map(|(number, ..)| number / 3).expect("pictures come");
            let shown = scene.shown().into_iter().filter(|(number, ..)| number / 3 + 4 > newest);
            let most = shown.map(|(_, layers, _)| layers.spatial).max();
            assert_eq!(most, Some(wanted), "{case}");
            let ends = scene.got.iter().rev().take(40).filter(|got| got.marker).count();
            assert!(ends >= 40 / (3 * PACKETS as usize), "{case}: pictures end where their last packet says");
        }
        let shown = scene.shown();
        assert_eq!(shown[0].1, Layers::default(), "{case}");
        assert_eq!(shown[2].1.spatial, 2, "{case}: all of the first picture came");
        assert!(shown.iter().all(|(_, _, shown)| *shown), "{case}");
    }
}

#[test]
fn what_comes_late_breaks_no_more_than_the_pictures_around_it() {
    for (av1, spatial) in [(true, 3), (true, 1), (false, 3), (false, 1)] {
        for seed in 10..20 {
            let mut scene = Scene::new(av1, spatial, 30, seed);
            for _ in 0..60 {
                let (wanted, temporal) = (scene.random(u64::from(spatial)) as u8, scene.random(3) as u8);
                scene.prefer(wanted, temporal);
                for _ in 0..10 + scene.random(30) {
                    scene.picture();
                }
            }
            scene.late = 0;
            while !scene.waiting.is_empty() {
                scene.picture();
            }
            scene.pass();
            let shown = scene.shown();
            let case = format!("av1 {av1}, {spatial} sizes, seed {seed}");
            let broken = shown.iter().filter(|(_, _, shown)| !shown).count();
            assert!(broken * 50 <= shown.len(), "{case}: {broken} of {}", shown.len());
            for layer in 0..spatial as u8 {
                let mut run = 0;
                for (number, _, shown) in shown.iter().filter(|(_, layers, _)| layers.spatial == layer) {
                    run = if *shown { 0 } else { run + 1 };
                    assert!(run < 8, "{case}: size {layer} stays broken at frame {number}");
                }
            }
        }
    }
}
