//! Which packets of a stream have come (RFC 3711, section 3.3.2), and what index a sequence number stands for
//! (section 3.3.1).

/// Packets behind the newest that are still told apart: more than two seconds of a video of 4 Mbit/s.
pub(super) const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;

/// The newest index and a ring of bits, one for each index of the last [`WINDOW`].
#[derive(Clone, Debug)]
pub(super) struct Window {
    newest: u64,
    seen: [u64; WORDS],
}

impl Window {
    /// Of a stream whose first packet is `index`.
    pub fn starting_with(index: u64) -> Self {
        let mut window = Self { newest: index, seen: [0; WORDS] };
        window.mark(index);
        window
    }

    /// The index that is nearest to the newest among those with this sequence number; `None` where it would lie
    /// before the first or after the last that a key may protect.
    #[inline]
    pub fn estimate(&self, sequence: u16) -> Option<u64> {
        let distance = sequence.wrapping_sub(self.newest as u16) as i16;
        self.newest.checked_add_signed(i64::from(distance)).filter(|index| *index < 1 << 48)
    }

    /// Whether the index has not come yet, as far as is remembered.
    #[inline]
    pub fn is_fresh(&self, index: u64) -> bool {
        match self.newest.checked_sub(index) {
            None => true,
            Some(age) => age < WINDOW && self.seen[Self::word(index)] & Self::bit(index) == 0,
        }
    }

    /// Remembers an index whose packet was authentic.
    #[inline]
    pub fn accept(&mut self, index: u64) {
        if index > self.newest {
            if index - self.newest >= WINDOW {
                self.seen = [0; WORDS];
            } else {
                for skipped in self.newest + 1..index {
                    self.seen[Self::word(skipped)] &= !Self::bit(skipped);
                }
            }
            self.newest = index;
        }
        self.mark(index);
    }

    fn mark(&mut self, index: u64) {
        self.seen[Self::word(index)] |= Self::bit(index);
    }

    const fn word(index: u64) -> usize {
        (index % WINDOW / 64) as usize
    }

    const fn bit(index: u64) -> u64 {
        1 << (index % 64)
    }
}
