//! The messages that open a channel in band (RFC 8832).

use super::STREAMS_MAX;
use rtc_types::ortc::SctpStreamParameters;

/// Bytes of a label and of a protocol; the format would allow 65,535.
pub const NAME_BYTES_MAX: usize = 1024;

const ACK: u8 = 0x02;
const OPEN: u8 = 0x03;
const UNORDERED: u8 = 0x80;
const RELIABLE: u8 = 0x00;
const LIMITED_RETRANSMITS: u8 = 0x01;
const LIMITED_LIFE_TIME: u8 = 0x02;

/// A message of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dcep<'a> {
    /// A channel is to be had on this stream.
    Open {
        /// How both sides send on it.
        parameters: SctpStreamParameters,
        /// Its name.
        label: &'a str,
        /// What is spoken on it.
        protocol: &'a str,
    },
    /// It is had.
    Ack,
}

impl<'a> Dcep<'a> {
    /// Reads a message that came on a stream; `None` where it is malformed or beyond a limit.
    pub fn parse(stream: u16, message: &'a [u8]) -> Option<Dcep<'a>> {
        if *message == [ACK] {
            return Some(Dcep::Ack);
        }
        let (head, names) = message.split_first_chunk::<12>()?;
        let [OPEN, channel, _, _, r0, r1, r2, r3, l0, l1, p0, p1] = *head else { return None };
        if stream >= STREAMS_MAX {
            return None;
        }
        // Milliseconds or retransmissions; what is over a minute or so is as good as without limit.
        let limit = u32::from_be_bytes([r0, r1, r2, r3]);
        let limit = u16::try_from(limit).unwrap_or(u16::MAX);
        let (max_retransmits, max_packet_life_time) = match channel & !UNORDERED {
            RELIABLE => (None, None),
            LIMITED_RETRANSMITS => (Some(limit), None),
            LIMITED_LIFE_TIME => (None, Some(limit)),
            _ => return None,
        };
        let ordered = channel & UNORDERED == 0;
        let (label, protocol) = names.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
        if protocol.len() != usize::from(u16::from_be_bytes([p0, p1])) {
            return None;
        }
        let name =
            |bytes: &'a [u8]| std::str::from_utf8(bytes).ok().filter(|name| name.len() <= NAME_BYTES_MAX);
        Some(Dcep::Open {
            parameters: SctpStreamParameters {
                stream_id: stream,
                ordered,
                max_packet_life_time,
                max_retransmits,
            },
            label: name(label)?,
            protocol: name(protocol)?,
        })
    }

    /// The message's bytes. Names are cut after [`NAME_BYTES_MAX`] bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Dcep::Open { parameters, label, protocol } = self else { return vec![ACK] };
        let (kind, limit) = match (parameters.max_retransmits, parameters.max_packet_life_time) {
            (Some(retransmits), _) => (LIMITED_RETRANSMITS, retransmits),
            (None, Some(millis)) => (LIMITED_LIFE_TIME, millis),
            (None, None) => (RELIABLE, 0),
        };
        let cut = |name: &'a str| name.get(..name.floor_char_boundary(NAME_BYTES_MAX)).unwrap_or_default();
        let (label, protocol) = (cut(label), cut(protocol));
        let mut message = vec![OPEN, if parameters.ordered { kind } else { kind | UNORDERED }, 0, 0];
        message.extend_from_slice(&u32::from(limit).to_be_bytes());
        for name in [label, protocol] {
            message.extend_from_slice(&(name.len() as u16).to_be_bytes());
        }
        message.extend_from_slice(label.as_bytes());
        message.extend_from_slice(protocol.as_bytes());
        message
    }
}
