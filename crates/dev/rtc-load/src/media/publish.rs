//! Paced media that looks real: video in frames of packets sent back to back, audio every 20 ms.
//!
//! The payloads are VP8 by their descriptor (RFC 7741) and frame header, with nothing to decode behind them.
//! Each packet carries the time at which it was sent.

use std::time::{Duration, Instant};

use super::client::rtp::{self, Header};
use super::latency::{self, STAMP_BYTES};

/// Bytes of a video packet, header included, before encryption.
pub const VIDEO_PACKET_BYTES: usize = 1_100;
/// Payload bytes of an audio packet: Opus at 32 kbit/s.
pub const AUDIO_PAYLOAD_BYTES: usize = 80;
const FRAMES_PER_SECOND: u32 = 30;
const AUDIO_PACKETS_PER_SECOND: u32 = 50;
/// Frames between key frames that nobody asked for.
const KEY_FRAME_INTERVAL: u64 = 60;
/// A publisher that is later than this leaves packets out instead of sending a burst.
const CATCH_UP: Duration = Duration::from_millis(200);
/// Descriptor with extension, 15-bit picture id and TL0PICIDX; then the longest VP8 header, a key frame's.
const VP8_BYTES: usize = 5 + 10;

/// Header extensions by the id that was negotiated; 0: not negotiated.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtensionIds {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid`.
    pub mid: u8,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id`.
    pub rid: u8,
    /// The transport-wide sequence number.
    pub twcc: u8,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level`.
    pub audio_level: u8,
}

/// One encoding of a track.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its source.
    pub ssrc: u32,
    /// Its name, where the track has several.
    pub rid: Option<String>,
    /// bit/s.
    pub bitrate: u32,
}

/// A track as signaling told the server of it.
#[derive(Clone, Debug)]
pub struct Track {
    /// Video, else audio.
    pub video: bool,
    /// As announced.
    pub payload_type: u8,
    /// The media section; empty: not sent.
    pub mid: String,
    /// As announced.
    pub ids: ExtensionIds,
    /// From the lowest to the highest.
    pub layers: Vec<Layer>,
}

/// From one frame to the next.
pub fn frame_interval(video: bool) -> Duration {
    Duration::from_secs(1) / if video { FRAMES_PER_SECOND } else { AUDIO_PACKETS_PER_SECOND }
}

/// A packet to be protected and sent.
pub struct Outgoing<'a> {
    /// The whole packet; room for a tag may be appended.
    pub packet: &'a mut Vec<u8>,
    /// Bytes of its header.
    pub header_len: usize,
    /// Its source.
    pub ssrc: u32,
    /// Its extended sequence number.
    pub index: u64,
}

struct LayerState {
    layer: Layer,
    index: u64,
    picture: u16,
    /// Whole packets that the frames so far should have had, less those sent, in thousandths.
    carry: u64,
    since_key_frame: u64,
    sent: u64,
    sent_bytes: u64,
}

/// A track being sent.
pub struct Publication {
    track: Track,
    layers: Vec<LayerState>,
    started: Instant,
    next: Instant,
    timestamp: u32,
    buffer: Vec<u8>,
}

/// What a sender report tells (RFC 3550, section 6.4.1).
pub struct Sent {
    /// The source.
    pub ssrc: u32,
    /// The media time now.
    pub timestamp: u32,
    /// Packets so far.
    pub packets: u64,
    /// Payload bytes so far.
    pub bytes: u64,
}

impl Publication {
    /// A track whose first frame is due at `start`.
    pub fn new(track: Track, start: Instant) -> Self {
        let layers = track.layers.iter().cloned().map(LayerState::new).collect();
        Self { track, layers, started: start, next: start, timestamp: 1, buffer: Vec::with_capacity(2048) }
    }

    /// When [`Publication::poll`] has something to send.
    pub fn deadline(&self) -> Instant {
        self.next
    }

    /// Packets sent in all layers.
    pub fn sent(&self) -> u64 {
        self.layers.iter().map(|layer| layer.sent).sum()
    }

    /// Makes the next frame of the source a key frame; `None`: of all.
    pub fn request_key_frame(&mut self, ssrc: u32) {
        for layer in self.layers.iter_mut().filter(|layer| layer.layer.ssrc == ssrc) {
            layer.since_key_frame = KEY_FRAME_INTERVAL;
        }
    }

    /// For sender reports.
    pub fn reports(&self) -> impl Iterator<Item = Sent> {
        let timestamp = self.timestamp;
        self.layers.iter().filter(|layer| layer.sent > 0).map(move |layer| {
            let (packets, bytes) = (layer.sent, layer.sent_bytes);
            Sent { ssrc: layer.layer.ssrc, timestamp, packets, bytes }
        })
    }

