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
    pub(crate) fn push(&mut self, name: &str) {
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
    pub(crate) fn find(&self, name: &str, is_it: impl Fn(usize) -> bool) -> Option<usize> {
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

/// FNV-1a, 32 bits.
fn print(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_are_also_among_names_of_one_fingerprint() {
        // Two texts with the same 32 bits of FNV-1a.
        let names = ["costarring", "liquid", "ann"];
        assert_eq!(print(names[0]), print(names[1]));
        let mut prints = Prints::default();
        let mut kept = Vec::new();
        for index in 0..100 {
            let name = names.get(index).map_or_else(|| format!("peer {index}"), ToString::to_string);
            prints.push(&name);
            kept.push(name);
        }
        for (index, name) in kept.iter().enumerate() {
            assert_eq!(prints.find(name, |place| kept[place] == *name), Some(index));
        }
        for _ in 0..97 {
            prints.remove(2);
            kept.remove(2);
        }
        for (index, name) in kept.iter().enumerate() {
            assert_eq!(prints.find(name, |place| kept[place] == *name), Some(index));
        }
        prints.remove(0);
        kept.remove(0);
        assert_eq!(prints.find("liquid", |place| kept[place] == "liquid"), Some(0));
        assert_eq!(prints.find("costarring", |place| kept[place] == "costarring"), None);
    }

    #[test]
    fn a_room_that_shrinks_to_nobody_and_grows_again_finds_its_names() {
        let mut prints = Prints::default();
        for round in 0..3 {
            let names: Vec<String> = (0..FEW + round).map(|index| format!("{round} {index}")).collect();
            names.iter().for_each(|name| prints.push(name));
            for (index, name) in names.iter().enumerate() {
                assert_eq!(prints.find(name, |place| names[place] == *name), Some(index));
            }
            names.iter().for_each(|_| prints.remove(0));
            assert_eq!(prints.find(&names[0], |_| true), None);
        }
    }
}
