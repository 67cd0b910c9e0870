//! VP9's payload descriptor (RFC 9628, section 4).
//!
//! Where one stream is forwarded, and at switches between streams, its numbers need no rewriting: receivers take
//! what is missing for layers that they were not sent.

use super::{Payload, PictureId, SPATIAL_LAYERS_MAX};
use crate::rtp::u16_at;

/// Layers and pictures that one reference list names, at most.
const REFERENCES_MAX: usize = 3;

/// Reads a payload; `None` where it ends within its descriptor.
pub(super) fn parse(payload: &[u8]) -> Option<Payload> {
    let (parsed, structure) = descriptor(payload)?;
    let Some(at) = structure else { return Some(parsed) };
    let spatial_layers = (payload.get(at)? >> 5) + 1;
    let size = layer_sizes(payload).get(usize::from(parsed.spatial)).copied();
    let dimensions = size.filter(|size| *size != (0, 0));
    Some(Payload { spatial_layers, dimensions, ..parsed })
}

/// The sizes that the scalability structure gives; zeros where there is none.
pub(super) fn layer_sizes(payload: &[u8]) -> [(u16, u16); SPATIAL_LAYERS_MAX] {
    let mut sizes = [(0, 0); SPATIAL_LAYERS_MAX];
    let Some((_, Some(at))) = descriptor(payload) else { return sizes };
    let Some(first) = payload.get(at) else { return sizes };
    if first & 0x10 == 0 {
        return sizes;
    }
    let layers = usize::from(first >> 5) + 1;
    for (layer, size) in sizes.iter_mut().enumerate().take(layers) {
        let at = at + 1 + 4 * layer;
        let Some(read) = u16_at(payload, at).zip(u16_at(payload, at + 2)) else { break };
        *size = read;
    }
    sizes
}

/// The descriptor up to its scalability structure, and where that lies.
fn descriptor(payload: &[u8]) -> Option<(Payload, Option<usize>)> {
    let first = *payload.first()?;
    let has = |bit: u8| first & bit != 0;
    let (has_picture_id, predicted, has_layers, flexible) = (has(0x80), has(0x40), has(0x20), has(0x10));
    let mut parsed = Payload { start_of_frame: has(0x08), end_of_frame: has(0x04), ..Payload::default() };
    let mut at = 1;
    if has_picture_id {
        let byte = *payload.get(at)?;
        let long = byte & 0x80 != 0;
        let value = if long { u16_at(payload, at)? & 0x7fff } else { u16::from(byte) };
        parsed.picture_id = Some(PictureId { value, long });
        at += if long { 2 } else { 1 };
    }
    if has_layers {
        let byte = *payload.get(at)?;
        (parsed.temporal, parsed.spatial) = (byte >> 5, byte >> 1 & 0b111);
        parsed.switch_up = byte & 0x10 != 0 && parsed.spatial == 0;
        parsed.inter_layer = byte & 1 != 0;
        at += 1;
        if !flexible {
            parsed.tl0_pic_idx = Some(*payload.get(at)?);
            at += 1;
        }
    }
    // An upper layer may be predicted from the layer below alone at any picture, so only the lowest tells.
    parsed.key_frame = !predicted && parsed.spatial == 0;
    if flexible && predicted {
        for _ in 0..REFERENCES_MAX {
            let more = payload.get(at)? & 1 != 0;
            at += 1;
            if !more {
                break;
            }
        }
    }
    Some((parsed, has(0x02).then_some(at)))
}
