//! What receivers say to the server, and what it says to publishers: RTCP (RFC 3550, RFC 4585, and
//! draft-holmer-rmcat-transport-wide-cc-extensions-01).

use std::time::{Duration, Instant};

use super::publish::Sent;
use super::receive::Counts;

/// Packets that one feedback tells of at most; the server's history of what it sent is longer.
const PACKETS_MAX: usize = 1_000;
/// Feedback counts time in these steps.
const DELTA: Duration = Duration::from_micros(250);
/// The base time counts in these.
const BASE: Duration = Duration::from_millis(64);
const RECEIVER_REPORT: u8 = 201;
const SENDER_REPORT: u8 = 200;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
/// Seconds from 1900 to 1970.
const NTP_EPOCH: u64 = 2_208_988_800;

/// Notes when packets arrived, and writes that down for the server every now and then.
pub struct Arrivals {
    epoch: Instant,
    noted: Vec<(u16, Instant)>,
    count: u8,
}

impl Arrivals {
    /// `epoch` is what the feedback's times count from.
    pub fn new(epoch: Instant) -> Self {
        Self { epoch, noted: Vec::new(), count: 0 }
    }

    /// Notes a packet by its transport-wide number.
    pub fn note(&mut self, number: u16, at: Instant) {
        if self.noted.len() < PACKETS_MAX {
            self.noted.push((number, at));
        }
    }

    /// Writes all that was noted since the last time; `None` when nothing was.
    pub fn write(&mut self, our_ssrc: u32, their_ssrc: u32) -> Option<Vec<u8>> {
        let (origin, _) = *self.noted.first()?;
        self.noted.sort_by_key(|(number, _)| number.wrapping_sub(origin) as i16);
        self.noted.dedup_by_key(|(number, _)| *number);
        let (first, first_at) = *self.noted.first()?;
        let (last, _) = *self.noted.last()?;
        let span = usize::from(last.wrapping_sub(first)) + 1;
        if span > PACKETS_MAX * 8 {
            self.noted.clear();
            return None;
        }
        let base = (first_at.duration_since(self.epoch).as_nanos() / BASE.as_nanos()) as u32;
        let mut clock = self.epoch + BASE * base;
        let (mut symbols, mut deltas) = (vec![0_u8; span], Vec::with_capacity(span));
        for (number, at) in self.noted.drain(..) {
            let later = at >= clock;
            let distance = if later { at - clock } else { clock - at };
            let steps = (distance.as_nanos() / DELTA.as_nanos()).min(i16::MAX as u128) as u32;
            clock = if later { clock + DELTA * steps } else { clock - DELTA * steps };
            let symbol = &mut symbols[usize::from(number.wrapping_sub(first))];
            if later && steps <= 255 {
                *symbol = 1;
                deltas.push(steps as u8);
            } else {
                *symbol = 2;
                let steps = if later { steps as i16 } else { -(steps as i16) };
                deltas.extend_from_slice(&steps.to_be_bytes());
            }
        }
        let mut packet = head(15, TRANSPORT_FEEDBACK, our_ssrc);
        packet.extend_from_slice(&their_ssrc.to_be_bytes());
        packet.extend_from_slice(&first.to_be_bytes());
        packet.extend_from_slice(&(span as u16).to_be_bytes());
        packet.extend_from_slice(&base.to_be_bytes()[1..]);
        packet.push(self.count);
        self.count = self.count.wrapping_add(1);
        // Vectors of seven two-bit symbols: not the shortest form, but one that fits all.
        for seven in symbols.chunks(7) {
            let symbols = seven
                .iter()
                .zip(0..)
                .fold(0_u16, |all, (symbol, at)| all | u16::from(*symbol) << (12 - 2 * at));
            packet.extend_from_slice(&(0xC000 | symbols).to_be_bytes());
        }
        packet.extend_from_slice(&deltas);
        finish(packet).into()
    }
}

/// A receiver report with one block a stream: (SSRC, its sums, the highest extended sequence number).
pub fn receiver_report(our_ssrc: u32, streams: &[(u32, Counts, u32)]) -> Vec<u8> {
    let streams = &streams[..streams.len().min(31)];
    let mut packet = head(streams.len() as u8, RECEIVER_REPORT, our_ssrc);
    for (ssrc, counts, highest) in streams {
        packet.extend_from_slice(&ssrc.to_be_bytes());
        packet.extend_from_slice(&(counts.lost().min(0x7F_FFFF) as u32).to_be_bytes());
        packet.extend_from_slice(&highest.to_be_bytes());
        packet.extend_from_slice(&[0; 12]);
    }
    finish(packet)
}

