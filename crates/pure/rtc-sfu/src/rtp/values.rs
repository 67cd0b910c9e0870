//! What the elements of a header extension block hold. Readers give `None` for a value of the wrong length.

use super::{i24_at, u16_at, u24_at, u64_at};
use crate::Time;

/// Audio level (RFC 6464).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// The sender believes that this is speech.
    pub voice: bool,
    /// Minus decibels to overload: 0 is loudest, 127 silence.
    pub level: u8,
}

impl AudioLevel {
    /// Reads the element.
    pub fn parse(value: &[u8]) -> Option<AudioLevel> {
        let first = *value.first()?;
        Some(AudioLevel { voice: first & 0x80 != 0, level: first & 0x7f })
    }

    /// The element's value.
    pub const fn to_bytes(self) -> [u8; 1] {
        [self.level & 0x7f | if self.voice { 0x80 } else { 0 }]
    }
}

/// When a packet left its sender: 24 bits, 6 of seconds and 18 of their fraction, by any clock. Wraps after 64 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsSendTime(u32);

impl AbsSendTime {
    /// Reads the element.
    pub fn parse(value: &[u8]) -> Option<AbsSendTime> {
        u24_at(value, 0).filter(|_| value.len() == 3).map(AbsSendTime)
    }

    /// `time` as a send time.
    pub const fn from_time(time: Time) -> AbsSendTime {
        let micros = time.as_micros() % 64_000_000;
        AbsSendTime((((micros << 18) / 1_000_000) & 0xff_ffff) as u32)
    }

    /// The middle of a 64-bit NTP timestamp.
    pub const fn from_ntp(ntp: u64) -> AbsSendTime {
        AbsSendTime(((ntp >> 14) & 0xff_ffff) as u32)
    }

    /// Microseconds after `earlier`; negative where this is the earlier. Within 32 s either way.
    pub const fn micros_since(self, earlier: AbsSendTime) -> i64 {
        let ticks = ((self.0.wrapping_sub(earlier.0) << 8) as i32) >> 8;
        (ticks as i64 * 1_000_000) >> 18
    }

    /// The element's value.
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_be_bytes();
        [a, b, c]
    }
}

/// The packet's number among all of the transport.
pub fn transport_cc(value: &[u8]) -> Option<u16> {
    // The second version of the extension appends a request for feedback.
    u16_at(value, 0).filter(|_| value.len() == 2 || value.len() == 4)
}

/// How the camera is held (3GPP TS 26.114, section 7.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoOrientation {
    /// The camera at the back.
    pub back_camera: bool,
    /// The picture is mirrored.
    pub flip: bool,
    /// Degrees to turn the picture by, clockwise: 0, 90, 180 or 270.
    pub rotation: u16,
}

impl VideoOrientation {
    /// Reads the element.
    pub fn parse(value: &[u8]) -> Option<VideoOrientation> {
        let first = *value.first()?;
        let rotation = u16::from(first & 0b11) * 90;
        Some(VideoOrientation { back_camera: first & 0b1000 != 0, flip: first & 0b100 != 0, rotation })
    }
}

/// When a frame was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsCaptureTime {
    /// By the capturing system's clock, as a 64-bit NTP timestamp.
    pub capture_ntp: u64,
    /// Between the capturing system's clock and the sender's, as seconds in 32.32 fixed point.
    pub clock_offset: Option<i64>,
}

impl AbsCaptureTime {
    /// Reads the element, of 8 or 16 bytes.
    pub fn parse(value: &[u8]) -> Option<AbsCaptureTime> {
        let capture_ntp = u64_at(value, 0)?;
        let clock_offset = match value.len() {
            8 => None,
            16 => Some(u64_at(value, 8)? as i64),
            _ => return None,
        };
        Some(AbsCaptureTime { capture_ntp, clock_offset })
    }
}

/// How long the receiver should hold frames back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayoutDelay {
    /// At least, in units of 10 ms, up to 4,095.
    pub min: u16,
    /// At most, in units of 10 ms, up to 4,095.
    pub max: u16,
}

impl PlayoutDelay {
    /// Reads the element.
    pub fn parse(value: &[u8]) -> Option<PlayoutDelay> {
        let both = u24_at(value, 0).filter(|_| value.len() == 3)?;
        Some(PlayoutDelay { min: (both >> 12) as u16, max: (both & 0xfff) as u16 })
    }

    /// The element's value.
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = ((self.min as u32 & 0xfff) << 12 | self.max as u32 & 0xfff).to_be_bytes();
        [a, b, c]
    }
}

/// Time between capture and sending (RFC 5450), in units of the codec's clock.
pub fn time_offset(value: &[u8]) -> Option<i32> {
    i24_at(value, 0).filter(|_| value.len() == 3)
}

/// A media section's or layer's name, up to a byte of zero: senders pad names to keep their length.
pub fn name(value: &[u8]) -> Option<&str> {
    let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
    let name = std::str::from_utf8(value.get(..end)?).ok()?;
    (!name.is_empty()).then_some(name)
}
