//! One error enum a call; each variant yields one [`ErrorCode`] and a text for people.

use rtc_room::{JoinError, RelayError};
use rtc_types::ErrorCode;
use rtc_wire::error::{ErrorBody, ErrorDetail, ErrorInfo, status};
use std::fmt;

/// An argument that is not of the accepted form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    /// The field, as the wire calls it.
    pub path: &'static str,
    /// What is accepted.
    pub message: String,
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.message)
    }
}

/// Any call's error as an HTTP answer, for hosts that serve the calls themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The body; its `request_id` is the host's to fill in.
    pub body: ErrorBody,
}

impl Refusal {
    fn new(code: ErrorCode, message: String, invalid: Option<&InvalidInput>) -> Self {
        let detail =
            |input: &InvalidInput| ErrorDetail { path: input.path.into(), message: input.message.clone() };
        let details = invalid.into_iter().map(detail).collect();
        let error = ErrorInfo { code: code.as_str().into(), message, details };
        Self { status: status(code), body: ErrorBody { error, request_id: String::new() } }
    }
}

macro_rules! errors {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $code:ident, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            /// An argument is not of the accepted form.
            Invalid(InvalidInput),
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// The contract's code.
            pub fn code(&self) -> ErrorCode {
                match self {
                    $name::Invalid(_) => ErrorCode::ValidationError,
                    $($name::$variant => ErrorCode::$code),+
                }
            }

            /// The argument that is at fault, where one is.
            pub fn invalid(&self) -> Option<&InvalidInput> {
                match self {
                    $name::Invalid(input) => Some(input),
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $name::Invalid(input) => input.fmt(f),
                    $($name::$variant => f.write_str($text)),+
                }
            }
        }

        impl std::error::Error for $name {}

        impl From<$name> for Refusal {
            fn from(error: $name) -> Self {
                Refusal::new(error.code(), error.to_string(), error.invalid())
            }
        }

        impl From<InvalidInput> for $name {
            fn from(input: InvalidInput) -> Self {
                $name::Invalid(input)
            }
        }
    };
}

errors! {
    /// Why a room was not made.
    CreateRoomError {
        /// There is a room of this name.
        Exists => Conflict, "this room exists already";
    }
}

errors! {
    /// Why a peer was not admitted.
    ConnectError {
        /// All seats are taken.
        RoomFull => RoomFull, "the room is full";
        /// A live peer has this id.
        AlreadyInRoom => AlreadyInRoom, "a live peer of this id is in the room already";
    }
}

errors! {
    /// Why a peer or a room was not found.
    PeerError {
        /// There is no such room.
        RoomNotFound => RoomNotFound, "there is no such room";
        /// There is no such peer in it.
        PeerNotFound => PeerNotFound, "there is no such peer in the room";
    }
}

errors! {
    /// Why a signal was not relayed.
    SignalError {
        /// There is no such room.
        RoomNotFound => RoomNotFound, "there is no such room";
        /// The sender is not in the room.
        NotInRoom => NotInRoom, "the sender is not in the room";
        /// There is no such target in the room.
        PeerNotFound => PeerNotFound, "there is no such peer in the room";
        /// The payload is larger than 128 KiB.
        TooLarge => PayloadTooLarge, "the payload must be at most 131072 bytes";
    }
}

impl From<JoinError> for ConnectError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::RoomFull => ConnectError::RoomFull,
            JoinError::AlreadyInRoom | JoinError::RoomClosed => ConnectError::AlreadyInRoom,
        }
    }
}

impl From<RelayError> for SignalError {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::NotInRoom => SignalError::NotInRoom,
            RelayError::PeerNotFound | RelayError::Ambiguous | RelayError::Overflow => {
                SignalError::PeerNotFound
            }
        }
    }
}
