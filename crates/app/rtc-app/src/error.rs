//! What use cases refuse, and whose fault it was.

use rtc_room::{ControlError, JoinError, RelayError, ResumeError};
use rtc_store::StoreError;
use rtc_types::{ErrorCode, Topology};
use std::fmt;

/// Why a request of a tenant or the operator was refused.
#[derive(Clone, Debug)]
pub enum RequestError {
    /// A field is wrong.
    Invalid {
        /// Which.
        path: &'static str,
        /// What is accepted.
        message: String,
    },
    /// Credentials are missing or wrong.
    Unauthorized,
    /// The caller may not do this.
    Forbidden(&'static str),
    /// This tenant has no such object.
    NotFound(&'static str),
    /// The object is in a state in which this cannot be done, or a cap is reached.
    Conflict(String),
    /// All places are taken.
    Full(&'static str),
    /// The idempotency key was used with another body.
    IdempotencyMismatch,
    /// Something that this needs is away: a text for people, and one for the log.
    Unavailable(String, String),
    /// The database failed.
    Store(StoreError),
    /// A fault of ours; the text is for the log.
    Internal(String),
}

impl RequestError {
    /// The contract's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            RequestError::Invalid { .. } => ErrorCode::ValidationError,
            RequestError::Unauthorized => ErrorCode::Unauthorized,
            RequestError::Forbidden(_) => ErrorCode::Forbidden,
            RequestError::NotFound(_) => ErrorCode::NotFound,
            RequestError::Conflict(_) => ErrorCode::Conflict,
            RequestError::Full(_) => ErrorCode::RoomFull,
            RequestError::IdempotencyMismatch => ErrorCode::IdempotencyMismatch,
            RequestError::Unavailable(..) => ErrorCode::Unavailable,
            RequestError::Store(error) => error.code(),
            RequestError::Internal(_) => ErrorCode::InternalError,
        }
    }

    /// What belongs in the log and nowhere else.
    pub fn log_text(&self) -> Option<&str> {
        match self {
            RequestError::Store(error) => Some(error.log_text()),
            RequestError::Internal(text) | RequestError::Unavailable(_, text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Invalid { path, message } => write!(f, "`{path}` {message}"),
            RequestError::Unauthorized => f.write_str("credentials are missing or wrong"),
            RequestError::Forbidden(text) => f.write_str(text),
            RequestError::NotFound(what) => write!(f, "there is no such {what}"),
            RequestError::Full(text) => f.write_str(text),
            RequestError::Conflict(text) | RequestError::Unavailable(text, _) => f.write_str(text),
            RequestError::IdempotencyMismatch => {
                f.write_str("this Idempotency-Key was used before with another body")
            }
            RequestError::Store(error) => error.fmt(f),
            RequestError::Internal(_) => f.write_str("the server failed; the log has the details"),
        }
    }
}

impl std::error::Error for RequestError {}

impl From<rtc_bus::BusError> for RequestError {
    fn from(error: rtc_bus::BusError) -> Self {
        let log_text = error.log_text().to_owned();
        match error.code() {
            ErrorCode::Unavailable => RequestError::Unavailable(error.to_string(), log_text),
            _ => RequestError::Internal(log_text),
        }
    }
}

impl From<crate::MediaRoomsError> for RequestError {
    fn from(error: crate::MediaRoomsError) -> Self {
        RequestError::Unavailable(error.to_string(), error.log_text().to_owned())
    }
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        RequestError::Store(error)
    }
}

/// Why a peer did not get a seat, or a peer's message was refused.
#[derive(Clone, Debug)]
pub enum SessionError {
    /// The token is malformed, forged, used, revoked or for another room.
    InvalidToken(&'static str),
    /// The token is past its `exp`.
    TokenExpired,
    /// There is no such room.
    RoomNotFound,
    /// An id is not of the accepted form.
    InvalidId {
        /// Which field.
        field: &'static str,
        /// What is accepted.
        why: rtc_types::IdError,
    },
    /// The user was kicked with a ban.
    Banned,
    /// Media of the room travels this way, which the peer's surface cannot follow.
    Topology(Topology),
    /// The room's media would travel through a media server, which this server does not have.
    NeedsMediaServer,
    /// The tenant has as many peers as it may.
    PeersMax,
    /// The server is about to stop.
    ShuttingDown,
    /// The room refused the join.
    Join(JoinError),
    /// The room refused the resume.
    Resume(ResumeError),
    /// The room refused the message.
    Relay(RelayError),
    /// The room refused the control.
    Control(ControlError),
    /// The database failed.
    Store(StoreError),
}

impl SessionError {
    /// The contract's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            SessionError::InvalidToken(_) => ErrorCode::InvalidToken,
            SessionError::TokenExpired => ErrorCode::TokenExpired,
            SessionError::RoomNotFound => ErrorCode::RoomNotFound,
            SessionError::InvalidId { .. } => ErrorCode::InvalidMessage,
            SessionError::Banned => ErrorCode::Kicked,
            SessionError::NeedsMediaServer | SessionError::ShuttingDown => ErrorCode::Unavailable,
            SessionError::Topology(_) => ErrorCode::Conflict,
            SessionError::PeersMax => ErrorCode::RoomFull,
            SessionError::Join(error) => error.code(),
            SessionError::Resume(error) => error.code(),
            SessionError::Relay(error) => error.code(),
            SessionError::Control(error) => error.code(),
            SessionError::Store(error) => error.code(),
        }
    }

    /// What belongs in the log and nowhere else.
    pub fn log_text(&self) -> Option<&str> {
        match self {
            SessionError::Store(error) => Some(error.log_text()),
            _ => None,
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::InvalidToken(why) => f.write_str(why),
            SessionError::TokenExpired => f.write_str("the token has expired; ask for a new one"),
            SessionError::RoomNotFound => f.write_str("there is no such room"),
            SessionError::InvalidId { field, why } => write!(f, "`{field}` {why}"),
            SessionError::Banned => f.write_str("this user was removed from the room and may not come back"),
            SessionError::Topology(Topology::Sfu) => f.write_str(
                "media of this room travels through the media server: publish and subscribe there",
            ),
            SessionError::Topology(Topology::P2p) => {
                f.write_str("media of this room travels from peer to peer, not through the media server")
            }
            SessionError::NeedsMediaServer => {
                f.write_str("rooms of topology sfu need the media server, which this server does not have")
            }
            SessionError::PeersMax => f.write_str("the app has as many peers connected as its limit allows"),
            SessionError::ShuttingDown => f.write_str("the server is about to stop; connect again"),
            SessionError::Join(error) => error.fmt(f),
            SessionError::Resume(error) => error.fmt(f),
            SessionError::Relay(error) => error.fmt(f),
            SessionError::Control(error) => error.fmt(f),
            SessionError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SessionError {}

macro_rules! from { ($($source:ty => $variant:ident),+) => { $(
    impl From<$source> for SessionError {
        fn from(error: $source) -> Self { SessionError::$variant(error) }
    }
)+ } }

from!(JoinError => Join, ResumeError => Resume, RelayError => Relay, ControlError => Control, StoreError => Store);
