//! Which checks came before: one that is played again proves nothing.

use crate::stun::TransactionId;

/// At one check in 2.5 s, which is what browsers send on an idle path, three quarters of an hour.
const IDS_MAX: usize = 1024;

/// The last transaction ids, as 32-bit digests: 4 KiB at most. Two that happen to have one digest cost a peer one
/// repeated check, at odds of one in four million.
#[derive(Debug, Default)]
pub(super) struct Seen {
    digests: Vec<u32>,
    next: usize,
}

impl Seen {
    /// Notes an id; whether it is new.
    pub(super) fn insert(&mut self, id: TransactionId) -> bool {
        let digest = digest(id);
        if self.digests.contains(&digest) {
            return false;
        }
        match self.digests.get_mut(self.next) {
            Some(oldest) => *oldest = digest,
            None => self.digests.push(digest),
        }
        self.next = (self.next + 1) % IDS_MAX;
        true
    }
}

/// Only who knows the password gets here, so the digest need not withstand an attack.
fn digest(TransactionId(id): TransactionId) -> u32 {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = id;
    let low = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let high = u64::from(u32::from_be_bytes([i, j, k, l]));
    let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ high) >> 32) as u32 ^ mixed as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> TransactionId {
        let mut id = [7; 12];
        id[4..].copy_from_slice(&number.to_be_bytes());
        TransactionId(id)
    }

    #[test]
    fn an_id_is_new_once_while_it_is_among_the_last_thousand() {
        let mut seen = Seen::default();
        for number in 0..5000 {
            assert!(seen.insert(id(number)), "{number}");
            assert!(!seen.insert(id(number)));
            assert!(!seen.insert(id(number.saturating_sub(1000))));
        }
        assert_eq!(seen.digests.len(), IDS_MAX);
    }
}
