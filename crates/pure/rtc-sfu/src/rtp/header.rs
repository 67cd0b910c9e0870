//! The header of an RTP packet (RFC 3550, section 5.1).

use super::{ExtensionBlock, Malformed, u16_at, u32_at};

/// Bytes of the header that every packet has: no contributing sources, no extension block.
pub const FIXED_HEADER_LEN: usize = 12;

const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const MARKER_BIT: u8 = 0x80;

/// A packet's header, read. It is never encrypted by SRTP, so it can be read before decryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Video: the last packet of a frame. Audio: the first after a silence.
    pub marker: bool,
    /// 0 to 127, as the sender's negotiation names it.
    pub payload_type: u8,
    /// Counts packets, wrapping.
    pub sequence: u16,
    /// In units of the codec's clock, wrapping.
    pub timestamp: u32,
    /// The stream.
    pub ssrc: u32,
    /// How many contributing sources are listed, 0 to 15.
    pub csrcs: u8,
    /// Bytes of header, with contributing sources and extension block: where the payload begins.
    pub len: usize,
    /// The payload ends with padding.
    pub has_padding: bool,
    /// Where the extension block lies.
    pub extension: Option<ExtensionBlock>,
}

impl Header {
    /// Reads the header of a packet, encrypted or plain.
    ///
    /// # Errors
    /// The packet is too short for what its header announces, or not of version 2.
    pub fn parse(packet: &[u8]) -> Result<Header, Malformed> {
        let fixed: &[u8; FIXED_HEADER_LEN] = packet.first_chunk().ok_or(Malformed::Short)?;
        if fixed[0] >> 6 != 2 {
            return Err(Malformed::Version);
        }
        let csrcs = fixed[0] & 0x0f;
        let mut len = FIXED_HEADER_LEN + 4 * usize::from(csrcs);
        if len > packet.len() {
            return Err(Malformed::Sources);
        }
        let mut extension = None;
        if fixed[0] & EXTENSION_BIT != 0 {
            let profile = u16_at(packet, len).ok_or(Malformed::Extension)?;
            let words = u16_at(packet, len + 2).ok_or(Malformed::Extension)?;
            let block = ExtensionBlock { profile, start: len + 4, len: 4 * usize::from(words) };
            len = block.start + block.len;
            if len > packet.len() {
                return Err(Malformed::Extension);
            }
            extension = Some(block);
        }
        Ok(Header {
            marker: fixed[1] & MARKER_BIT != 0,
            payload_type: fixed[1] & !MARKER_BIT,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            csrcs,
            len,
            has_padding: fixed[0] & PADDING_BIT != 0,
            extension,
        })
    }

    /// The payload without its padding. `plain` is the whole packet, header included, after decryption and
    /// without the authentication tag. Empty for a packet of padding alone, as bandwidth probes are.
    ///
    /// # Errors
    /// The padding is empty or longer than the payload, or `plain` is shorter than the header.
    pub fn payload<'a>(&self, plain: &'a [u8]) -> Result<&'a [u8], Malformed> {
        let padding = self.padding_len(plain)?;
        plain.get(self.len..plain.len() - padding).ok_or(Malformed::Short)
    }

    /// Bytes of padding at the end of the whole decrypted packet, the counting byte included. 0 where there is none.
    ///
    /// # Errors
    /// As [`Header::payload`].
    pub fn padding_len(&self, plain: &[u8]) -> Result<usize, Malformed> {
        if !self.has_padding {
            return Ok(0);
        }
        let room = plain.len().checked_sub(self.len).ok_or(Malformed::Short)?;
        let padding = usize::from(*plain.last().ok_or(Malformed::Short)?);
        if padding == 0 || padding > room { Err(Malformed::Padding) } else { Ok(padding) }
    }

    /// The contributing sources of the packet that this header was read from.
    pub fn sources<'a>(&self, packet: &'a [u8]) -> impl Iterator<Item = u32> + use<'a> {
        (0..usize::from(self.csrcs)).map_while(move |at| u32_at(packet, FIXED_HEADER_LEN + 4 * at))
    }
}

/// What [`write_header`] writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// See [`Header::marker`].
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// See [`Header::sequence`].
    pub sequence: u16,
    /// See [`Header::timestamp`].
    pub timestamp: u32,
    /// See [`Header::ssrc`].
    pub ssrc: u32,
    /// An extension block follows the header.
    pub has_extension: bool,
    /// The payload will end with padding.
    pub has_padding: bool,
}

/// Writes a header without contributing sources at the start of `buffer` and gives its length, always
/// [`FIXED_HEADER_LEN`]. `None` where the buffer is shorter.
pub fn write_header(buffer: &mut [u8], fields: &Fields) -> Option<usize> {
    let fixed: &mut [u8; FIXED_HEADER_LEN] = buffer.first_chunk_mut()?;
    fixed[0] = 0x80
        | if fields.has_padding { PADDING_BIT } else { 0 }
        | if fields.has_extension { EXTENSION_BIT } else { 0 };
    fixed[1] = fields.payload_type & !MARKER_BIT | if fields.marker { MARKER_BIT } else { 0 };
    fixed[2..4].copy_from_slice(&fields.sequence.to_be_bytes());
    fixed[4..8].copy_from_slice(&fields.timestamp.to_be_bytes());
    fixed[8..12].copy_from_slice(&fields.ssrc.to_be_bytes());
    Some(FIXED_HEADER_LEN)
}
