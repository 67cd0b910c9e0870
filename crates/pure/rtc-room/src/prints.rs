//! Where a name is in a list, without looking at every seat: a room of a thousand has its seats spread over
//! a quarter of a megabyte, their fingerprints over four kilobytes.

/// Fingerprints of names, in the order of the seats that have them.
#[derive(Debug, Default)]
pub(crate) struct Prints(Vec<u32>);

/// Fingerprints that are looked at in one go; the compiler makes wide comparisons of it.
const BLOCK: usize = 32;

impl Prints {
    pub(crate) fn push(&mut self, name: &str) {
        self.0.push(print(name));
    }

    pub(crate) fn remove(&mut self, index: usize) {
        self.0.remove(index);
    }

    /// The first place whose fingerprint is the name's and for which `is_it` holds. Two names may have one
    /// fingerprint: it costs a comparison more, also where somebody makes such names on purpose.
    pub(crate) fn find(&self, name: &str, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let wanted = print(name);
        for (block, prints) in self.0.chunks(BLOCK).enumerate() {
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
        prints.remove(0);
        kept.remove(0);
        assert_eq!(prints.find("liquid", |place| kept[place] == "liquid"), Some(0));
        assert_eq!(prints.find("costarring", |place| kept[place] == "costarring"), None);
    }
}
