//! VP8's payload descriptor (RFC 7741, section 4.2), and the rewriting of its numbers for one subscriber.
//!
//! Receivers take a gap between picture ids for a loss, and hold back what comes behind it. So a subscriber who is
//! not sent some frames, or is moved from one stream to another, is given numbers that go on without a gap.

use super::{Payload, PictureId};

/// Where a packet's numbers lie, in bytes from the payload's start; 0 where it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    picture_id: u8,
    tl0_pic_idx: u8,
}

/// Reads a payload; `None` where it ends within its descriptor.
pub(super) fn parse(payload: &[u8]) -> Option<Payload> {
    let first = *payload.first()?;
    let starts_partition = first & 0x10 != 0 && first & 0x07 == 0;
    let mut parsed =
        Payload { start_of_frame: starts_partition, discardable: first & 0x20 != 0, ..Payload::default() };
    let mut at = 1;
    if first & 0x80 != 0 {
        let fields = *payload.get(at)?;
        at += 1;
        if fields & 0x80 != 0 {
            let byte = *payload.get(at)?;
            let long = byte & 0x80 != 0;
            let mut value = u16::from(byte & 0x7f);
            parsed.rewrite.picture_id = at as u8;
            at += 1;
            if long {
                value = value << 8 | u16::from(*payload.get(at)?);
                at += 1;
            }
            parsed.picture_id = Some(PictureId { value, long });
        }
        if fields & 0x40 != 0 {
            parsed.tl0_pic_idx = Some(*payload.get(at)?);
            parsed.rewrite.tl0_pic_idx = at as u8;
            at += 1;
        }
        if fields & 0x30 != 0 {
            let byte = *payload.get(at)?;
            if fields & 0x20 != 0 {
                (parsed.temporal, parsed.switch_up) = (byte >> 6, byte & 0x20 != 0);
            }
            at += 1;
        }
    }
    let frame = payload.get(at..)?;
    parsed.key_frame = starts_partition && frame.first()? & 1 == 0;
    if parsed.key_frame {
        parsed.dimensions = dimensions(frame);
    }
    Some(parsed)
}

/// The size in a key frame's header (RFC 6386, section 9.1).
fn dimensions(frame: &[u8]) -> Option<(u16, u16)> {
    let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = *frame.first_chunk()? else { return None };
    // The upper two bits are a scale that nobody uses.
    let size = |low, high| u16::from_le_bytes([low, high]) & 0x3fff;
    Some((size(w0, w1), size(h0, h1)))
}

/// Pictures that are remembered for packets that come late.
const PICTURES: usize = 64;
/// Marks a place that holds no picture.
const NONE: u16 = 0x8000;

/// Gives the pictures of one subscriber numbers without gaps, across dropped frames and changes of stream.
#[derive(Clone, Debug)]
pub struct Rewriter {
    /// The newest picture, forwarded or dropped, as the source numbers it, and our number of the last forwarded.
    newest: Option<(u16, u16)>,
    /// Our count of the lowest layer's frames.
    tl0: Option<u8>,
    /// What is taken off the source's count of frames of the lowest layer.
    tl0_offset: u8,
    restarted: bool,
    /// Pairs as in `newest`, by the source's number's remainder.
    pictures: [(u16, u16); PICTURES],
}

impl Default for Rewriter {
    fn default() -> Self {
        let pictures = [(NONE, 0); PICTURES];
        Rewriter { newest: None, tl0: None, tl0_offset: 0, restarted: false, pictures }
    }
}

impl Rewriter {
    /// The next picture may have any number of its own: another stream, or the same after a pause. It goes out
    /// under the number behind the last.
    pub fn restart(&mut self) {
        self.restarted = true;
    }

    /// A packet is left out. The first one of a picture closes the gap that it would leave.
    pub fn drop(&mut self, payload: &Payload) {
        let Some(id) = payload.picture_id else { return };
        let Some((newest, out)) = self.newest.filter(|_| !self.restarted) else { return };
        if let Some(ahead) = ahead(newest, id) {
            self.note(id.value, out.wrapping_add(ahead - 1));
        }
    }

