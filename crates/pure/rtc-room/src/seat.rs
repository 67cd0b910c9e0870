//! One peer's seat.

use crate::{recent_ids::RecentIds, replay::Replay};
use rtc_types::{ConnectionId, Json, Jti, MediaKind, Millis, PeerInfo};
use std::{fmt, sync::Arc};

/// The secret that takes a seat again; drawn by the owner, 256 random bits as text.
#[derive(Clone, PartialEq, Eq)]
pub struct ResumeToken(pub Arc<str>);

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken")
    }
}

/// What keeps a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// A connection, and for `resume_window_ms` after its drop the hope that it comes back.
    Connection {
        /// How long the seat outlives its connection, in milliseconds; 0: not at all.
        resume_window_ms: Millis,
    },
    /// Heartbeats: the seat ends when the last one is `interval_ms` × 2 old.
    Heartbeat {
        /// How often the peer says that it is alive, in milliseconds.
        interval_ms: Millis,
    },
}

/// A seat as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatView {
    /// Who.
    pub peer: PeerInfo,
    /// When it was taken.
    pub joined_at: Millis,
    /// When the peer was last known to be alive.
    pub last_seen: Millis,
    /// Whether a connection is attached.
    pub connected: bool,
    /// Muted kinds of media.
    pub muted: Vec<MediaKind>,
    /// What the tenant attached to the peer.
    pub metadata: Option<Json>,
    /// The token that admitted it.
    pub jti: Option<Jti>,
    /// Whether the others do not know that it is there.
    pub hidden: bool,
}

/// The number of a seat in its room. It names one stay: a peer of the same id that comes later has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatNumber(pub(crate) u64);

#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) number: SeatNumber,
    pub(crate) peer: PeerInfo,
    pub(crate) liveness: Liveness,
    pub(crate) resume_token: Option<ResumeToken>,
    pub(crate) jti: Option<Jti>,
    pub(crate) metadata: Option<Json>,
    pub(crate) joined_at: Millis,
    pub(crate) last_seen: Millis,
    /// `None` while the socket is down, or between polls of a peer that has no stream open.
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) replay: Replay,
    pub(crate) recent_ids: Option<Box<RecentIds>>,
    pub(crate) muted_audio: bool,
    pub(crate) muted_video: bool,
    pub(crate) hidden: bool,
}

impl Seat {
    pub(crate) fn view(&self) -> SeatView {
        let mut muted = Vec::new();
        if self.muted_audio {
            muted.push(MediaKind::Audio);
        }
        if self.muted_video {
            muted.push(MediaKind::Video);
        }
        SeatView {
            peer: self.peer.clone(),
            joined_at: self.joined_at,
            last_seen: self.last_seen,
            connected: self.connection.is_some(),
            muted,
            metadata: self.metadata.clone(),
            jti: self.jti.clone(),
            hidden: self.hidden,
        }
    }

    /// Whether messages are kept for a replay.
    pub(crate) fn replays(&self) -> bool {
        !matches!(self.liveness, Liveness::Connection { resume_window_ms: 0 })
    }

    /// Whether the seat lives in the hope that its connection comes back.
    pub(crate) fn waits_for_connection(&self) -> bool {
        self.connection.is_none() && matches!(self.liveness, Liveness::Connection { .. })
    }

    /// When the seat ends if nothing is heard; `None` while a connection holds it.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        match self.liveness {
            Liveness::Connection { resume_window_ms } if self.connection.is_none() => {
                Some(self.last_seen.saturating_add(resume_window_ms))
            }
            Liveness::Heartbeat { interval_ms } if self.connection.is_none() => {
                Some(self.last_seen.saturating_add(interval_ms.saturating_mul(2)))
            }
            _ => None,
        }
    }

    pub(crate) fn set_muted(&mut self, kind: MediaKind, muted: bool) {
        match kind {
            MediaKind::Audio => self.muted_audio = muted,
            MediaKind::Video => self.muted_video = muted,
        }
    }
}
