//! What happens in rooms, for listeners of the whole application: webhooks.

use super::{MemberView, TrackView};
use rtc_types::{AppId, LeaveReason, Millis, RoomId, Topology};
use std::sync::{Arc, OnceLock};

/// A room, as a fact names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomFacts {
    /// The tenant.
    pub app: AppId,
    /// The room.
    pub room: RoomId,
    /// Its name in this life (`RM_…`).
    pub sid: Arc<str>,
    /// When it came to life.
    pub created_at: Millis,
    /// How media travels.
    pub topology: Topology,
    /// What the tenant attached to it.
    pub metadata: String,
    /// How many are in it.
    pub members: usize,
    /// How many it admits.
    pub capacity: usize,
    /// Seconds that it stays after its last member; 0: it ends with it, or has a time of its own.
    pub departure_timeout_s: u32,
}

/// A member, as a fact names it; its name in this life is `PA_` and its seat's, where that does not begin so.
pub type MemberFact = Box<MemberView>;

/// A track, as a fact names it.
pub type TrackFact = Arc<TrackView>;

/// Something that happened. Each `Joined` has one `Left`, each `TrackPublished` one `TrackUnpublished`, each
/// `RoomStarted` one `RoomFinished`, unless the process ends before. A room that was made before it had people has
/// another `RoomFinished` when it is deleted while nobody is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomFact {
    /// The first came.
    RoomStarted(RoomFacts),
    /// The last went.
    RoomFinished(RoomFacts),
    /// Somebody is there, media connection included where its surface has one for each peer.
    Joined(RoomFacts, MemberFact),
    /// Somebody who was there went.
    Left(RoomFacts, MemberFact, LeaveReason),
    /// Somebody took a seat and went before its media connection was up.
    Aborted(RoomFacts, MemberFact, LeaveReason),
    /// A track is published.
    TrackPublished(RoomFacts, MemberFact, TrackFact),
    /// A track is no longer.
    TrackUnpublished(RoomFacts, MemberFact, TrackFact),
}

/// Takes facts in the order in which they happened in a room. It is called while the room is held: it must neither
/// wait nor call back into the application, but hand the fact on.
pub type FactSink = Box<dyn Fn(RoomFact) + Send + Sync>;

/// Where facts go; nowhere until somebody listens.
#[derive(Default)]
pub(crate) struct Facts(OnceLock<FactSink>);

impl Facts {
    pub(crate) fn listen(&self, sink: FactSink) -> bool {
        self.0.set(sink).is_ok()
    }

    pub(crate) fn is_heard(&self) -> bool {
        self.0.get().is_some()
    }

    pub(crate) fn tell(&self, fact: RoomFact) {
        if let Some(sink) = self.0.get() {
            sink(fact);
        }
    }
}
