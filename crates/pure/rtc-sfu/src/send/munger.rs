//! Sequence numbers towards one subscriber: without a gap for what is left out on purpose, with one for what
//! is missing and may still come.

/// How many runs of missing packets are remembered.
const GAPS_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    from: u64,
    to: u64,
    /// Added to an incoming number, wrapping.
    offset: u64,
}

/// Maps one source's sequence numbers to a subscriber's.
#[derive(Clone, Debug)]
pub(crate) struct Munger {
    /// The highest of the source that was seen.
    highest_in: Option<u64>,
    offset: u64,
    next_out: u64,
    gaps: Vec<Gap>,
}

impl Munger {
    /// The first packet sent is numbered `first_out`.
    pub(crate) fn new(first_out: u64) -> Self {
        Self { highest_in: None, offset: 0, next_out: first_out, gaps: Vec::new() }
    }

    /// The number of the next packet, if nothing is missing before it.
    pub(crate) fn next_out(&self) -> u64 {
        self.next_out
    }

    /// The next packet comes from another source, or from this one after a pause. `skip` leaves a number
    /// out, so that the receiver knows that the picture before was not completed.
    pub(crate) fn restart(&mut self, skip: bool) {
        self.highest_in = None;
        self.gaps.clear();
        self.next_out += u64::from(skip);
    }

    /// Whether packets of the source that follow this one were dealt with before it.
    #[inline]
    pub(crate) fn is_late(&self, sequence: u64) -> bool {
        self.highest_in.is_some_and(|highest| sequence < highest)
    }

    /// The number for a packet that is to be sent; `None` where it was dealt with before.
    pub(crate) fn forward(&mut self, sequence: u64) -> Option<u64> {
        let Some(highest) = self.highest_in else {
            self.highest_in = Some(sequence);
            self.offset = self.next_out.wrapping_sub(sequence);
            self.next_out += 1;
            return Some(self.next_out - 1);
        };
        if sequence > highest {
            self.advance(highest, sequence);
            self.next_out = sequence.wrapping_add(self.offset) + 1;
            return Some(self.next_out - 1);
        }
        self.take_gap(sequence)
    }

    /// A packet is left out on purpose. Gives the number that it leaves empty where its place was already
    /// given to it as missing: the subscriber needs something in that place.
    pub(crate) fn drop(&mut self, sequence: u64) -> Option<u64> {
        let highest = self.highest_in?;
        if sequence > highest {
            self.advance(highest, sequence);
            self.next_out = sequence.wrapping_add(self.offset);
            self.offset = self.offset.wrapping_sub(1);
            return None;
        }
        self.take_gap(sequence)
    }

    fn advance(&mut self, highest: u64, sequence: u64) {
        if sequence > highest + 1 {
            if self.gaps.len() == GAPS_MAX {
                self.gaps.remove(0);
            }
            self.gaps.push(Gap { from: highest + 1, to: sequence - 1, offset: self.offset });
        }
        self.highest_in = Some(sequence);
    }

    fn take_gap(&mut self, sequence: u64) -> Option<u64> {
        let index = self.gaps.iter().position(|gap| gap.from <= sequence && sequence <= gap.to)?;
        let gap = self.gaps[index];
        let before = Gap { to: sequence.wrapping_sub(1), ..gap };
        let after = Gap { from: sequence + 1, ..gap };
        let rest = [before, after].into_iter().filter(|part| part.from <= part.to && part.to < u64::MAX);
        self.gaps.splice(index..=index, rest);
        self.gaps.truncate(GAPS_MAX * 2);
        Some(sequence.wrapping_add(gap.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_out_leaves_no_gap() {
        let mut munger = Munger::new(100);
        assert_eq!(munger.forward(7), Some(100));
        assert_eq!(munger.drop(8), None);
        assert_eq!(munger.drop(9), None);
        assert_eq!(munger.forward(10), Some(101));
    }

    #[test]
    fn what_is_missing_keeps_its_place() {
        let mut munger = Munger::new(0);
        assert_eq!(munger.forward(10), Some(0));
        assert_eq!(munger.forward(13), Some(3));
        assert_eq!(munger.drop(14), None);
        assert_eq!(munger.forward(15), Some(4));
        assert_eq!(munger.forward(12), Some(2));
        assert_eq!(munger.forward(12), None, "sent before");
        assert_eq!(munger.drop(11), Some(1), "its place is empty");
    }

    #[test]
    fn another_source_goes_on_where_the_last_one_ended() {
        let mut munger = Munger::new(0);
        munger.forward(5);
        munger.restart(true);
        assert_eq!(munger.forward(60_000), Some(2));
        assert_eq!(munger.forward(60_001), Some(3));
    }

    proptest! {
        #[test]
        fn no_number_is_given_twice(steps in prop::collection::vec((0_u64..40, any::<bool>()), 1..200)) {
            let mut munger = Munger::new(0);
            let mut given = std::collections::HashSet::new();
            for (at, (jitter, send)) in steps.iter().enumerate() {
                let sequence = 1000 + at as u64 + jitter;
                let number = if *send { munger.forward(sequence) } else { munger.drop(sequence) };
                if let Some(number) = number {
                    prop_assert!(given.insert(number));
                }
            }
        }
    }
}
