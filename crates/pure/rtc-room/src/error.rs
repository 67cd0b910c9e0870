//! One error enum an operation; each variant yields one [`ErrorCode`] and a text for people.

use rtc_types::ErrorCode;

macro_rules! errors {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $code:ident, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// The contract's code.
            pub fn code(self) -> ErrorCode {
                match self { $($name::$variant => ErrorCode::$code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $($name::$variant => $text),+ })
            }
        }

        impl std::error::Error for $name {}
    };
}

errors! {
    /// Why a join was refused.
    JoinError {
        /// All seats are taken.
        RoomFull => RoomFull, "the room is full";
        /// The seat id, or under [`crate::DuplicatePolicy::Reject`] the user, is in the room.
        AlreadyInRoom => AlreadyInRoom, "this peer is in the room already";
        /// The room was ended.
        RoomClosed => RoomClosed, "the room was ended";
    }
}

errors! {
    /// Why a seat was not taken again.
    ResumeError {
        /// No seat has this token: it ran out, was given up, or never was.
        UnknownToken => InvalidToken, "the resume token is not valid, or its window is over";
        /// Messages that the client missed are no longer kept. The seat was ended.
        Gap => InvalidToken, "too much was missed to resume: join again";
    }
}

errors! {
    /// Why a stream was not attached to a seat.
    AttachError {
        /// There is no such seat.
        NotInRoom => NotInRoom, "this peer is not in the room";
    }
}

errors! {
    /// Why a message was not relayed.
    RelayError {
        /// The sender has no seat here.
        NotInRoom => NotInRoom, "the sender is not in the room";
        /// The target has no seat here, or nobody else is in the room.
        PeerNotFound => PeerNotFound, "there is no such peer in the room";
        /// No target was named and there is more than one other peer.
        Ambiguous => InvalidMessage, "`to` must name a peer in a room of more than two";
        /// The target's queue is full.
        Overflow => RateLimitExceeded, "the target has too many messages waiting";
    }
}

errors! {
    /// Why a mute, kick or similar was refused.
    ControlError {
        /// The actor has no seat here.
        NotInRoom => NotInRoom, "the sender is not in the room";
        /// The target has no seat here.
        PeerNotFound => PeerNotFound, "there is no such peer in the room";
        /// The actor's role does not allow it.
        Forbidden => Forbidden, "only a host may do this";
    }
}
