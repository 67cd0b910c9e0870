//! The dependency descriptor, a header extension that tells layers and dependencies of a frame whatever its codec
//! (AV1 RTP specification, appendix A).
//!
//! Key frames bring a structure of templates; other frames name one of its templates. A reader is kept for each
//! stream received, with the last two structures, because packets of before a change may come behind it.

mod structure;

use super::{Payload, SPATIAL_LAYERS_MAX, bits::Bits};
use structure::{Frame, Structure};

/// Frames whose layers are remembered, to tell what a frame refers to.
const FRAMES: usize = 64;
/// As many frames after a structure came, the one before is forgotten: its packets come no more.
const CHANGE_FRAMES: u16 = 1_000;

/// What a descriptor tells of the packet's frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DependencyDescriptorInfo {
    /// The packet is the frame's first.
    pub start_of_frame: bool,
    /// The packet is the frame's last.
    pub end_of_frame: bool,
    /// Counts frames of all layers, wrapping.
    pub frame_number: u16,
    /// Spatial layer, from 0.
    pub spatial: u8,
    /// Temporal layer, from 0.
    pub temporal: u8,
    /// The packet brings a structure: it is the first of a key frame.
    pub key_frame: bool,
    /// See [`Payload::switch_up`].
    pub switch_up: bool,
    /// See [`Payload::inter_layer`].
    pub inter_layer: bool,
    /// No frame of any decode target needs this one.
    pub discardable: bool,
    /// Spatial layers that are sent now.
    pub spatial_layers: u8,
    /// Temporal layers that are sent now.
    pub temporal_layers: u8,
    /// Width and height of each spatial layer; zeros where the structure does not tell.
    pub sizes: [(u16, u16); SPATIAL_LAYERS_MAX],
}

/// Reads the descriptors of one stream.
#[derive(Clone, Debug)]
pub struct DescriptorReader {
    structures: [Option<Structure>; 2],
    /// The one of the two that was used last.
    current: usize,
    /// Number, spatial and temporal layer of frames, by the number's remainder.
    frames: [Option<(u16, u8, u8)>; FRAMES],
}

impl Default for DescriptorReader {
    fn default() -> Self {
        DescriptorReader { structures: [None, None], current: 0, frames: [None; FRAMES] }
    }
}

impl DescriptorReader {
    /// Reads the extension's value. `None` where it is broken, or refers to a structure that never came. Packets
    /// may come in any order and more than once.
    pub fn read(&mut self, value: &[u8]) -> Option<DependencyDescriptorInfo> {
        let mut bits = Bits::new(value);
        let (start_of_frame, end_of_frame) = (bits.flag()?, bits.flag()?);
        let template = bits.take(6)? as u8;
        let number = bits.take(16)? as u16;
        // Structure, active targets, custom indications, differences and chains.
        let mut flags = [false; 5];
        if value.len() > 3 {
            for flag in &mut flags {
                *flag = bits.flag()?;
            }
        }
        let [brings_structure, tells_active, custom @ ..] = flags;
        let mut fresh = None;
        if brings_structure {
            fresh = Some(Structure::read(&mut bits, number)?);
        }
        let place = self.place(number);
        let structure = match &fresh {
            Some(fresh) => fresh,
            None => self.structures.get(place)?.as_ref()?,
        };
        let active = if tells_active { Some(bits.take(structure.targets())?) } else { None };
        let frame = structure.frame(template, custom, &mut bits)?;
        self.keep(fresh, place, number, active);
        self.frames[usize::from(number) % FRAMES] = Some((number, frame.spatial, frame.temporal));
        let structure = self.structures.get(self.current)?.as_ref()?;
        let (spatial_layers, temporal_layers) = structure.active_layers();
        let (switch_up, inter_layer) = self.references(number, &frame);
        Some(DependencyDescriptorInfo {
            start_of_frame,
            end_of_frame,
            frame_number: number,
            spatial: frame.spatial,
            temporal: frame.temporal,
            key_frame: brings_structure && start_of_frame,
            switch_up,
            inter_layer,
            discardable: frame.discardable,
            spatial_layers,
            temporal_layers,
            sizes: structure.sizes,
        })
    }

    /// The structure of a frame: of the two, the one that came last before it.
    fn place(&self, number: u16) -> usize {
        let [Some(first), Some(second)] = &self.structures else {
            return usize::from(self.structures[0].is_none());
        };
        usize::from(number.wrapping_sub(second.number) < number.wrapping_sub(first.number))
    }

    /// Keeps what a sound packet brought.
    fn keep(&mut self, fresh: Option<Structure>, place: usize, number: u16, active: Option<u32>) {
        match fresh {
            Some(fresh) => {
                let known = self
                    .structures
                    .iter()
                    .position(|known| known.as_ref().is_some_and(|known| known.number == fresh.number));
                self.current = known.unwrap_or(1 - self.current);
                self.structures[self.current] = Some(fresh);
            }
            None => self.current = place,
        }
        let mut old = false;
        if let Some(structure) = &mut self.structures[self.current] {
            structure.active = active.unwrap_or(structure.active);
            old = (CHANGE_FRAMES..0x8000).contains(&number.wrapping_sub(structure.number));
        }
        if old {
            self.structures[1 - self.current] = None;
        }
    }

    /// Whether forwarding may go up with this frame, and whether it needs a lower spatial layer of its picture.
    fn references(&self, number: u16, frame: &Frame) -> (bool, bool) {
        let known = |difference: u16| {
            let referred = number.wrapping_sub(difference);
            self.frames[usize::from(referred) % FRAMES].filter(|known| known.0 == referred)
        };
        let references = frame.differences();
        // Upward from any layer only where nothing but the lowest is needed, which every subscriber has.
        let only_lowest = !frame.more_differences
            && references
                .iter()
                .all(|difference| known(*difference).is_some_and(|(_, _, temporal)| temporal == 0));
        let below =
            |difference: &u16| known(*difference).is_some_and(|(_, spatial, _)| spatial < frame.spatial);
        (frame.spatial == 0 && only_lowest, references.iter().any(below))
    }
}

/// What a forwarder has to know, from the descriptor alone.
pub(super) fn payload(info: &DependencyDescriptorInfo) -> Payload {
    let size = info.sizes.get(usize::from(info.spatial)).copied().unwrap_or_default();
    Payload {
        key_frame: info.key_frame && info.spatial == 0,
        start_of_frame: info.start_of_frame,
        end_of_frame: info.end_of_frame,
        spatial: info.spatial,
        temporal: info.temporal,
        spatial_layers: info.spatial_layers,
        switch_up: info.switch_up,
        inter_layer: info.inter_layer,
        discardable: info.discardable,
        dimensions: (size != (0, 0)).then_some(size),
        ..Payload::default()
    }
}