/// A sender report at `wall_ns` since the Unix epoch.
pub fn sender_report(sent: &Sent, wall_ns: u64) -> Vec<u8> {
    let mut packet = head(0, SENDER_REPORT, sent.ssrc);
    let seconds = (wall_ns / 1_000_000_000 + NTP_EPOCH) as u32;
    let fraction = (((wall_ns % 1_000_000_000) << 32) / 1_000_000_000) as u32;
    for word in [seconds, fraction, sent.timestamp, sent.packets as u32, sent.bytes as u32] {
        packet.extend_from_slice(&word.to_be_bytes());
    }
    finish(packet)
}

/// What a server asks of a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A key frame of this source.
    KeyFrame(u32),
    /// Packets again, so many in this source.
    Again(u32, u32),
}

/// Reads what is asked in a compound packet; other feedback is skipped.
pub fn read(mut compound: &[u8], mut ask: impl FnMut(Ask)) {
    while let Some(&[first, kind, high, low]) = compound.first_chunk::<4>() {
        let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        let Some(packet) = compound.get(..length) else { return };
        let word = |at: usize| {
            packet.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u32::from_be_bytes(*bytes))
        };
        match (kind, first & 0x1F) {
            (PAYLOAD_FEEDBACK, 1) => word(8).into_iter().for_each(|ssrc| ask(Ask::KeyFrame(ssrc))),
            (PAYLOAD_FEEDBACK, 4) => {
                (12..length).step_by(8).filter_map(word).for_each(|ssrc| ask(Ask::KeyFrame(ssrc)));
            }
            (TRANSPORT_FEEDBACK, 1) => {
                let packets =
                    (12..length).step_by(4).filter_map(word).map(|item| 1 + (item as u16).count_ones());
                let ssrc = word(8).unwrap_or_default();
                ask(Ask::Again(ssrc, packets.sum()));
            }
            _ => {}
        }
        compound = &compound[length..];
    }
}

fn head(count: u8, kind: u8, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80 | count, kind, 0, 0];
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet
}

/// Pads to whole words and writes the length.
fn finish(mut packet: Vec<u8>) -> Vec<u8> {
    let padding = packet.len().next_multiple_of(4) - packet.len();
    if padding > 0 {
        packet[0] |= 0x20;
        packet.resize(packet.len() + padding, 0);
        if let Some(last) = packet.last_mut() {
            *last = padding as u8;
        }
    }
    let words = (packet.len() / 4 - 1) as u16;
    packet[2..4].copy_from_slice(&words.to_be_bytes());
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feedback_tells_what_arrived_and_when() {
        let epoch = Instant::now();
        let mut arrivals = Arrivals::new(epoch);
        let at = |ms| epoch + Duration::from_millis(ms);
        arrivals.note(u16::MAX, at(64));
        arrivals.note(1, at(65));
        arrivals.note(0, at(66));
        arrivals.note(3, at(200));
        let packet = arrivals.write(1, 2).expect("there is something to tell");
        assert_eq!(packet[..2], [0x80 | 15, 205]);
        assert_eq!(packet[12..16], [0xFF, 0xFF, 0, 5], "base and count");
        assert_eq!(packet[16..20], [0, 0, 1, 0], "64 ms after the epoch, the first feedback");
        // Present, present, present but earlier, missing, present but much later.
        assert_eq!(packet[20..22], (0xC000_u16 | 1 << 12 | 1 << 10 | 2 << 8 | 2 << 4).to_be_bytes());
        assert_eq!(packet[22..28], [0, 8, 0xFF, 0xFC, 0x02, 0x1C], "0 ms, +2 ms, -1 ms, +135 ms");
        assert_eq!((packet.len() % 4, usize::from(packet[3]) * 4 + 4), (0, packet.len()));
        assert!(arrivals.write(1, 2).is_none(), "told once");
    }

    #[test]
    fn requests_are_found_in_a_compound_packet() {
        let mut compound = receiver_report(1, &[]);
        compound.extend(finish([&head(1, PAYLOAD_FEEDBACK, 1)[..], &[0, 0, 0, 9]].concat()));
        compound.extend(finish([&head(1, TRANSPORT_FEEDBACK, 1)[..], &[0, 0, 0, 8, 0, 5, 0, 3]].concat()));
        compound.extend(finish(
            [&head(4, PAYLOAD_FEEDBACK, 1)[..], &[0, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 0]].concat(),
        ));
        let mut asks = Vec::new();
        read(&compound, |ask| asks.push(ask));
        assert_eq!(asks, [Ask::KeyFrame(9), Ask::Again(8, 3), Ask::KeyFrame(7)]);
    }
}
