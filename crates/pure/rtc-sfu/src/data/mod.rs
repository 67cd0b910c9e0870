//! Data channels: SCTP over DTLS (RFC 8831, RFC 8261), and the protocol that opens them (RFC 8832).
//!
//! [`Association`] is one transport's SCTP, by dcsctp. Drive it as all machines here: hand it decrypted packets
//! with [`Association::handle_packet`], call [`Association::handle_timeout`] when due, then send what
//! [`Association::poll_packet`] gives and take [`Association::poll_event`].
//!
//! What a peer can make us keep is bounded: streams, messages, what waits to be put together and what waits to
//! be acknowledged. A peer that goes beyond loses its association, and only that.

mod association;
pub mod dcep;
mod guard;
mod streams;
#[cfg(test)]
mod tests;

pub use association::{Association, AssociationOptions};
pub use guard::Violation;

use rtc_types::ortc::SctpStreamParameters;
use thiserror::Error;

/// Stream ids are below this, as in what browsers announce.
pub const STREAMS_MAX: u16 = 1024;
/// Bytes of one message, both ways.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// The port that peers without signaling of it have.
pub const DEFAULT_PORT: u16 = 5000;

/// A fact for the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataEvent {
    /// The association is up. What was sent before is on its way.
    Connected,
    /// The association is gone, with its channels. A peer that behaved may set up another.
    Closed(CloseReason),
    /// The peer opened a channel in band ([`crate::DataMode::Announced`]); it was acknowledged.
    Opened {
        /// The SCTP stream.
        stream: u16,
        /// Its label, at most [`dcep::NAME_BYTES_MAX`] bytes.
        label: String,
        /// Its protocol, likewise.
        protocol: String,
        /// How both sides send on it.
        parameters: SctpStreamParameters,
    },
    /// A whole message.
    Message {
        /// The SCTP stream.
        stream: u16,
        /// Whether it is binary, else UTF-8 text.
        binary: bool,
        /// The message, at most [`MESSAGE_BYTES_MAX`] bytes; may be empty.
        payload: Vec<u8>,
    },
    /// The peer closed a channel; our side of it was closed in answer.
    StreamClosed {
        /// The SCTP stream.
        stream: u16,
    },
}

/// Why an association is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The peer shut it down or aborted it.
    ByPeer,
    /// The peer does not answer (any more).
    NoAnswer,
    /// The peer went beyond a limit.
    Violation(Violation),
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The peer does not take what waits for it already.
    #[error("too much waits to be sent")]
    Full,
    /// Over [`MESSAGE_BYTES_MAX`].
    #[error("a message has at most {MESSAGE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not below [`STREAMS_MAX`], or no open channel where channels are announced.
    #[error("there is no such channel")]
    Stream,
    /// All streams of our side are in use.
    #[error("a transport carries at most {STREAMS_MAX} data channels")]
    TooMany,
    /// The association is gone.
    #[error("the association is closed")]
    Closed,
}
