//! Opus (RFC 6716, RFC 7587), and RED around it (RFC 2198): only whether a packet is silence.

/// Whether an Opus packet holds no sound: its frames are empty or of one byte, as discontinuous transmission
/// sends them about every 400 ms (RFC 6716, section 3.1).
pub fn is_silence(payload: &[u8]) -> bool {
    payload.len() <= 2
}

/// Blocks of one RED packet that are walked, at most.
const RED_BLOCKS_MAX: usize = 32;

/// The newest block of a RED packet: its payload type and bytes. `None` where lengths do not fit.
pub fn red_primary(payload: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = payload;
    let mut redundant = 0_usize;
    for _ in 0..RED_BLOCKS_MAX {
        let first = *rest.first()?;
        if first & 0x80 == 0 {
            return Some((first, rest.get(1..)?.get(redundant..)?));
        }
        let [_, _, high, low] = *rest.first_chunk()?;
        redundant += usize::from(u16::from_be_bytes([high & 0b11, low]));
        rest = rest.get(4..)?;
    }
    None
}
