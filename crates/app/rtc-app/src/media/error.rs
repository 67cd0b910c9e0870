//! Why something about media was not done.

use super::backend;
use rtc_sfu::{
    ConsumeError, DataError, ProduceError, TransportError, UnknownId, ortc::OrtcError, sdp::SdpError,
};
use rtc_types::ErrorCode;
use thiserror::Error;

/// Why something about media was not done. The rest of the call goes on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MediaError {
    /// The server runs without the media server.
    #[error("this server has no media server")]
    Disabled,
    /// Media of the room travels from peer to peer.
    #[error("media of this room travels from peer to peer, not through the server")]
    PeerToPeer,
    /// The seat has ended.
    #[error("the peer is not in the room any more")]
    NotInRoom,
    /// The peer's role does not allow it.
    #[error("a viewer may not publish")]
    Forbidden,
    /// The peer has no such thing, or the room no such producer.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The transport is made for the other direction.
    #[error("the transport is made to {0}")]
    Direction(&'static str),
    /// The transport was connected before.
    #[error("the transport is connected already")]
    AlreadyConnected,
    /// The peer, or one of its transports, has as many as it may.
    #[error("at most {max} {what} at once")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many.
        max: usize,
    },
    /// Parameters that make no sense or that the server has no codec for; the text says which.
    #[error("{0}")]
    Invalid(String),
    /// The capabilities do not include the producer's codec.
    #[error("these capabilities cannot receive the producer's codec")]
    CannotConsume,
    /// The worker that had the room died; the room is placed anew with the next transport.
    #[error("the media of this room was lost; make new transports")]
    WorkerDied,
}

impl MediaError {
    /// The contract's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            MediaError::Disabled | MediaError::WorkerDied => ErrorCode::Unavailable,
            MediaError::PeerToPeer | MediaError::AlreadyConnected | MediaError::TooMany { .. } => {
                ErrorCode::Conflict
            }
            MediaError::NotInRoom => ErrorCode::NotInRoom,
            MediaError::Forbidden => ErrorCode::Forbidden,
            MediaError::Unknown(_) => ErrorCode::NotFound,
            MediaError::Direction(_) | MediaError::Invalid(_) | MediaError::CannotConsume => {
                ErrorCode::ValidationError
            }
        }
    }
}

impl From<backend::WorkerDied> for MediaError {
    fn from(_: backend::WorkerDied) -> Self {
        MediaError::WorkerDied
    }
}

impl From<UnknownId> for MediaError {
    fn from(error: UnknownId) -> Self {
        MediaError::Unknown(error.0)
    }
}

impl From<OrtcError> for MediaError {
    fn from(error: OrtcError) -> Self {
        MediaError::Invalid(error.to_string())
    }
}

impl From<SdpError> for MediaError {
    fn from(error: SdpError) -> Self {
        MediaError::Invalid(error.to_string())
    }
}

impl From<TransportError> for MediaError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unknown(error) => error.into(),
            TransportError::AlreadyConnected => MediaError::AlreadyConnected,
            TransportError::Fingerprint(text) => MediaError::Invalid(text),
        }
    }
}

impl From<ProduceError> for MediaError {
    fn from(error: ProduceError) -> Self {
        match error {
            ProduceError::Unknown(error) => error.into(),
            ProduceError::Parameters(error) => error.into(),
            ProduceError::TooMany(max) => MediaError::TooMany { what: "tracks on a transport", max },
        }
    }
}

impl From<ConsumeError> for MediaError {
    fn from(error: ConsumeError) -> Self {
        match error {
            ConsumeError::Unknown(error) => error.into(),
            ConsumeError::CannotConsume => MediaError::CannotConsume,
            ConsumeError::Parameters(error) => error.into(),
            ConsumeError::OtherRouter => MediaError::Unknown("producer"),
            ConsumeError::TooMany(max) => MediaError::TooMany { what: "tracks on a transport", max },
        }
    }
}

impl From<DataError> for MediaError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Unknown(error) => error.into(),
            DataError::NoSctp | DataError::StreamId(_) => MediaError::Invalid(error.to_string()),
            DataError::OtherRouter => MediaError::Unknown("data producer"),
            DataError::TooMany(max) => MediaError::TooMany { what: "data channels on a transport", max },
        }
    }
}
