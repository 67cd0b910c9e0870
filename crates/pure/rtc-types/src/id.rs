//! Ids are distinct types, so that a room's id is never passed where a user's is meant.

use std::{fmt, sync::Arc};

/// Why a text is not a valid id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// The text is empty.
    Empty,
    /// The text is longer than 128 characters.
    TooLong,
    /// The text holds a control character.
    NotPrintable,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IdError::Empty => "must not be empty",
            IdError::TooLong => "must be at most 128 characters",
            IdError::NotPrintable => "must hold printable characters only",
        })
    }
}

impl std::error::Error for IdError {}

/// The most characters that an id may have.
pub const ID_CHARS_MAX: usize = 128;

fn check(text: &str) -> Result<(), IdError> {
    // Nearly all ids: a character is a byte.
    let is_short = text.len().wrapping_sub(1) < ID_CHARS_MAX;
    if is_short && text.bytes().fold(true, |all, byte| all & (b' '..0x7f).contains(&byte)) {
        return Ok(());
    }
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > ID_CHARS_MAX && text.chars().count() > ID_CHARS_MAX {
        return Err(IdError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::NotPrintable);
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text of 1–128 printable characters.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// Whether a text could be such an id, without making it one.
            pub fn check(text: &str) -> Result<(), IdError> {
                check(text)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id in UTF-8.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), &self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A tenant: one customer's app.
    AppId
}
id! {
    /// A room of one tenant; unique within the tenant only.
    RoomId
}
id! {
    /// An end user as the tenant names it.
    UserId
}
id! {
    /// A peer's seat in a room; clients know it as `socketId` (surfaces A and B) or `peerId` (surface E).
    SeatId
}
id! {
    /// A livestream; unique over all tenants, and as hard to guess as a key where the stream is public by it.
    StreamId
}
id! {
    /// One stay of a user in a livestream.
    ParticipantId
}
id! {
    /// The unique id of one call token (RFC 7519, section 4.1.7).
    Jti
}

/// Where a peer has one name for both; the text is shared.
impl From<SeatId> for UserId {
    fn from(seat: SeatId) -> Self {
        Self(seat.0)
    }
}

/// One attachment of a transport (a WebSocket, a Socket.IO socket, an event stream) to a seat.
///
/// A seat that is resumed on a new socket has a new connection id, so that what the old socket still
/// says can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_1_to_128_printable_characters() {
        assert_eq!(UserId::new(""), Err(IdError::Empty));
        assert_eq!(UserId::new("x".repeat(129)), Err(IdError::TooLong));
        assert_eq!(UserId::new("a\nb"), Err(IdError::NotPrintable));
        assert!(UserId::new("é".repeat(128)).is_ok());
    }

    #[test]
    fn an_id_keeps_its_text() {
        assert_eq!(RoomId::new("daily stand-up").map(|id| id.to_string()), Ok("daily stand-up".into()));
    }
}
