//! The ORTC functions: from what a router has and a peer can, to how a track is received and sent.
//!
//! All of a room speaks the router's numbers: payload types and header-extension ids of
//! [`router_capabilities`]. [`validate_producer`] maps a sender's own numbers onto them,
//! [`consumable_parameters`] writes the track down in them once, and [`consumer_parameters`] cuts that to what
//! one receiver takes. Packets therefore differ between receivers only in SSRC, sequence, time and MID.
//!
//! The behaviour is that of the servers which `mediasoup-client` is written against, checked field by field
//! with recorded cases (`tests/ortc`); it is stricter where input would be absurd: see [`limits`].

mod consumer;
pub mod h264;
pub mod limits;
mod matching;
mod numbers;
mod payload;
mod producer;
mod router;
mod scalability;
mod validate;

#[cfg(test)]
mod tests;

pub use consumer::{can_consume, consumer_parameters};
pub use numbers::Numbers;
pub use payload::{CodecMap, MappedCodec};
pub use producer::{
    EncodingMapping, ProducerMapping, consumable_parameters, producer_type, validate_producer,
};
pub use router::{PROBATOR_MID, PROBATOR_PAYLOAD_TYPE, PROBATOR_SSRC, router_capabilities};
pub use scalability::{ScalabilityMode, parse_scalability_mode};
pub use validate::validate_capabilities;

pub(crate) use matching::{apt, codec_matches, rtx_serves};

/// Parameters or capabilities that make no sense, or need what the router has not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrtcError {
    /// A field is missing or out of range; the text names it.
    #[error("{0}")]
    Invalid(String),
    /// The router has no such codec; the text names it.
    #[error("{0}")]
    Unsupported(String),
}

impl OrtcError {
    fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    fn unsupported(text: impl Into<String>) -> Self {
        Self::Unsupported(text.into())
    }
}
