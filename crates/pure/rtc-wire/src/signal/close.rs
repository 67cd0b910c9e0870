//! The WebSocket close codes of surface A.

/// Why the server closes a signaling connection (RFC 6455, section 7.4, and the contract's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// A frame that is not text of valid UTF-8.
    InvalidData = 1007,
    /// A frame larger than the limit.
    TooLarge = 1009,
    /// The node restarts: come back.
    ServiceRestart = 1012,
    /// The seat was taken over by another connection, or its user joined again: do not come back.
    Replaced = 4001,
    /// Removed by a host or the tenant: do not come back.
    Kicked = 4002,
    /// The room was ended.
    RoomClosed = 4003,
    /// The token was revoked.
    TokenRevoked = 4004,
    /// Did not join in time, or stopped answering.
    Unresponsive = 4008,
    /// Sent more messages than the limit and went on.
    RateLimit = 4029,
}

impl CloseCode {
    /// All codes, for generated references.
    pub const ALL: &'static [(CloseCode, &'static str)] = &[
        (CloseCode::InvalidData, "InvalidData"),
        (CloseCode::TooLarge, "TooLarge"),
        (CloseCode::ServiceRestart, "ServiceRestart"),
        (CloseCode::Replaced, "Replaced"),
        (CloseCode::Kicked, "Kicked"),
        (CloseCode::RoomClosed, "RoomClosed"),
        (CloseCode::TokenRevoked, "TokenRevoked"),
        (CloseCode::Unresponsive, "Unresponsive"),
        (CloseCode::RateLimit, "RateLimit"),
    ];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }
}
