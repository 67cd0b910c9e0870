//! The message that is relayed: an ICE candidate of a fixed size that carries the time it was sent.

use crate::frame::{self, Opcode};

/// Bytes of one relayed message as its sender writes it, without the WebSocket frame.
pub const MESSAGE_BYTES: usize = 300;

/// Precedes the stamp; no other part of a message holds an `@`.
const MARK: &[u8] = b"@t";
/// A stamp is this many hexadecimal digits: nanoseconds since the run's epoch.
const STAMP_DIGITS: usize = 16;

/// A ready-made frame whose stamp is all that changes from one sending to the next.
pub struct Template {
    frame: Vec<u8>,
    stamp_at: usize,
}

impl Template {
    /// Builds the frame of `before` + candidate text + `after`, padded to [`MESSAGE_BYTES`] where that is longer.
    pub fn new(before: &str, after: &str) -> Self {
        let mut text = format!(
            "{before}candidate:1 1 udp 2113937151 192.0.2.17 54321 typ host generation 0 ufrag @t{:0STAMP_DIGITS$}",
            0
        );
        let padding = MESSAGE_BYTES.saturating_sub(text.len() + after.len());
        text.extend(std::iter::repeat_n('x', padding));
        text.push_str(after);
        let mut frame = Vec::with_capacity(text.len() + 8);
        frame::encode(&mut frame, Opcode::Text, text.as_bytes());
        let stamp_at = find(&frame).unwrap_or(frame.len() - STAMP_DIGITS);
        Self { frame, stamp_at }
    }

    /// Appends the frame, stamped with `now_ns`.
    pub fn write(&self, out: &mut Vec<u8>, now_ns: u64) {
        let at = out.len() + self.stamp_at;
        out.extend_from_slice(&self.frame);
        for (place, digit) in out[at..at + STAMP_DIGITS].iter_mut().rev().zip(0..) {
            *place = b"0123456789abcdef"[(now_ns >> (4 * digit) & 0xF) as usize];
        }
    }
}

/// Finds the stamp in a relayed message; remembers where the last one was, since most come at the same place.
#[derive(Default)]
pub struct StampReader {
    expected_at: usize,
}

impl StampReader {
    /// The time in the message in nanoseconds, or `None` when it is not a stamped message.
    pub fn read(&mut self, payload: &[u8]) -> Option<u64> {
        let expected =
            self.expected_at.checked_sub(MARK.len()).and_then(|at| payload.get(at..self.expected_at));
        if expected != Some(MARK) {
            self.expected_at = find(payload)?;
        }
        let digits = payload.get(self.expected_at..self.expected_at + STAMP_DIGITS)?;
        digits
            .iter()
            .try_fold(0, |value: u64, digit| Some(value << 4 | u64::from((*digit as char).to_digit(16)?)))
    }
}

/// Where the digits of the stamp begin.
fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MARK.len()).position(|window| window == MARK).map(|at| at + MARK.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BEFORE: &str = r#"{"type":"ice","candidate":{"candidate":""#;
    const AFTER: &str = r#"","sdpMid":"0"}}"#;

    fn payload(now_ns: u64) -> Vec<u8> {
        let mut out = Vec::new();
        Template::new(BEFORE, AFTER).write(&mut out, now_ns);
        // Header of a 16-bit length and the mask.
        out.split_off(8)
    }

    #[test]
    fn a_message_is_valid_json_of_the_fixed_size() {
        let payload = payload(5);
        assert_eq!(payload.len(), MESSAGE_BYTES);
        let json: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(json["type"], "ice");
        assert!(json["candidate"]["candidate"].as_str().unwrap().starts_with("candidate:1 1 udp"));
    }

    #[test]
    fn a_stamp_comes_back_as_it_was_written() {
        let mut reader = StampReader::default();
        for stamp in [0, 1, 0xABCDEF, 5_000_000_000, u64::MAX] {
            assert_eq!(reader.read(&payload(stamp)), Some(stamp));
        }
    }

    #[test]
    fn a_stamp_that_moved_is_found_again() {
        let mut reader = StampReader::default();
        assert_eq!(reader.read(&payload(7)), Some(7));
        let moved = [b"{\"seq\":10,", &payload(8)[1..]].concat();
        assert_eq!(reader.read(&moved), Some(8));
    }

    #[test]
    fn other_messages_have_no_stamp() {
        let mut reader = StampReader::default();
        assert_eq!(reader.read(b"{\"type\":\"peer-joined\"}"), None);
        assert_eq!(reader.read(b"@t12"), None);
        assert_eq!(reader.read(b""), None);
    }
}
