//! Header extensions (RFC 8285): a walk over the elements of a block, and a writer whose elements can be
//! overwritten in place, so that one block serves every subscriber.

use super::Malformed;

/// The profile of blocks whose elements have a one-byte header.
const ONE_BYTE: u16 = 0xbede;
/// The profile of blocks whose elements have a two-byte header; its low four bits belong to the application.
const TWO_BYTE: u16 = 0x1000;
/// Elements that a writer takes at most.
pub const ELEMENTS_MAX: usize = 16;

/// Where a packet's extension block lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionBlock {
    /// `0xBEDE` for one-byte elements, `0x1000` to `0x100F` for two-byte elements; anything else holds none of ours.
    pub profile: u16,
    /// Offset in the packet of the first element, behind the block's own four bytes.
    pub start: usize,
    /// Bytes of elements and padding.
    pub len: usize,
}

/// The elements of a block as `(id, value)`, in order. A broken element ends the walk.
pub fn extensions(packet: &[u8], block: ExtensionBlock) -> Extensions<'_> {
    let header_len = match block.profile {
        ONE_BYTE => 1,
        profile if profile & 0xfff0 == TWO_BYTE => 2,
        _ => 0,
    };
    let end = block.start.saturating_add(block.len);
    let bytes = if header_len == 0 { None } else { packet.get(block.start..end) };
    Extensions { rest: bytes.unwrap_or_default(), header_len }
}

/// The value of the first element with this id.
pub fn find_extension(packet: &[u8], block: ExtensionBlock, id: u8) -> Option<&[u8]> {
    extensions(packet, block).find(|element| element.0 == id).map(|element| element.1)
}

/// See [`extensions`].
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    rest: &'a [u8],
    header_len: usize,
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        // Bytes of zero are padding, between elements too.
        let from = self.rest.iter().position(|byte| *byte != 0)?;
        let rest = self.rest.get(from..)?;
        let (id, len) = match *rest {
            [first, ..] if self.header_len == 1 => (first >> 4, usize::from(first & 0x0f) + 1),
            [id, len, ..] => (id, usize::from(len)),
            _ => (0, 0),
        };
        // Section 4.2: 15 ends the walk, as does a one-byte 0 that claims a length.
        let stop = id == 0 || self.header_len == 1 && id == 15;
        let element = rest.get(self.header_len..self.header_len + len);
        match element {
            Some(value) if !stop => {
                self.rest = rest.get(self.header_len + len..).unwrap_or_default();
                Some((id, value))
            }
            _ => {
                self.rest = &[];
                None
            }
        }
    }
}

/// Collects elements, then writes the block: in the one-byte form, unless an element needs the other.
#[derive(Clone, Debug)]
pub struct ExtensionWriter<'v> {
    elements: [(u8, &'v [u8]); ELEMENTS_MAX],
    count: usize,
}

/// One element of an [`ExtensionWriter`]: its place among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(usize);

/// A block as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the block, its own four included; a multiple of 4, and 0 where there were no elements.
    pub len: usize,
    offsets: [u16; ELEMENTS_MAX],
}

impl Written {
    /// Offset of the element's value from the start of the block.
    pub fn offset(&self, slot: Slot) -> usize {
        self.offsets.get(slot.0).map_or(0, |offset| usize::from(*offset))
    }
}

impl<'v> ExtensionWriter<'v> {
    /// A writer without elements.
    pub const fn new() -> Self {
        ExtensionWriter { elements: [(0, &[]); ELEMENTS_MAX], count: 0 }
    }

    /// Adds an element. `value` is what is written now; a slot to be overwritten later is given as zeros.
    /// `None` where the id is 0, the value is longer than 255 bytes, or the writer is full.
    pub fn add(&mut self, id: u8, value: &'v [u8]) -> Option<Slot> {
        if id == 0 || value.len() > 255 {
            return None;
        }
        *self.elements.get_mut(self.count)? = (id, value);
        self.count += 1;
        Some(Slot(self.count - 1))
    }

    /// Bytes that [`ExtensionWriter::write`] will take.
    pub fn block_len(&self) -> usize {
        let elements = self.elements();
        let header_len = self.header_len();
        let bytes: usize = elements.iter().map(|(_, value)| header_len + value.len()).sum();
        if elements.is_empty() { 0 } else { 4 + bytes.next_multiple_of(4) }
    }

    /// Writes the block at the start of `buffer`.
    ///
    /// # Errors
    /// `buffer` is shorter than [`ExtensionWriter::block_len`].
    pub fn write(&self, buffer: &mut [u8]) -> Result<Written, Malformed> {
        let len = self.block_len();
        let block = buffer.get_mut(..len).ok_or(Malformed::Extension)?;
        let mut written = Written { len, offsets: [0; ELEMENTS_MAX] };
        if len == 0 {
            return Ok(written);
        }
        block.fill(0);
        let header_len = self.header_len();
        let profile = if header_len == 1 { ONE_BYTE } else { TWO_BYTE };
        block[..2].copy_from_slice(&profile.to_be_bytes());
        block[2..4].copy_from_slice(&(((len - 4) / 4) as u16).to_be_bytes());
        let mut at = 4;
        for ((id, value), offset) in self.elements().iter().zip(&mut written.offsets) {
            if header_len == 1 {
                block[at] = id << 4 | (value.len() - 1) as u8;
            } else {
                block[at] = *id;
                block[at + 1] = value.len() as u8;
            }
            at += header_len;
            block[at..at + value.len()].copy_from_slice(value);
            *offset = at as u16;
            at += value.len();
        }
        Ok(written)
    }

    fn elements(&self) -> &[(u8, &'v [u8])] {
        self.elements.get(..self.count).unwrap_or_default()
    }

    fn header_len(&self) -> usize {
        let fits = |(id, value): &(u8, &[u8])| *id < 15 && (1..=16).contains(&value.len());
        if self.elements().iter().all(fits) { 1 } else { 2 }
    }
}

impl Default for ExtensionWriter<'_> {
    fn default() -> Self {
        Self::new()
    }
}
