//! H.264 (RFC 6184): single units, STAP-A and FU-A.
//!
//! A receiver can begin with a key frame only where its parameter sets come with it, as all WebRTC senders send
//! them; so a key frame begins with the packet that has the sequence parameter set.

use super::{DependencyDescriptorInfo, Payload, bits::Bits, dd};
use crate::rtp::u16_at;

const SLICE: u8 = 1;
const IDR: u8 = 5;
const SPS: u8 = 7;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
/// Units of one packet that are looked at, at most.
const UNITS_MAX: usize = 32;
/// Bytes of a sequence parameter set that are looked at, at most.
const SPS_BYTES_MAX: usize = 128;

/// Reads a payload; layers come from the descriptor, if there is one.
pub(super) fn parse(payload: &[u8], descriptor: Option<&DependencyDescriptorInfo>) -> Payload {
    let mut parsed = descriptor.map(dd::payload).unwrap_or_default();
    (parsed.key_frame, parsed.start_of_frame) = (false, false);
    let Some(&first) = payload.first() else { return parsed };
    parsed.discardable |= first & 0x60 == 0;
    match first & 0x1f {
        1..STAP_A => unit(payload, &mut parsed),
        STAP_A => {
            let mut rest = payload.get(1..).unwrap_or_default();
            for _ in 0..UNITS_MAX {
                let Some(len) = u16_at(rest, 0).map(usize::from) else { break };
                unit(rest.get(2..2 + len).unwrap_or_default(), &mut parsed);
                rest = rest.get(2 + len..).unwrap_or_default();
            }
        }
        FU_A => {
            let Some(&header) = payload.get(1) else { return parsed };
            let starts_slice = header & 0x80 != 0 && payload.get(2).is_some_and(|byte| byte & 0x80 != 0);
            parsed.key_frame = header & 0x1f == IDR;
            parsed.start_of_frame = header & 0x1f == SLICE && starts_slice;
        }
        _ => {}
    }
    parsed
}

/// Adds what a whole unit tells.
fn unit(unit: &[u8], parsed: &mut Payload) {
    let Some(&header) = unit.first() else { return };
    match header & 0x1f {
        SPS => {
            parsed.key_frame = true;
            parsed.start_of_frame = true;
            parsed.dimensions = dimensions(unit).or(parsed.dimensions);
        }
        IDR => parsed.key_frame = true,
        DELIMITER => parsed.start_of_frame = true,
        // The first number of a slice is that of its first macroblock: a one-bit is 0, the frame's start.
        SLICE => parsed.start_of_frame |= unit.get(1).is_some_and(|byte| byte & 0x80 != 0),
        _ => {}
    }
}

/// Width and height in a sequence parameter set (H.264, section 7.3.2.1.1).
fn dimensions(unit: &[u8]) -> Option<(u16, u16)> {
    let mut bytes = [0; SPS_BYTES_MAX];
    let len = unescape(unit.get(1..)?, &mut bytes);
    let mut bits = Bits::new(bytes.get(..len)?);
    let profile = bits.take(8)?;
    bits.skip(16)?;
    bits.golomb()?;
    let mut chroma = 1;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma = bits.golomb()?;
        if chroma == 3 && bits.flag()? {
            chroma = 0; // Planes of their own are cropped like a single one.
        }
        bits.golomb()?;
        bits.golomb()?;
        bits.skip(1)?;
        if bits.flag()? {
            skip_scaling(&mut bits, if chroma == 3 { 12 } else { 8 })?;
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.skip(1)?;
            bits.golomb()?;
            bits.golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.skip(1)?;
    let (width, height) = (bits.golomb()?.checked_add(1)?, bits.golomb()?.checked_add(1)?);
    let frames_only = bits.flag()?;
    let fields = if frames_only { 1 } else { 2 };
    if !frames_only {
        bits.skip(1)?;
    }
    bits.skip(1)?;
    let (mut across, mut down) = (0, 0);
    if bits.flag()? {
        let crop = [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?];
        let (unit_x, unit_y) = match chroma {
            1 => (2, 2 * fields),
            2 => (2, fields),
            _ => (1, fields),
        };
        across = crop[0].checked_add(crop[1])?.checked_mul(unit_x)?;
        down = crop[2].checked_add(crop[3])?.checked_mul(unit_y)?;
    }
    let width = width.checked_mul(16)?.checked_sub(across)?;
    let height = height.checked_mul(16 * fields)?.checked_sub(down)?;
    let size = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// Steps over scaling lists (section 7.3.2.1.1.1).
fn skip_scaling(bits: &mut Bits<'_>, lists: usize) -> Option<()> {
    for list in 0..lists {
        if !bits.flag()? {
            continue;
        }
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                let coded = i64::from(bits.golomb()?);
                let delta = if coded % 2 == 0 { -(coded / 2) } else { (coded + 1) / 2 };
                next = (last + delta).rem_euclid(256);
            }
            if next != 0 {
                last = next;
            }
        }
    }
    Some(())
}

/// Copies a unit without the threes that keep start codes out of it (section 7.4.1); gives the length.
fn unescape(unit: &[u8], out: &mut [u8; SPS_BYTES_MAX]) -> usize {
    let (mut len, mut zeros) = (0, 0);
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        let Some(place) = out.get_mut(len) else { break };
        *place = byte;
        len += 1;
    }
    len
}
