//! Every error code that a client can see, in one place.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// The machine-readable part of an error; the contract between server and client.
        ///
        /// A message beside it is for people. Only a surface knows the HTTP status or close code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant),+ }

        impl ErrorCode {
            /// All codes, for tests and generated references.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),+];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $name),+ }
            }
        }
    };
}

codes! {
    /// An input is not of the accepted shape or range.
    ValidationError = "VALIDATION_ERROR",
    /// Credentials are missing or wrong.
    Unauthorized = "UNAUTHORIZED",
    /// The caller is known but may not do this.
    Forbidden = "FORBIDDEN",
    /// There is no such object for this tenant.
    NotFound = "NOT_FOUND",
    /// The path exists, the method does not.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// The object is in a state, or exists already, so that this cannot be done.
    Conflict = "CONFLICT",
    /// The body or message is larger than the limit.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE",
    /// The body is not JSON by its content type.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// An idempotency key was used before with another body.
    IdempotencyMismatch = "IDEMPOTENCY_MISMATCH",
    /// Too many requests or messages.
    RateLimitExceeded = "RATE_LIMIT_EXCEEDED",
    /// A fault of the server; the log has it under the request id.
    InternalError = "INTERNAL_ERROR",
    /// A dependency is down or the node is draining.
    Unavailable = "UNAVAILABLE",
    /// A signaling message is not of the accepted shape.
    InvalidMessage = "INVALID_MESSAGE",
    /// A call token (or resume token) is malformed, forged, used, revoked or for another room.
    InvalidToken = "INVALID_TOKEN",
    /// A call token is past its `exp`.
    TokenExpired = "TOKEN_EXPIRED",
    /// The room holds as many peers as it admits.
    RoomFull = "ROOM_FULL",
    /// The sender is not in the room.
    NotInRoom = "NOT_IN_ROOM",
    /// The connection or peer is in a room already.
    AlreadyInRoom = "ALREADY_IN_ROOM",
    /// There is no such room.
    RoomNotFound = "ROOM_NOT_FOUND",
    /// There is no such peer in the room.
    PeerNotFound = "PEER_NOT_FOUND",
    /// The peer was removed by a host or the tenant.
    Kicked = "KICKED",
    /// The same user or seat came in by another connection.
    Replaced = "REPLACED",
    /// The room was ended.
    RoomClosed = "ROOM_CLOSED",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
