//! Who sits in a room and why a seat ends.

use crate::{SeatId, UserId};
use std::fmt;

/// What a peer may do (enforced in the room, and later on the media plane).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Publishes, subscribes, kicks and mutes others.
    Host,
    /// Publishes and subscribes.
    Participant,
    /// Subscribes only.
    Viewer,
}

/// A kind of media that can be muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A microphone.
    Audio,
    /// A camera.
    Video,
}

/// Why a peer left its room, as the others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaveReason {
    /// It said so, or its tab was closed.
    Left,
    /// It stopped answering and its resume window or heartbeat ran out.
    Timeout,
    /// A host or the tenant removed it.
    Kicked,
    /// The same user joined again.
    Replaced,
    /// The room was ended.
    RoomClosed,
    /// Its token was revoked.
    Revoked,
}

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// Another connection took the seat over, or the user joined again elsewhere.
    Replaced,
    /// A host or the tenant removed the peer.
    Kicked,
    /// The room was ended.
    RoomClosed,
    /// The token was revoked.
    Revoked,
    /// The connection's queue was full, or it missed its heartbeats.
    Unresponsive,
}

impl LeaveReason {
    /// The connection's view of the same end; `None` where the connection itself was the cause.
    pub fn close_reason(self) -> Option<CloseReason> {
        match self {
            LeaveReason::Left => None,
            LeaveReason::Timeout => Some(CloseReason::Unresponsive),
            LeaveReason::Kicked => Some(CloseReason::Kicked),
            LeaveReason::Replaced => Some(CloseReason::Replaced),
            LeaveReason::RoomClosed => Some(CloseReason::RoomClosed),
            LeaveReason::Revoked => Some(CloseReason::Revoked),
        }
    }
}

/// A peer as the other peers of its room see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PeerInfo {
    /// The seat (`socketId`, `peerId`).
    pub seat: SeatId,
    /// The tenant's name for the user.
    pub user_id: UserId,
    /// What it may do.
    pub role: Role,
}

/// A text that is none of a closed set's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The names that are accepted, separated by commas.
    pub accepted: &'static str,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be one of: {}", self.accepted)
    }
}

impl std::error::Error for UnknownName {}

macro_rules! names {
    ($type:ident: $accepted:literal, $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $type {
            type Err = UnknownName;
            fn from_str(name: &str) -> Result<Self, UnknownName> {
                match name {
                    $($name => Ok($type::$variant),)+
                    _ => Err(UnknownName { accepted: $accepted }),
                }
            }
        }
    };
}
pub(crate) use names;

names!(Role: "host, participant, viewer", Host = "host", Participant = "participant", Viewer = "viewer");
names!(MediaKind: "audio, video", Audio = "audio", Video = "video");
names!(LeaveReason: "left, timeout, kicked, replaced, room-closed, revoked",
    Left = "left", Timeout = "timeout", Kicked = "kicked", Replaced = "replaced",
    RoomClosed = "room-closed", Revoked = "revoked");
