//! The templates that a key frame brings, and a frame made from one of them.

use super::super::{SPATIAL_LAYERS_MAX, bits::Bits};

/// Template ids have six bits.
const TEMPLATES_MAX: usize = 64;
/// References of one frame that are remembered; real structures have up to four.
const DIFFERENCES_MAX: usize = 8;
/// Decode targets, at most: their count has five bits.
const TARGETS_MAX: usize = 32;
/// Temporal layers, at most.
const TEMPORAL_LAYERS_MAX: u8 = 8;

/// Indications of what a frame is to a decode target.
const NOT_PRESENT: u32 = 0;
const DISCARDABLE: u32 = 1;

/// A frame, or the template of frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    pub(super) spatial: u8,
    pub(super) temporal: u8,
    /// No target needs it for a later frame.
    pub(super) discardable: bool,
    differences: [u16; DIFFERENCES_MAX],
    count: u8,
    /// It refers to more frames than `differences` holds.
    pub(super) more_differences: bool,
}

impl Frame {
    /// How many frames before it those lie that it refers to.
    pub(super) fn differences(&self) -> &[u16] {
        self.differences.get(..usize::from(self.count)).unwrap_or_default()
    }

    fn clear_differences(&mut self) {
        (self.count, self.more_differences) = (0, false);
    }

    fn add_difference(&mut self, difference: u16) {
        match self.differences.get_mut(usize::from(self.count)) {
            Some(place) => {
                *place = difference;
                self.count += 1;
            }
            None => self.more_differences = true,
        }
    }
}

/// The structure of a stream from one key frame on.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    /// The frame that brought it.
    pub(super) number: u16,
    /// Width and height of each spatial layer.
    pub(super) sizes: [(u16, u16); SPATIAL_LAYERS_MAX],
    /// One bit for each decode target that is sent.
    pub(super) active: u32,
    first_id: u8,
    targets: u32,
    chains: u32,
    templates: Box<[Frame]>,
    /// The highest spatial and temporal layer of each decode target.
    target_layers: [(u8, u8); TARGETS_MAX],
}

impl Structure {
    /// Reads `template_dependency_structure()`. `None` where it is broken or too large.
    pub(super) fn read(bits: &mut Bits<'_>, number: u16) -> Option<Structure> {
        let first_id = bits.take(6)? as u8;
        let targets = bits.take(5)? + 1;
        let mut templates = [Frame::default(); TEMPLATES_MAX];
        let count = read_layers(bits, &mut templates)?;
        let templates = templates.get_mut(..count)?;
        let mut target_layers = [(0, 0); TARGETS_MAX];
        for template in templates.iter_mut() {
            template.discardable = true;
            for layers in target_layers.get_mut(..targets as usize)? {
                let indication = bits.take(2)?;
                template.discardable &= indication <= DISCARDABLE;
                if indication != NOT_PRESENT {
                    *layers = (layers.0.max(template.spatial), layers.1.max(template.temporal));
                }
            }
        }
        for template in templates.iter_mut() {
            while bits.flag()? {
                template.add_difference(bits.take(4)? as u16 + 1);
            }
        }
        let chains = bits.below(targets + 1)?;
        if chains > 0 {
            for _ in 0..targets {
                bits.below(chains)?;
            }
            bits.skip(4 * chains as usize * templates.len())?;
        }
        let mut sizes = [(0, 0); SPATIAL_LAYERS_MAX];
        if bits.flag()? {
            let top = templates.last().map_or(0, |template| template.spatial);
            for size in sizes.get_mut(..=usize::from(top))? {
                let (width, height) = (bits.take(16)? as u16, bits.take(16)? as u16);
                *size = (width.saturating_add(1), height.saturating_add(1));
            }
        }
        let active = if targets == 32 { u32::MAX } else { (1 << targets) - 1 };
        let templates = (&*templates).into();
        Some(Structure { number, sizes, active, first_id, targets, chains, templates, target_layers })
    }

    /// How many decode targets there are, 1 to 32.
    pub(super) fn targets(&self) -> u32 {
        self.targets
    }

    /// Spatial and temporal layers that the active targets have.
    pub(super) fn active_layers(&self) -> (u8, u8) {
        let layers =
            self.target_layers.iter().enumerate().filter(|(target, _)| self.active >> target & 1 == 1);
        layers.fold((1, 1), |most, (_, layers)| (most.0.max(layers.0 + 1), most.1.max(layers.1 + 1)))
    }

    /// Reads `frame_dependency_definition()` of a frame with this template id. `custom`: whether indications,
    /// differences and chains of its own follow.
    pub(super) fn frame(&self, id: u8, custom: [bool; 3], bits: &mut Bits<'_>) -> Option<Frame> {
        let index = id.wrapping_sub(self.first_id) & 0x3f;
        let mut frame = *self.templates.get(usize::from(index))?;
        let [indications, differences, chains] = custom;
        if indications {
            frame.discardable = true;
            for _ in 0..self.targets {
                frame.discardable &= bits.take(2)? <= DISCARDABLE;
            }
        }
        if differences {
            frame.clear_differences();
            while let size @ 1.. = bits.take(2)? {
                frame.add_difference((bits.take(4 * size)? + 1) as u16);
            }
        }
        if chains {
            bits.skip(8 * self.chains as usize)?;
        }
        Some(frame)
    }
}

/// Reads `template_layers()`; gives how many templates there are.
fn read_layers(bits: &mut Bits<'_>, templates: &mut [Frame; TEMPLATES_MAX]) -> Option<usize> {
    let (mut spatial, mut temporal) = (0, 0);
    for (index, template) in templates.iter_mut().enumerate() {
        (template.spatial, template.temporal) = (spatial, temporal);
        match bits.take(2)? {
            0 => {}
            1 => temporal += 1,
            2 => (spatial, temporal) = (spatial + 1, 0),
            _ => return Some(index + 1),
        }
        if temporal >= TEMPORAL_LAYERS_MAX || usize::from(spatial) >= SPATIAL_LAYERS_MAX {
            return None;
        }
    }
    None
}
