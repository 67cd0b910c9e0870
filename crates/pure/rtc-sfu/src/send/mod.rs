//! What is sent to a subscriber: which layers, under which numbers, and again on demand.

/// A spatial and a temporal layer, counted from 0, the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layers {
    /// Size of the picture.
    pub spatial: u8,
    /// Frames a second.
    pub temporal: u8,
}
