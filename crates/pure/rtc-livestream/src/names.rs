//! The words that have one form in the database and on the wire.

use std::{fmt, str::FromStr};

/// A word that is none of the accepted ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName(String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not known here", self.0)
    }
}

impl std::error::Error for UnknownName {}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// As the database and the wire have it.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    $($text => Ok($name::$variant),)+
                    other => Err(UnknownName(other.to_owned())),
                }
            }
        }
    };
}

names! {
    /// How far a stream has come: `SCHEDULED` → `LIVE` → `ENDED`, or `ERROR`.
    StreamStatus {
        /// The row is written, the media room is not there yet.
        Scheduled = "SCHEDULED",
        /// The media room exists.
        Live = "LIVE",
        /// It is over.
        Ended = "ENDED",
        /// The media server refused the room.
        Error = "ERROR",
    }
}

names! {
    /// What somebody may do in a stream.
    Role {
        /// Publishes; only the stream's creator.
        Host = "HOST",
        /// Watches, and sends data.
        Viewer = "VIEWER",
    }
}

names! {
    /// Whether a session of a user goes on.
    SessionStatus {
        /// The user holds a place in the stream.
        Joined = "JOINED",
        /// It is history.
        Left = "LEFT",
    }
}

impl StreamStatus {
    /// Whether the stream's room name is taken and people may still come.
    pub const fn is_open(self) -> bool {
        matches!(self, StreamStatus::Scheduled | StreamStatus::Live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for status in StreamStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert_eq!("HOST".parse(), Ok(Role::Host));
        assert_eq!("LEFT".parse(), Ok(SessionStatus::Left));
        assert!("host".parse::<Role>().is_err_and(|why| why.to_string().contains("host")));
    }
}
