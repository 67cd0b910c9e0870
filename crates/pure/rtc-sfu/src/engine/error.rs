//! Why the engine did not do what it was asked.

use crate::ortc::OrtcError;
use thiserror::Error;

/// No such router, transport, producer or consumer (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("there is no such {0}")]
pub struct UnknownId(pub &'static str);

/// Why a transport was not made, connected or restarted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransportError {
    /// See [`UnknownId`].
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// It was connected before.
    #[error("the transport is connected already")]
    AlreadyConnected,
    /// No fingerprint that can be checked (sha-256, sha-384, sha-512 can).
    #[error("{0}")]
    Fingerprint(String),
}

/// Why a track is not received.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProduceError {
    /// See [`UnknownId`].
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// The parameters make no sense, or need what the router has not.
    #[error(transparent)]
    Parameters(#[from] OrtcError),
    /// The transport has as many as it may.
    #[error("a transport carries at most {0} tracks")]
    TooMany(usize),
}

/// Why a track is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConsumeError {
    /// See [`UnknownId`].
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// The receiver cannot take the producer's codec.
    #[error("the capabilities do not include the producer's codec")]
    CannotConsume,
    /// The capabilities make no sense.
    #[error(transparent)]
    Parameters(#[from] OrtcError),
    /// The producer is of another router.
    #[error("the producer is in another room")]
    OtherRouter,
    /// The transport has as many as it may.
    #[error("a transport carries at most {0} tracks")]
    TooMany(usize),
}

/// Why a data channel is not made or a message not sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DataError {
    /// See [`UnknownId`].
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// The transport was made without data channels.
    #[error("the transport carries no data channels")]
    NoSctp,
    /// The stream id is in use, or out of range.
    #[error("stream id {0} is in use or out of range")]
    StreamId(u16),
    /// The producer is of another router.
    #[error("the data producer is in another room")]
    OtherRouter,
    /// The transport has as many as it may.
    #[error("a transport carries at most {0} data channels")]
    TooMany(usize),
}
