//! Which media room is a stream's: names are used again, sids are not.

use crate::Stream;
use rtc_types::Millis;

/// How far the media server's clock may be behind ours before its room looks older than the stream. It tells
/// whole seconds, too.
const CLOCK_SLACK_MS: Millis = 2_000;

/// A media room as the media server names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRoom {
    /// Unique over all time (`RM_…`).
    pub sid: String,
    /// When the media server made it; 0: it does not say.
    pub created_at: Millis,
}

/// Whether a media room is a stream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It is the one that the stream knows.
    Known,
    /// It has the stream's name and is newer than the one that the stream knows: the media server lost that one.
    Newer,
    /// It is of an earlier stream with that name.
    Other,
}

impl Stream {
    /// Whether `room`, which has this stream's room name, is this stream's room.
    pub fn owns(&self, room: &MediaRoom) -> Ownership {
        let is_newer = |than: Millis| room.created_at == 0 || room.created_at + CLOCK_SLACK_MS >= than;
        match &self.room {
            Some(known) if known.sid == room.sid => Ownership::Known,
            Some(known) if known.created_at != 0 && room.created_at > known.created_at => Ownership::Newer,
            Some(_) => Ownership::Other,
            None if is_newer(self.created_at) => Ownership::Newer,
            None => Ownership::Other,
        }
    }
}
