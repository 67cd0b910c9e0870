//! Where a name is in a list, without looking at every seat: a room of a thousand has its seats spread over
//! a quarter of a megabyte, their fingerprints over four kilobytes.

/// Fingerprints of names, in the order of the seats that have them. Those of a small room are in the room
/// itself: most rooms are small, and are made and gone often.
#[derive(Debug, Default)]
pub(crate) struct Prints {
    few: [u32; FEW],
    count: usize,
    /// All of them, once there were more than `FEW`; until it is empty again.
    many: Vec<u32>,
}

const FEW: usize = 8;

/// Fingerprints that are looked at in one go; the compiler makes wide comparisons of it.
const BLOCK: usize = 32;

impl Prints {
    pub(crate) fn push(&mut self, name: &[u8]) {
        let print = print(name);
        if self.many.is_empty()
            && let Some(place) = self.few.get_mut(self.count)
        {
            *place = print;
        } else {
            if self.many.is_empty() {
                self.many.extend(self.few);
            }
            self.many.push(print);
        }
        self.count += 1;
    }

    pub(crate) fn remove(&mut self, index: usize) {
        if self.many.is_empty() {
            self.few.copy_within(index + 1..self.count, index);
        } else {
            self.many.remove(index);
        }
        self.count -= 1;
    }

    fn all(&self) -> &[u32] {
        if self.many.is_empty() { self.few.get(..self.count).unwrap_or_default() } else { &self.many }
    }

    /// The first place whose fingerprint is the name's and for which `is_it` holds. Two names may have one
    /// fingerprint: it costs a comparison more, also where somebody makes such names on purpose.
    pub(crate) fn find(&self, name: &[u8], is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let wanted = print(name);
        for (block, prints) in self.all().chunks(BLOCK).enumerate() {
            if prints.iter().fold(false, |found, print| found | (*print == wanted)) {
                let places = prints.iter().enumerate().filter(|(_, print)| **print == wanted);
                let mut places = places.map(|(offset, _)| block * BLOCK + offset);
                if let Some(index) = places.find(|index| is_it(*index)) {
                    return Some(index);
                }
            }
        }
        None
    }
}

/// Eight bytes at a time, each time folded into 64 bits by a multiplication.
fn print(name: &[u8]) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = name.as_chunks::<8>();
    let fold = |hash: u64, word: u64| (hash ^ word).wrapping_mul(ODD).rotate_left(29);
    let hash = words.iter().fold(name.len() as u64, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let last = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    (fold(hash, last).wrapping_mul(ODD) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_are_also_among_names_of_one_fingerprint() {
        // Two texts with one fingerprint, found by trying a million.
        let names = ["peer of 855939", "peer of 1006819", "ann"];
        assert_eq!(print(names[0].as_bytes()), print(names[1].as_bytes()));
        let mut prints = Prints::default();
        let mut kept = Vec::new();
        for index in 0..100 {
            let name = names.get(index).map_or_else(|| format!("peer {index}"), ToString::to_string);
            prints.push(name.as_bytes());
            kept.push(name);
        }
        for (index, name) in kept.iter().enumerate() {
            assert_eq!(prints.find(name.as_bytes(), |place| kept[place] == *name), Some(index));
        }
        for _ in 0..97 {
            prints.remove(2);
            kept.remove(2);
        }
        for (index, name) in kept.iter().enumerate() {
            assert_eq!(prints.find(name.as_bytes(), |place| kept[place] == *name), Some(index));
        }
        prints.remove(0);
        kept.remove(0);
        assert_eq!(prints.find(names[1].as_bytes(), |place| kept[place] == names[1]), Some(0));
        assert_eq!(prints.find(names[0].as_bytes(), |place| kept[place] == names[0]), None);
    }

    #[test]
    fn a_room_that_shrinks_to_nobody_and_grows_again_finds_its_names() {
        let mut prints = Prints::default();
        for round in 0..3 {
            let names: Vec<String> = (0..FEW + round).map(|index| format!("{round} {index}")).collect();
            names.iter().for_each(|name| prints.push(name.as_bytes()));
            for (index, name) in names.iter().enumerate() {
                assert_eq!(prints.find(name.as_bytes(), |place| names[place] == *name), Some(index));
            }
            names.iter().for_each(|_| prints.remove(0));
            assert_eq!(prints.find(names[0].as_bytes(), |_| true), None);
        }
    }
}
