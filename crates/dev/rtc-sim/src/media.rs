//! What clients send: packets that look like pictures to a forwarder.
//!
//! Each payload ends in a [`Stamp`], which no forwarder touches: a receiver reads from it which source, picture
//! and packet it has, and when that was sent.

use rtc_sfu::Time;
use std::time::Duration;

/// Clients use the router's payload types.
pub const VP8: u8 = 101;
/// Its retransmissions.
pub const VP8_RTX: u8 = 102;
/// A voice.
pub const OPUS: u8 = 100;

const STAMP_BYTES: usize = 12;

/// What a packet says of itself, at the end of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The source's tag.
    pub tag: u8,
    /// The source's picture, counted from its start.
    pub picture: u16,
    /// The packet within the picture.
    pub index: u8,
    /// When it was sent.
    pub sent_at: Time,
}

impl Stamp {
    /// Writes it over the end of a payload.
    pub fn write(&self, payload: &mut [u8]) {
        let start = payload.len() - STAMP_BYTES;
        payload[start] = self.tag;
        payload[start + 1..start + 3].copy_from_slice(&self.picture.to_be_bytes());
        payload[start + 3] = self.index;
        payload[start + 4..].copy_from_slice(&self.sent_at.as_micros().to_be_bytes());
    }

    /// Reads it; `None` where the payload is too short to have one.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let [tag, high, low, index, time @ ..] = *payload.last_chunk::<STAMP_BYTES>()?;
        let sent_at = Time::from_micros(u64::from_be_bytes(time));
        Some(Self { tag, picture: u16::from_be_bytes([high, low]), index, sent_at })
    }
}

/// One picture, in packets.
#[derive(Clone, Debug)]
pub struct Frame {
    /// RTP time.
    pub timestamp: u32,
    /// Payloads, descriptor included.
    pub packets: Vec<Vec<u8>>,
    /// Whether it stands for itself.
    pub key: bool,
}

/// Makes VP8-looking pictures at a steady rate.
#[derive(Clone, Debug)]
pub struct VideoSource {
    /// Told in each packet's [`Stamp`].
    pub tag: u8,
    /// Bytes of a packet's payload.
    pub packet_bytes: usize,
    /// Packets a picture.
    pub packets_a_frame: usize,
    /// Between pictures.
    pub every: Duration,
    /// Width and height that key frames tell.
    pub size: (u16, u16),
    /// Layers in time, 1–3; with 1 the descriptor tells of none.
    pub temporal_layers: u8,
    next_at: Time,
    picture: u16,
    base_picture: u8,
    /// Pictures since the last key frame.
    phase: usize,
    start: u32,
    key_wanted: bool,
}

impl VideoSource {
    /// Pictures from `start` on; the first is a key frame. RTP times begin at `timestamp`.
    pub fn new(start: Time, timestamp: u32, packets_a_frame: usize) -> Self {
        Self {
            tag: 0,
            packet_bytes: 1000,
            packets_a_frame,
            every: Duration::from_micros(33_333),
            size: (640, 360),
            temporal_layers: 1,
            next_at: start,
            picture: 0,
            base_picture: 0,
            phase: 0,
            start: timestamp,
            key_wanted: true,
        }
    }

    /// One of several sizes of a picture, 0 the smallest: 160, 720 or 2,160 kbit/s.
    pub fn layer(start: Time, layer: u8) -> Self {
        let (packets, bytes, size) =
            [(1, 650, (320, 180)), (3, 1000, (640, 360)), (9, 1000, (1280, 720))][usize::from(layer.min(2))];
        let timestamp = 7_000 + 1_000_000 * u32::from(layer);
        Self { tag: layer, packet_bytes: bytes, size, ..Self::new(start, timestamp, packets) }
    }

    /// With so many layers in time.
    pub fn with_temporal_layers(self, layers: u8) -> Self {
        Self { temporal_layers: layers, ..self }
    }

    /// The next picture is a key frame.
    pub fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }

    /// When the next picture is due.
    pub fn next_at(&self) -> Time {
        self.next_at
    }

    /// Leaves out what is due.
    pub fn skip(&mut self, now: Time) {
        while self.next_at <= now {
            self.next_at += self.every;
        }
    }

    /// The next picture, if it is due.
    pub fn poll(&mut self, now: Time) -> Option<Frame> {
        if now < self.next_at {
            return None;
        }
        let key = std::mem::take(&mut self.key_wanted);
        let timestamp = self.start.wrapping_add((self.next_at.as_micros() * 9 / 100) as u32);
        self.next_at += self.every;
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        self.phase = if key { 0 } else { self.phase + 1 };
        let temporal = self.temporal();
        self.base_picture = self.base_picture.wrapping_add(u8::from(temporal.0 == 0));
        let packets = (0..self.packets_a_frame).map(|index| self.packet(now, key, index, temporal)).collect();
        Some(Frame { timestamp, packets, key })
    }

    /// The picture's layer in time, and whether it needs only the lowest.
    fn temporal(&self) -> (u8, bool) {
        match self.temporal_layers {
            2 => [(0, false), (1, true)][self.phase % 2],
            3 => [(0, false), (2, true), (1, true), (2, false)][self.phase % 4],
            _ => (0, false),
        }
    }

    /// RFC 7741: extended descriptor with a 15-bit picture id, and where there are layers in time theirs.
    fn packet(&self, now: Time, key: bool, index: usize, temporal: (u8, bool)) -> Vec<u8> {
        let begins = u8::from(index == 0) << 4;
        let layered = self.temporal_layers > 1;
        let parts = if layered { 0xe0 } else { 0x80 };
        let mut payload = vec![0x80 | begins, parts, 0x80 | (self.picture >> 8) as u8, self.picture as u8];
        if layered {
            payload.extend([self.base_picture, temporal.0 << 6 | u8::from(temporal.1) << 5]);
        }
        if index == 0 {
            payload.push(u8::from(!key));
            if key {
                let ([w0, w1], [h0, h1]) = (self.size.0.to_le_bytes(), self.size.1.to_le_bytes());
                payload.extend([0, 0, 0x9d, 0x01, 0x2a, w0, w1, h0, h1]);
            }
        }
        payload.resize(self.packet_bytes, 0xab);
        let stamp = Stamp { tag: self.tag, picture: self.picture, index: index as u8, sent_at: now };
        stamp.write(&mut payload);
        payload
    }
}
