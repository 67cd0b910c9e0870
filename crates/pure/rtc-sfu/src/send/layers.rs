//! Layers of a picture.

/// A spatial and a temporal layer, counted from 0, the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layers {
    /// Size of the picture.
    pub spatial: u8,
    /// Frames a second.
    pub temporal: u8,
}
