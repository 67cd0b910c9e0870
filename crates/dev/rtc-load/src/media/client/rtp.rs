//! RTP headers (RFC 3550, RFC 8285), as much of them as a judge reads and a publisher writes.

/// What counting needs of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Without the marker.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// The source.
    pub ssrc: u32,
}

/// What a datagram on a media port is (RFC 7983).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ICE check or its answer.
    Stun,
    /// A DTLS record.
    Dtls,
    /// Media.
    Rtp,
    /// Feedback (RFC 5761: payload types 64–95 with the marker are RTCP's).
    Rtcp,
}

/// Tells by the first bytes.
pub fn kind(datagram: &[u8]) -> Option<Kind> {
    match datagram {
        [0..=3, ..] => Some(Kind::Stun),
        [20..=63, ..] => Some(Kind::Dtls),
        [128..=191, 192..=223, ..] => Some(Kind::Rtcp),
        [128..=191, ..] => Some(Kind::Rtp),
        _ => None,
    }
}

impl Header {
    /// Reads the fixed part.
    pub fn read(packet: &[u8]) -> Option<Self> {
        let fixed = packet.first_chunk::<12>()?;
        Some(Self {
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        })
    }
}

/// The value of the header extension `id`.
pub fn extension(packet: &[u8], id: u8) -> Option<&[u8]> {
    let first = *packet.first()?;
    if first & 0x10 == 0 {
        return None;
    }
    let at = 12 + 4 * usize::from(first & 0x0F);
    let &[a, b, c, d] = packet.get(at..)?.first_chunk::<4>()?;
    let words = usize::from(u16::from_be_bytes([c, d]));
    let mut rest = packet.get(at + 4..at + 4 + 4 * words)?;
    let one_byte = (a, b) == (0xBE, 0xDE);
    while let Some((&first, after)) = rest.split_first() {
        if first == 0 {
            rest = after;
            continue;
        }
        let (found, length, values) = if one_byte {
            (first >> 4, usize::from(first & 0x0F) + 1, after)
        } else {
            let (&length, values) = after.split_first()?;
            (first, usize::from(length), values)
        };
        if found == id {
            return values.get(..length);
        }
        rest = values.get(length..)?;
    }
    None
}

/// Appends a header with the given extensions (ids 1–14, values of 1–16 bytes, in the one-byte form).
pub fn write(to: &mut Vec<u8>, header: &Header, marker: bool, timestamp: u32, extensions: &[(u8, &[u8])]) {
    to.push(if extensions.is_empty() { 0x80 } else { 0x90 });
    to.push(u8::from(marker) << 7 | header.payload_type);
    to.extend_from_slice(&header.sequence.to_be_bytes());
    to.extend_from_slice(&timestamp.to_be_bytes());
    to.extend_from_slice(&header.ssrc.to_be_bytes());
    if extensions.is_empty() {
        return;
    }
    let start = to.len();
    to.extend_from_slice(&[0xBE, 0xDE, 0, 0]);
    for (id, value) in extensions {
        to.push(id << 4 | (value.len() - 1) as u8);
        to.extend_from_slice(value);
    }
    to.resize(start + (to.len() - start).next_multiple_of(4), 0);
    let words = ((to.len() - start) / 4 - 1) as u16;
    to[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_header_is_read_with_its_extensions() {
        let header = Header { payload_type: 96, sequence: 7, ssrc: 0x0102_0304 };
        let mut packet = Vec::new();
        write(&mut packet, &header, true, 90_000, &[(4, b"0"), (5, &[1, 2]), (10, b"high")]);
        assert_eq!(packet.len() % 4, 0);
        assert_eq!((kind(&packet), Header::read(&packet)), (Some(Kind::Rtp), Some(header)));
        assert_eq!(extension(&packet, 5), Some(&[1, 2][..]));
        assert_eq!(extension(&packet, 10), Some(&b"high"[..]));
        assert_eq!(extension(&packet, 3), None);
    }

    #[test]
    fn the_two_byte_form_is_read_too() {
        let packet = [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 0, 2, 5, 2, 9, 8, 0, 6, 1, 7];
        assert_eq!(extension(&packet, 5), Some(&[9, 8][..]));
        assert_eq!(extension(&packet, 6), Some(&[7][..]));
        assert_eq!(extension(&packet[..20], 6), None);
    }

    #[test]
    fn datagrams_are_told_apart() {
        assert_eq!(kind(&[0, 1]), Some(Kind::Stun));
        assert_eq!(kind(&[22, 254]), Some(Kind::Dtls));
        assert_eq!(kind(&[0x81, 201]), Some(Kind::Rtcp));
        assert_eq!(kind(&[0x80, 0x80 | 96]), Some(Kind::Rtp));
        assert_eq!(kind(&[]), None);
    }
}