    /// Sends the frame that is due, if one is: all packets of all layers at once.
    pub fn poll(&mut self, now: Instant, twcc: &mut u16, mut send: impl FnMut(Outgoing<'_>)) {
        if now < self.next {
            return;
        }
        if now.duration_since(self.next) > CATCH_UP {
            self.next = now;
        }
        self.next += frame_interval(self.track.video);
        let clock = if self.track.video { 90_000 } else { 48_000 };
        self.timestamp = (now.duration_since(self.started).as_micros() * clock / 1_000_000) as u32;
        for layer in &mut self.layers {
            let sizes = layer.frame(self.track.video);
            for packet in 0..sizes.packets {
                let position = Position { first: packet == 0, last: packet + 1 == sizes.packets };
                let header_len = layer.write(&self.track, self.timestamp, *twcc, position, &mut self.buffer);
                self.buffer.resize(sizes.bytes.max(self.buffer.len()), 0);
                *twcc = twcc.wrapping_add(1);
                let (ssrc, index) = (layer.layer.ssrc, layer.index);
                layer.index += 1;
                layer.sent += 1;
                layer.sent_bytes += (self.buffer.len() - header_len) as u64;
                send(Outgoing { packet: &mut self.buffer, header_len, ssrc, index });
            }
            layer.picture = layer.picture.wrapping_add(1) & 0x7FFF;
        }
    }
}

/// Of a packet in its frame.
#[derive(Clone, Copy)]
struct Position {
    first: bool,
    last: bool,
}

/// A frame's packets and the size of each.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    packets: u64,
    bytes: usize,
}

impl LayerState {
    fn new(layer: Layer) -> Self {
        let since_key_frame = KEY_FRAME_INTERVAL;
        Self { layer, index: 1, picture: 1, carry: 0, since_key_frame, sent: 0, sent_bytes: 0 }
    }

    /// How the next frame is cut. A frame below one packet is one smaller packet; others are whole packets, as
    /// many as the bit rate makes on average.
    fn frame(&mut self, video: bool) -> Frame {
        if !video {
            return Frame { packets: 1, bytes: 0 };
        }
        self.since_key_frame += 1;
        let bytes = (self.layer.bitrate / 8 / FRAMES_PER_SECOND) as usize;
        if bytes < VIDEO_PACKET_BYTES {
            return Frame { packets: 1, bytes };
        }
        let per_second = u64::from(self.layer.bitrate) * 1_000 / 8 / VIDEO_PACKET_BYTES as u64;
        self.carry += per_second / u64::from(FRAMES_PER_SECOND);
        let packets = self.carry / 1_000;
        self.carry %= 1_000;
        Frame { packets, bytes: VIDEO_PACKET_BYTES }
    }

    /// Writes header, codec header and stamp; returns the bytes of the RTP header.
    fn write(&mut self, track: &Track, timestamp: u32, twcc: u16, at: Position, to: &mut Vec<u8>) -> usize {
        to.clear();
        let header =
            Header { payload_type: track.payload_type, sequence: self.index as u16, ssrc: self.layer.ssrc };
        let (twcc, rid) = (twcc.to_be_bytes(), self.layer.rid.as_deref().unwrap_or_default());
        let all: [(u8, &[u8]); 4] = [
            (track.ids.mid, track.mid.as_bytes()),
            (track.ids.rid, rid.as_bytes()),
            (track.ids.twcc, &twcc),
            // Voice at -30 dBov.
            (if track.video { 0 } else { track.ids.audio_level }, &[0x80 | 30]),
        ];
        let mut extensions = [(0, &[][..]); 4];
        let mut count = 0;
        for extension in all.into_iter().filter(|(id, value)| *id != 0 && !value.is_empty()) {
            extensions[count] = extension;
            count += 1;
        }
        // Opus marks the start of talk only.
        rtp::write(to, &header, at.last && track.video, timestamp, &extensions[..count]);
        let header_len = to.len();
        if track.video {
            self.write_vp8(at, to);
        }
        let start = to.len();
        to.resize(start + STAMP_BYTES, 0);
        latency::stamp(&mut to[start..], latency::wall_ns());
        if !track.video {
            to.resize(header_len + AUDIO_PAYLOAD_BYTES, 0);
        }
        header_len
    }

