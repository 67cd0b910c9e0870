//! A set of stream ids.

use super::STREAMS_MAX;

const WORD_BITS: u16 = 64;

/// Which of the streams below [`STREAMS_MAX`].
#[derive(Clone, Debug)]
pub(super) struct StreamSet([u64; (STREAMS_MAX / WORD_BITS) as usize]);

impl StreamSet {
    pub(super) fn new() -> Self {
        Self([0; (STREAMS_MAX / WORD_BITS) as usize])
    }

    pub(super) fn contains(&self, stream: u16) -> bool {
        let word = self.0.get(usize::from(stream / WORD_BITS));
        word.is_some_and(|word| word >> (stream % WORD_BITS) & 1 == 1)
    }

    /// Whether it was not there.
    pub(super) fn insert(&mut self, stream: u16) -> bool {
        let is_new = stream < STREAMS_MAX && !self.contains(stream);
        if let Some(word) = self.0.get_mut(usize::from(stream / WORD_BITS)) {
            *word |= 1 << (stream % WORD_BITS);
        }
        is_new
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, stream: u16) -> bool {
        let was_there = self.contains(stream);
        if let Some(word) = self.0.get_mut(usize::from(stream / WORD_BITS)) {
            *word &= !(1 << (stream % WORD_BITS));
        }
        was_there
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        (0..STREAMS_MAX).filter(|stream| self.contains(*stream))
    }
}