    /// The numbers that a forwarded packet gets: picture id (15 bits) and count of frames of the lowest layer. To be
    /// kept for its retransmission, and written with [`apply`]. Packets may come late and more than once.
    pub fn next(&mut self, payload: &Payload) -> (u16, u8) {
        let Some(id) = payload.picture_id else { return (0, self.next_tl0(payload)) };
        let out = match self.newest {
            None => id.value,
            Some((_, out)) if self.restarted => {
                // Late packets of what went before are not forwarded any more.
                self.pictures = [(NONE, 0); PICTURES];
                out.wrapping_add(1)
            }
            Some((newest, out)) => match ahead(newest, id) {
                Some(ahead) => out.wrapping_add(ahead),
                None => return (self.known(newest, out, id), self.next_tl0(payload)),
            },
        };
        let tl0 = self.next_tl0(payload);
        self.restarted = false;
        self.note(id.value, out);
        (out & 0x7fff, tl0)
    }

    fn next_tl0(&mut self, payload: &Payload) -> u8 {
        let Some(count) = payload.tl0_pic_idx else { return 0 };
        if self.restarted {
            self.tl0_offset = self.tl0.map_or(0, |last| count.wrapping_sub(last).wrapping_sub(1));
            self.restarted = payload.picture_id.is_some();
        }
        let tl0 = count.wrapping_sub(self.tl0_offset);
        if self.tl0.is_none_or(|last| tl0.wrapping_sub(last) < 0x80) {
            self.tl0 = Some(tl0);
        }
        tl0
    }

    fn note(&mut self, id: u16, out: u16) {
        let pair = (id, out & 0x7fff);
        self.newest = Some(pair);
        self.pictures[usize::from(id) % PICTURES] = pair;
    }

    /// Our number of a picture that is not newer than the newest.
    fn known(&self, newest: u16, out: u16, id: PictureId) -> u16 {
        let mask = mask(id);
        for back in 0..PICTURES as u16 {
            let earlier = id.value.wrapping_sub(back) & mask;
            let (number, its) = self.pictures[usize::from(earlier) % PICTURES];
            if number == earlier {
                return its.wrapping_add(back) & 0x7fff;
            }
        }
        out.wrapping_sub(newest.wrapping_sub(id.value) & mask) & 0x7fff
    }
}

fn mask(id: PictureId) -> u16 {
    if id.long { 0x7fff } else { 0x7f }
}

/// How many pictures `id` lies ahead of `newest`; `None` where it does not.
fn ahead(newest: u16, id: PictureId) -> Option<u16> {
    let mask = mask(id);
    let ahead = id.value.wrapping_sub(newest) & mask;
    (1..=mask / 2).contains(&ahead).then_some(ahead)
}

/// Writes numbers of [`Rewriter::next`] into a copy of the payload that `info` was read from. A field that the
/// payload does not have stays away; one of 7 bits gets the lower seven.
pub fn apply((picture_id, tl0_pic_idx): (u16, u8), info: &Payload, payload: &mut [u8]) {
    let at = usize::from(info.rewrite.picture_id);
    match info.picture_id {
        Some(PictureId { long: true, .. }) => {
            if let Some(field) = payload.get_mut(at..at + 2) {
                field.copy_from_slice(&(picture_id | 0x8000).to_be_bytes());
            }
        }
        Some(PictureId { long: false, .. }) => {
            if let Some(field) = payload.get_mut(at) {
                *field = (picture_id & 0x7f) as u8;
            }
        }
        None => {}
    }
    let at = usize::from(info.rewrite.tl0_pic_idx);
    if at != 0
        && let Some(field) = payload.get_mut(at)
    {
        *field = tl0_pic_idx;
    }
}
