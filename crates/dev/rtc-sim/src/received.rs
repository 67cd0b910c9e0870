//! What a client got, and whether a decoder would be content with it.

use crate::Stamp;
use rtc_sfu::Time;
use std::{collections::BTreeMap, time::Duration};

/// Bytes of a payload that are kept.
const HEAD_BYTES: usize = 24;
/// By then sender reports have told how the clocks of all sources relate …
const REPORTED: Duration = Duration::from_secs(10);
/// … so that RTP times keep their distance to the source's time, within so many seconds.
const APART: f64 = 0.1;
/// Before that, arrivals are all there is to go by: what was lost and sent again has come late.
const APART_FIRST: f64 = 0.5;

/// One packet.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// When.
    pub at: Time,
    /// RTP time.
    pub timestamp: u32,
    /// Whether it ends its picture.
    pub marker: bool,
    /// The payload's beginning.
    pub head: Vec<u8>,
    /// What it says of itself; `None` where it is padding.
    pub stamp: Option<Stamp>,
}

impl Arrived {
    pub(crate) fn new(at: Time, timestamp: u32, marker: bool, payload: &[u8]) -> Self {
        let head = payload[..payload.len().min(HEAD_BYTES)].to_vec();
        Self { at, timestamp, marker, head, stamp: Stamp::read(payload) }
    }

    /// The picture id, TL0PICIDX and layer in time that the VP8 descriptor tells, and where the payload begins.
    fn descriptor(&self) -> (u16, Option<(u8, u8)>, usize) {
        let layered = self.head[1] & 0x60 == 0x60;
        let id = u16::from_be_bytes([self.head[2] & 0x7f, self.head[3]]);
        (id, layered.then(|| (self.head[4], self.head[5] >> 6)), if layered { 6 } else { 4 })
    }

    /// Whether it is the first packet of a VP8 key frame.
    pub fn begins_key_frame(&self) -> bool {
        self.stamp.is_some() && self.head[0] & 0x10 != 0 && self.head[self.descriptor().2] & 1 == 0
    }
}

/// One VP8 picture, as its packets tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The source's tag.
    pub tag: u8,
    /// RTP time.
    pub timestamp: u32,
    /// The picture id that a decoder sees.
    pub id: u16,
    /// TL0PICIDX and the layer in time, where told.
    pub temporal: Option<(u8, u8)>,
    /// Whether it is a key frame.
    pub key: bool,
    /// Packets of it.
    pub packets: usize,
    /// Whether its end was marked.
    pub ended: bool,
    /// When the source sent it.
    pub sent_at: Time,
    /// When its last packet came.
    pub at: Time,
}

/// What a client got on one stream.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// By extended sequence number.
    pub packets: BTreeMap<u64, Arrived>,
}

impl Received {
    /// The fraction of numbers, from the first to the last, that arrived.
    pub fn complete(&self) -> f64 {
        match (self.packets.first_key_value(), self.packets.last_key_value()) {
            (Some((first, _)), Some((last, _))) => self.packets.len() as f64 / (last - first + 1) as f64,
            _ => 0.0,
        }
    }

    /// Numbers between the first and the last that never arrived.
    pub fn missing(&self) -> u64 {
        match (self.packets.first_key_value(), self.packets.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last - first + 1 - self.packets.len() as u64,
            _ => 0,
        }
    }

    /// What came since `start`.
    pub fn since(&self, start: Time) -> Received {
        let later = self.packets.iter().filter(|(_, packet)| packet.at >= start);
        Received { packets: later.map(|(number, packet)| (*number, packet.clone())).collect() }
    }

    /// The pictures, in the order of their numbers.
    pub fn pictures(&self) -> Vec<Picture> {
        let mut pictures: Vec<Picture> = Vec::new();
        for packet in self.packets.values() {
            let Some(stamp) = packet.stamp else { continue };
            let known = pictures
                .last_mut()
                .filter(|picture| picture.tag == stamp.tag && picture.timestamp == packet.timestamp);
            if let Some(picture) = known {
                picture.packets += 1;
                picture.ended |= packet.marker;
                picture.at = picture.at.max(packet.at);
                continue;
            }
            let (id, temporal, _) = packet.descriptor();
            pictures.push(Picture {
                tag: stamp.tag,
                timestamp: packet.timestamp,
                id,
                temporal,
                key: packet.begins_key_frame(),
                packets: 1,
                ended: packet.marker,
                sent_at: stamp.sent_at,
                at: packet.at,
            });
        }
        pictures
    }

    /// When the first complete key frame after `start` was there.
    pub fn first_key_frame(&self, start: Time) -> Option<Time> {
        self.since(start).pictures().iter().find(|picture| picture.key && picture.ended).map(|key| key.at)
    }

    /// The longest time in which no packet came, from `start` on.
    pub fn longest_silence(&self, start: Time) -> Duration {
        let mut times: Vec<Time> = self.packets.values().map(|packet| packet.at).collect();
        times.retain(|at| *at >= start);
        times.sort();
        times.windows(2).map(|pair| pair[1].since(pair[0])).max().unwrap_or_default()
    }

    /// The longest way of a packet from source to here.
    pub fn longest_way(&self) -> Duration {
        let ways = self.packets.values().filter_map(|packet| Some(packet.at.since(packet.stamp?.sent_at)));
        ways.max().unwrap_or_default()
    }

    /// Asserts what a decoder needs: the source changes at key frames only, picture ids and TL0PICIDX go on by
    /// one, RTP times go on as the source's time does (and do not go back where that does: a key frame that
    /// took long may be older than what was shown), each picture is whole and its end marked. At most `gaps`
    /// numbers are missing, and pictures beside a gap may lack packets.
    #[allow(clippy::missing_panics_doc, reason = "it asserts")]
    pub fn assert_decodable(&self, gaps: u64) {
        assert!(self.missing() <= gaps, "{} numbers are missing", self.missing());
        let pictures = self.pictures();
        assert!(
            gaps > 0 || pictures.first().is_some_and(|first| first.key),
            "the first picture is a key frame"
        );
        let first = pictures[0];
        let (mut latest, mut settled) = (first.sent_at, None);
        for pair in pictures.windows(2) {
            let [before, next] = pair else { continue };
            let at = format!("{before:?} then {next:?}");
            assert!(next.tag == before.tag || next.key, "another source without a key frame: {at}");
            let step = next.id.wrapping_sub(before.id) & 0x7fff;
            assert!(step == 1 || gaps > 0 && step < 300, "picture ids: {at}");
            if let (Some((before, _)), Some((next, layer))) = (before.temporal, next.temporal) {
                let expected = u8::from(layer == 0);
                assert!(next.wrapping_sub(before) == expected || gaps > 0, "TL0PICIDX: {at}");
            }
            assert!(before.ended || gaps > 0, "a picture's end is not marked: {at}");
            let ticks = next.timestamp.wrapping_sub(before.timestamp);
            assert!(ticks > 0 && ticks < 90_000 * 20, "RTP times: {at}");
            latest = latest.max(next.sent_at);
            let told = f64::from(next.timestamp.wrapping_sub(first.timestamp)) / 90_000.0;
            let real = latest.since(first.sent_at).as_secs_f64();
            let apart = told - real;
            assert!(apart.abs() < APART_FIRST, "RTP time {told} after {real} s: {at}");
            if latest.since(first.sent_at) > REPORTED {
                let settled = *settled.get_or_insert(apart);
                assert!((apart - settled).abs() < APART, "RTP time {told} after {real} s: {at}");
            }
        }
    }
}
