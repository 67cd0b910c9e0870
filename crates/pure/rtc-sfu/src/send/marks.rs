//! What was written into a packet when it was sent first, kept for a subscriber without a retransmission stream:
//! there a packet is sent again under its own number, and the cipher must not see a number twice with other
//! bytes.

/// Packets that are remembered: a second at 8 Mbit/s.
const MARKS: usize = 1024;

/// The parts of a header that a subscriber's path decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The transport-wide number.
    pub(crate) wide: u16,
    /// When it was sent, as it stands in the packet.
    pub(crate) sent_at: [u8; 3],
}

/// The marks of the last packets, by the subscriber's numbers. Takes no memory before the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    ring: Vec<(u64, Mark)>,
}

impl Marks {
    /// Remembers what a packet was sent with.
    pub(crate) fn note(&mut self, number: u64, mark: Mark) {
        if self.ring.is_empty() {
            self.ring = vec![(u64::MAX, Mark::default()); MARKS];
        }
        self.ring[number as usize % MARKS] = (number, mark);
    }

    /// What it was sent with; `None` where it was not, or too long ago.
    pub(crate) fn get(&self, number: u64) -> Option<Mark> {
        let (known, mark) = self.ring.get(number as usize % MARKS)?;
        (*known == number).then_some(*mark)
    }
}
