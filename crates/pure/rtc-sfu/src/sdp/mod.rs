//! SDP (RFC 8866), for the peers that negotiate with it: sessions are read into the ORTC model and written out
//! of it, so that the engine knows one form of parameters.
//!
//! Where the client publishes, it offers: [`parse`], [`producer_parameters`] for each section, [`answer`]. Where it
//! subscribes, we offer: an [`Offerer`] keeps the sections in their order, and takes the client's answers. A client
//! that has one connection for both ways always offers, and receives in sections that it offers to receive on:
//! [`receiver`] tells how it takes a track there. Both sides bundle everything on one transport (RFC 8843) with
//! RTCP multiplexed, and we are ICE-lite.
//!
//! Every count and length is limited, and what makes no sense is a typed [`SdpError`].

mod answer;
mod attribute;
mod model;
mod offerer;
mod parse;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use answer::{MediaAnswer, SentTrack, answer};
pub use model::{Direction, Extension, Media, MediaType, Rid, Session, Setup, SsrcGroup};
pub use offerer::{Accepted, Offerer};
pub use parse::parse;
pub use read::{capabilities, producer_parameters, receiver};
pub use write::{Origin, TransportDescription};

/// Bytes of one session.
pub const SDP_BYTES_MAX: usize = 256 * 1024;
/// Lines of one session.
pub const LINES_MAX: usize = 10_000;
/// Media sections of one session.
pub const SECTIONS_MAX: usize = 200;

/// Why a session was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// More than [`SDP_BYTES_MAX`].
    #[error("the SDP is longer than {SDP_BYTES_MAX} bytes")]
    TooLong,
    /// More of something than is taken; the text names it.
    #[error("the SDP has too many {0}")]
    TooMany(&'static str),
    /// A line that is none, or whose value cannot be read; lines count from 1.
    #[error("line {line} of the SDP: {reason}")]
    Line {
        /// Which.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Something that has to be distinct is there twice; the text names it.
    #[error("the SDP has the same {0} twice")]
    Twice(&'static str),
    /// Something that has to be there is not; the text names it.
    #[error("the SDP has no {0}")]
    Missing(&'static str),
    /// An answer whose sections are not those of the offer.
    #[error("the answer's sections are not those of the offer")]
    OtherSections,
    /// A section that sends nothing that the router knows.
    #[error("the section offers no codec that the server has")]
    NoCodec,
}
