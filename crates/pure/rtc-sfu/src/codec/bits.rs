//! Bits of a byte string, first the highest.

/// Reads bits; `None` past the end.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Bits read.
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Bits { bytes, at: 0 }
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// A number of up to 32 bits.
    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        let at = self.at.checked_add(count)?;
        if at > self.bytes.len() * 8 {
            return None;
        }
        self.at = at;
        Some(())
    }

    /// A number below `limit`, written with as few bits as it needs: ns(n) of the AV1 specifications.
    pub(super) fn below(&mut self, limit: u32) -> Option<u32> {
        let width = 32 - limit.leading_zeros();
        let short = (1_u32 << width).checked_sub(limit)?;
        let number = self.take(width.checked_sub(1)?)?;
        if number < short { Some(number) } else { Some((number << 1) - short + self.take(1)?) }
    }

    /// An unsigned Exp-Golomb number, as H.264 writes them.
    pub(super) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.take(zeros)?)
    }
}
