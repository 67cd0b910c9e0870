//! AV1 (the Alliance's RTP specification, section 4). What the dependency descriptor tells goes first; without one
//! the aggregation header and the headers of the units tell the rest.

use super::{DependencyDescriptorInfo, Payload, dd};

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;
/// Units of one packet that are looked at, at most.
const UNITS_MAX: usize = 16;

/// Reads a payload; layers come from the descriptor, if there is one.
pub(super) fn parse(payload: &[u8], descriptor: Option<&DependencyDescriptorInfo>) -> Payload {
    let units = units(payload);
    match descriptor {
        Some(descriptor) => {
            let parsed = dd::payload(descriptor);
            Payload { key_frame: parsed.key_frame || units.key_frame && parsed.spatial == 0, ..parsed }
        }
        None => units,
    }
}

/// What aggregation header and units tell.
fn units(payload: &[u8]) -> Payload {
    let mut parsed = Payload::default();
    let Some((&header, mut rest)) = payload.split_first() else { return parsed };
    let (continues, starts_sequence) = (header & 0x80 != 0, header & 0x08 != 0);
    let counted = usize::from(header >> 4 & 0b11);
    let mut layers = None;
    for index in 0..UNITS_MAX {
        // The last of a counted number has no length, and goes to the end.
        let last = counted != 0 && index + 1 == counted;
        let unit = if last { Some(std::mem::take(&mut rest)) } else { split_unit(&mut rest) };
        let Some(unit) = unit else { break };
        if index == 0 && continues {
            continue;
        }
        let Some(&first) = unit.first() else { continue };
        let kind = first >> 3 & 0x0f;
        if index == 0 {
            parsed.start_of_frame =
                matches!(kind, SEQUENCE_HEADER | TEMPORAL_DELIMITER | FRAME_HEADER | FRAME);
        }
        parsed.key_frame |= starts_sequence && kind == SEQUENCE_HEADER;
        if first & 0x04 != 0 && layers.is_none() {
            layers = unit.get(1).map(|byte| (byte >> 5, byte >> 3 & 0b11));
        }
    }
    (parsed.temporal, parsed.spatial) = layers.unwrap_or((0, 0));
    parsed.key_frame &= parsed.spatial == 0;
    parsed
}

/// Takes a unit with its length before it (LEB128).
fn split_unit<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (mut len, mut used) = (0_usize, 0);
    loop {
        let byte = *rest.get(used)?;
        len |= usize::from(byte & 0x7f) << (7 * used);
        used += 1;
        if byte & 0x80 == 0 {
            break;
        }
        if used == 4 {
            return None;
        }
    }
    let unit = rest.get(used..used + len)?;
    *rest = rest.get(used + len..)?;
    Some(unit)
}
