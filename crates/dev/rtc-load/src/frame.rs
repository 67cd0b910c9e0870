//! WebSocket frames (RFC 6455) as a load generator needs them: whole text frames out, whole frames in.
//!
//! Client frames are masked with the zero key: the server undoes a mask all the same, and the generator, which
//! shares its cores with the server under test, saves the work of applying one.

/// What a frame carries (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// Goes on with the fragments before; more follow.
    Middle = 0x0,
    /// UTF-8 text.
    Text = 0x1,
    /// The first fragment of a text; no opcode of its own on the wire, as the next.
    First = 0x10,
    /// The last fragment.
    Last = 0x11,
    /// The peer closes; a code and a reason may follow.
    Close = 0x8,
    /// Asks for a pong with the same payload.
    Ping = 0x9,
    /// Answers a ping.
    Pong = 0xA,
}

/// A frame in the receive buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it carries.
    pub opcode: Opcode,
    /// The unmasked payload.
    pub payload: &'a [u8],
    /// Bytes of the buffer that the frame takes, header included.
    pub length: usize,
}

/// Why the bytes are not a frame that this client reads.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Binary frames and extensions are never negotiated, so a server must not send them here.
    Unsupported(u8),
    /// Servers must not mask (section 5.1).
    Masked,
    /// The length is larger than any message of the contracts.
    TooLong(u64),
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsupported(byte) => write!(f, "unsupported first frame byte {byte:#04x}"),
            Self::Masked => write!(f, "the server masked a frame"),
            Self::TooLong(bytes) => write!(f, "a frame of {bytes} bytes is over {FRAME_BYTES_MAX}"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Largest payload taken, in bytes.
pub const FRAME_BYTES_MAX: u64 = 1 << 20;

/// Appends one final, masked frame to `out`.
pub fn encode(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    out.push(0x80 | opcode as u8);
    match payload.len() {
        n @ 0..=125 => out.push(0x80 | n as u8),
        n @ 126..=0xFFFF => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// Reads the frame at the start of `buffer`; `None` until all of it is there.
pub fn decode(buffer: &[u8]) -> Result<Option<Frame<'_>>, FrameError> {
    let [first, second, rest @ ..] = buffer else {
        return Ok(None);
    };
    let opcode = match first {
        0x81 => Opcode::Text,
        0x01 => Opcode::First,
        0x00 => Opcode::Middle,
        0x80 => Opcode::Last,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8A => Opcode::Pong,
        other => return Err(FrameError::Unsupported(*other)),
    };
    if second & 0x80 != 0 {
        return Err(FrameError::Masked);
    }
    let (header, payload_length) = match second {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (4, u64::from(u16::from_be_bytes(*bytes))),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (10, u64::from_be_bytes(*bytes)),
            None => return Ok(None),
        },
        short => (2, u64::from(*short)),
    };
    if payload_length > FRAME_BYTES_MAX {
        return Err(FrameError::TooLong(payload_length));
    }
    let length = header + payload_length as usize;
    Ok(buffer.get(header..length).map(|payload| Frame { opcode, payload, length }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A server's frame, built independently of `encode`.
    fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            n if n < 126 => bytes.push(n as u8),
            n if n < 65_536 => {
                bytes.extend_from_slice(&[126, (n >> 8) as u8, n as u8]);
            }
            n => {
                bytes.push(127);
                bytes.extend_from_slice(&(n as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn a_frame_of_every_length_form_is_read_whole() {
        for size in [0, 1, 125, 126, 300, 65_535, 65_536, 100_000] {
            let payload = vec![b'x'; size];
            let bytes = server_frame(0x81, &payload);
            let frame = decode(&bytes).unwrap().unwrap();
            assert_eq!((frame.opcode, frame.length), (Opcode::Text, bytes.len()));
            assert_eq!(frame.payload, payload);
        }
    }

    #[test]
    fn every_prefix_of_a_frame_asks_for_more() {
        let bytes = server_frame(0x81, &[b'x'; 200]);
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), Ok(None), "cut at {cut}");
        }
    }

    #[test]
    fn a_second_frame_in_the_buffer_is_left_alone() {
        let mut bytes = server_frame(0x89, b"now");
        let first = bytes.len();
        bytes.extend(server_frame(0x81, b"later"));
        let frame = decode(&bytes).unwrap().unwrap();
        assert_eq!((frame.opcode, frame.payload, frame.length), (Opcode::Ping, &b"now"[..], first));
        assert_eq!(decode(&bytes[first..]).unwrap().unwrap().payload, b"later");
    }

    #[test]
    fn binary_extensions_masks_and_huge_lengths_are_refused() {
        assert_eq!(decode(&[0x82, 0x00]), Err(FrameError::Unsupported(0x82)));
        assert_eq!(decode(&[0xC1, 0x00]), Err(FrameError::Unsupported(0xC1)));
        assert_eq!(decode(&[0x81, 0x80, 0, 0, 0, 0]), Err(FrameError::Masked));
        let huge = [0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0];
        assert_eq!(decode(&huge), Err(FrameError::TooLong(1 << 32)));
    }

    #[test]
    fn an_encoded_frame_is_final_masked_and_carries_its_payload() {
        for (size, header) in [(5, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = vec![b'y'; size];
            let mut bytes = Vec::new();
            encode(&mut bytes, Opcode::Text, &payload);
            assert_eq!((bytes[0], bytes[1] & 0x80), (0x81, 0x80));
            assert_eq!(&bytes[header..header + 4], &[0; 4], "the zero mask of a {size} byte payload");
            assert_eq!(&bytes[header + 4..], payload);
        }
    }
}
