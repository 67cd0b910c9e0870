//! What a datagram is, by its first bytes: all protocols of a transport share one port (RFC 7983).

/// The protocol of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An ICE check.
    Stun,
    /// A handshake message or application data.
    Dtls,
    /// Media, protected.
    Rtp,
    /// Reports and feedback, protected.
    Rtcp,
    /// Nothing that we take in (TURN channels, ZRTP and QUIC among it), or too short.
    Unknown,
}

/// The shortest datagrams that can be what their first byte says.
const STUN_HEADER_BYTES: usize = 20;
const DTLS_HEADER_BYTES: usize = 13;
const RTP_HEADER_BYTES: usize = 12;
const RTCP_HEADER_BYTES: usize = 8;

/// Tells the protocol by the first byte (RFC 7983, section 7), and RTCP from RTP by the packet type
/// (RFC 5761, section 4). Nothing else is looked at: each protocol's parser does the rest.
pub fn classify(datagram: &[u8]) -> Class {
    let [first, second, ..] = *datagram else { return Class::Unknown };
    let (class, bytes_min) = match first {
        0..=3 => (Class::Stun, STUN_HEADER_BYTES),
        20..=63 => (Class::Dtls, DTLS_HEADER_BYTES),
        128..=191 if (192..=223).contains(&second) => (Class::Rtcp, RTCP_HEADER_BYTES),
        128..=191 => (Class::Rtp, RTP_HEADER_BYTES),
        _ => return Class::Unknown,
    };
    if datagram.len() < bytes_min { Class::Unknown } else { class }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(first: u8, second: u8, bytes: usize) -> Vec<u8> {
        let mut datagram = vec![0; bytes];
        datagram[..2].copy_from_slice(&[first, second]);
        datagram
    }

    #[test]
    fn each_first_byte_has_one_protocol() {
        for first in 0..=255 {
            let expected = match first {
                0..=3 => Class::Stun,
                20..=63 => Class::Dtls,
                128..=191 => Class::Rtp,
                _ => Class::Unknown,
            };
            assert_eq!(classify(&datagram(first, 96, 1200)), expected, "{first}");
        }
    }

    #[test]
    fn packet_types_192_to_223_are_rtcp() {
        for second in 0..=255 {
            let expected = if (192..=223).contains(&second) { Class::Rtcp } else { Class::Rtp };
            assert_eq!(classify(&datagram(0x80, second, 1200)), expected, "{second}");
        }
    }

    #[test]
    fn what_is_too_short_for_its_header_is_unknown() {
        assert_eq!(classify(&[]), Class::Unknown);
        assert_eq!(classify(&[0]), Class::Unknown);
        for (first, second, bytes) in [(0, 1, 20), (22, 254, 13), (0x80, 96, 12), (0x80, 200, 8)] {
            assert_eq!(classify(&datagram(first, second, bytes - 1)), Class::Unknown);
            assert_ne!(classify(&datagram(first, second, bytes)), Class::Unknown);
        }
    }
}
