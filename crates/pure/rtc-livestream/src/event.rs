//! What happens to a stream, and what the shell has to do about it.

use crate::{MediaRoom, Role, Session};
use rtc_types::{Millis, ParticipantId, UserId};

/// A media session as the media server tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The media server's id of the session (`PA_…`).
    pub sid: String,
    /// The media server's id of the room (`RM_…`), where it says.
    pub room_sid: Option<String>,
    /// Whose session it is.
    pub user_id: UserId,
    /// What people call the user.
    pub display_name: String,
    /// When the session began.
    pub connected_at: Millis,
    /// The row of the `join` whose token the session came with, where the token says.
    pub seat: Option<ParticipantId>,
    /// The id of the row to be made where there is none for it.
    pub fresh_id: ParticipantId,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The media room exists: created by us, or told by the media server.
    RoomStarted {
        /// The room.
        room: MediaRoom,
        /// When.
        at: Millis,
    },
    /// The media server refused to make the room.
    RoomRefused,
    /// The media room is no more.
    RoomFinished {
        /// When.
        at: Millis,
    },
    /// The creator ended the stream.
    Ended {
        /// When.
        at: Millis,
    },
    /// A user was given a place ([`crate::admit`] said yes).
    Seated(Session),
    /// A user gave its place up by the API, or did not come for it.
    Unseated {
        /// Whose.
        user_id: UserId,
        /// When.
        at: Millis,
    },
    /// A media session began.
    Joined(Presence),
    /// A media session ended. It tells all that its `Joined` does, which it may overtake.
    Left {
        /// Which.
        presence: Presence,
        /// When.
        at: Millis,
    },
}

/// What follows from an event, beside the rows that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell all watchers that the room is up.
    TellStarted,
    /// The number of viewers moved; watchers learn of it through the throttle.
    TellCount,
    /// Tell all watchers that it is over, and close their streams.
    TellEnded,
    /// The user is in the stream now.
    Entered(UserId, Role),
    /// The user is in the stream no more.
    Exited(UserId),
    /// End the user's media session.
    Disconnect(UserId),
    /// Close the media room, which ends every session.
    CloseRoom,
    /// Every session that goes on ends at this moment, and none ended later.
    AllLeft(Millis),
}
