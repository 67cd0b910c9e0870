//! Which datagrams are handed to the DTLS library. What is dropped here would end or block a handshake although
//! anyone can forge it, since it is not authenticated.

const RECORD_HEADER: usize = 13;
const MESSAGE_HEADER: usize = 12;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;

/// Bytes of a datagram during the handshake. With [`QUEUE_MAX`] it bounds what half a handshake can occupy.
pub(super) const HANDSHAKE_DATAGRAM_MAX: usize = 2048;
/// Datagrams of a handshake that wait for others.
pub(super) const QUEUE_MAX: usize = 16;
/// Bytes of a datagram of a connection: one record of the largest size with its header, nonce and tag.
const DATAGRAM_MAX: usize = RECORD_HEADER + 16_384 + 8 + 16;

/// Bytes of a ClientHello; those with the keys of post-quantum exchanges have 2,000.
const HELLO_MAX: u32 = 8192;

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// We are the server and have answered nothing yet.
    Listening,
    /// In the handshake, as server.
    Serving,
    /// In the handshake, as client.
    Calling,
    /// Keys were given out.
    Connected,
    /// It is over.
    Ended,
}

/// Whether a datagram may be handed on.
pub(super) fn admits(stage: Stage, datagram: &[u8]) -> bool {
    let max = if stage == Stage::Connected { DATAGRAM_MAX } else { HANDSHAKE_DATAGRAM_MAX };
    stage != Stage::Ended
        && datagram.len() <= max
        && Records(datagram).all(|record| record.is_admitted(stage))
}

/// What part of a peer's first message a datagram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// All of it.
    Whole,
    /// Its beginning.
    First,
    /// Another part.
    Later,
}

/// Looks at a datagram that came before any hello was answered; `None` for all that is not a hello.
pub(super) fn hello(datagram: &[u8]) -> Option<Hello> {
    if datagram.len() > HANDSHAKE_DATAGRAM_MAX {
        return None;
    }
    let record = Records(datagram).next()?;
    let (header, body) = record.fragment.split_first_chunk::<MESSAGE_HEADER>()?;
    let number = |at: usize| u32::from_be_bytes([0, header[at], header[at + 1], header[at + 2]]);
    let (total, offset, len) = (number(1), number(6), number(9));
    let is_hello = record.kind == HANDSHAKE && !record.encrypted && header[0] == CLIENT_HELLO;
    let is_first_message = header[4..6] == [0, 0];
    let fits = total <= HELLO_MAX && offset + len <= total && len as usize <= body.len();
    (is_hello && is_first_message && fits).then_some(match (offset, len == total) {
        (0, true) => Hello::Whole,
        (0, false) => Hello::First,
        _ => Hello::Later,
    })
}

/// One record; what is cut short is left to the library, which drops it.
struct Record<'a> {
    kind: u8,
    encrypted: bool,
    fragment: &'a [u8],
}

impl Record<'_> {
    fn is_admitted(&self, stage: Stage) -> bool {
        match self.kind {
            _ if self.encrypted => true,
            // A plain alert ends a handshake. A peer that means it is gone anyhow, and is found so by timeout.
            ALERT => false,
            // The library ignores a repeated hello (number 0) and keeps one with another number in the place of
            // the message that the handshake waits for.
            HANDSHAKE if self.fragment.first() == Some(&CLIENT_HELLO) => {
                stage == Stage::Serving && self.fragment.get(4..6) == Some(&[0, 0])
            }
            _ => true,
        }
    }
}

struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;
    fn next(&mut self) -> Option<Record<'a>> {
        let (header, rest) = self.0.split_first_chunk::<RECORD_HEADER>()?;
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        let (fragment, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Record { kind: header[0], encrypted: header[3..5] != [0, 0], fragment })
    }
}