    fn write_vp8(&mut self, at: Position, to: &mut Vec<u8>) {
        let key = self.since_key_frame > KEY_FRAME_INTERVAL;
        let start = to.len();
        let picture = (0x8000 | self.picture).to_be_bytes();
        // X, S on the first packet; I and L; the picture id; TL0PICIDX.
        to.extend_from_slice(&[0x80 | u8::from(at.first) << 4, 0xC0, picture[0], picture[1], picture[1]]);
        if at.first {
            // Frame tag: shown, P bit; a key frame goes on with start code, width and height (RFC 6386, 9.1).
            to.extend_from_slice(&[0x10 | u8::from(!key), 0x02, 0x00]);
            if key {
                to.extend_from_slice(&[0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01]);
            }
        }
        to.resize(start + VP8_BYTES, 0);
        if key && at.last {
            self.since_key_frame = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(layers: &[u32]) -> Track {
        let layers =
            layers.iter().zip(1..).map(|(bitrate, ssrc)| Layer { ssrc, rid: None, bitrate: *bitrate });
        Track {
            video: true,
            payload_type: 96,
            mid: "0".into(),
            ids: ExtensionIds { mid: 1, twcc: 5, ..ExtensionIds::default() },
            layers: layers.collect(),
        }
    }

    /// All packets of `seconds`, with the times of their frames.
    fn published(track: Track, seconds: u32) -> Vec<(Duration, Vec<u8>)> {
        let start = Instant::now();
        let mut publication = Publication::new(track, start);
        let (mut twcc, mut packets) = (0, Vec::new());
        // Thirty thirtieths of a second are a nanosecond short of a second.
        let end = start + Duration::from_secs(seconds.into()) - Duration::from_millis(1);
        while publication.deadline() < end {
            let now = publication.deadline();
            publication.poll(now, &mut twcc, |out| packets.push((now - start, out.packet.clone())));
        }
        packets
    }

    fn key_frames(packets: &[(Duration, Vec<u8>)]) -> Vec<Duration> {
        let is_key = |packet: &[u8]| {
            let at = latency::payload_offset(packet).expect("RTP");
            packet[at] & 0x10 != 0 && packet[at + 5] & 1 == 0
        };
        packets.iter().filter(|(_, packet)| is_key(packet)).map(|(at, _)| *at).collect()
    }

    #[test]
    fn video_makes_its_bit_rate_in_frames_of_five_or_six_packets() {
        let packets = published(video(&[1_500_000]), 10);
        let bits = packets.iter().map(|(_, packet)| packet.len() * 8).sum::<usize>() / 10;
        assert!((1_490_000..=1_500_000).contains(&bits), "{bits}");
        let mut frames = std::collections::BTreeMap::<_, usize>::new();
        packets.iter().for_each(|(at, _)| *frames.entry(*at).or_default() += 1);
        assert_eq!(frames.len(), 300);
        assert!(frames.values().all(|packets| (5..=6).contains(packets)));
        assert!(packets.iter().all(|(_, packet)| packet.len() == VIDEO_PACKET_BYTES));
    }

    #[test]
    fn a_frame_below_one_packet_is_one_packet() {
        let packets = published(video(&[150_000]), 1);
        assert_eq!(packets.len(), 30);
        assert!(packets.iter().all(|(_, packet)| packet.len() == 625));
    }

    #[test]
    fn key_frames_come_every_two_seconds_and_on_request() {
        let packets = published(video(&[1_500_000]), 5);
        let seconds: Vec<u64> = key_frames(&packets).iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [0, 2, 4]);
        let start = Instant::now();
        let mut publication = Publication::new(video(&[1_500_000]), start);
        let (mut twcc, mut packets) = (0, Vec::new());
        for frame in 0..10 {
            if frame == 5 {
                publication.request_key_frame(1);
            }
            let now = publication.deadline();
            publication.poll(now, &mut twcc, |out| packets.push((now - start, out.packet.clone())));
        }
        assert_eq!(key_frames(&packets).len(), 2);
    }

    #[test]
    fn every_packet_has_its_numbers_and_a_stamp() {
        let packets = published(video(&[600_000, 1_500_000]), 1);
        for (n, (_, packet)) in packets.iter().enumerate() {
            assert_eq!(rtp::extension(packet, 5), Some(&(n as u16).to_be_bytes()[..]));
            assert!(latency::read_stamp(packet).is_some());
        }
        let of = |ssrc| {
            packets.iter().filter_map(move |(_, packet)| Header::read(packet).filter(|h| h.ssrc == ssrc))
        };
        for ssrc in [1, 2] {
            assert!(of(ssrc).zip(1..).all(|(header, expected)| header.sequence == expected));
        }
    }

    #[test]
    fn audio_is_fifty_packets_a_second_with_its_level() {
        let ids = ExtensionIds { audio_level: 10, ..ExtensionIds::default() };
        let layers = vec![Layer { ssrc: 7, rid: None, bitrate: 32_000 }];
        let track = Track { video: false, payload_type: 111, mid: String::new(), ids, layers };
        let packets = published(track, 2);
        assert_eq!(packets.len(), 100);
        let (_, packet) = &packets[9];
        assert_eq!(packet.len() - latency::payload_offset(packet).expect("RTP"), AUDIO_PAYLOAD_BYTES);
        assert_eq!(rtp::extension(packet, 10), Some(&[0x9E][..]));
        assert!(latency::read_stamp(packet).is_some());
    }
}
