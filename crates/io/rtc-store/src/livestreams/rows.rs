//! What goes into the store and comes out of it about livestreams.

use crate::JobKey;
use rtc_livestream::{Effect, Event, MediaRoom, Refusal, Role, Session, SessionStatus, Stream};
use rtc_types::{AppId, Millis, ParticipantId, StreamId, UserId};

/// A livestream to be written down; it is `SCHEDULED` then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLivestream {
    /// Unique over all tenants.
    pub id: StreamId,
    /// Unique among the tenant's open streams.
    pub room_name: String,
    /// What people call it.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// JSON text of the tenant's own object.
    pub metadata: Option<String>,
    /// Most users that hold a place at once.
    pub max_participants: u32,
    /// Seconds that its room stays when nobody has come.
    pub empty_timeout_s: u32,
    /// Who may be its host.
    pub created_by: UserId,
    /// When it is made.
    pub created_at: Millis,
}

/// A livestream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivestreamRow {
    /// Whose it is.
    pub app_id: AppId,
    /// Unique among the tenant's open streams.
    pub room_name: String,
    /// What people call it.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// JSON text of the tenant's own object.
    pub metadata: Option<String>,
    /// Most users that hold a place at once.
    pub max_participants: u32,
    /// Seconds that its room stays when nobody has come.
    pub empty_timeout_s: u32,
    /// When its row was last changed by an API call, its start or its end.
    pub updated_at: Millis,
    /// Its status, moments and counts.
    pub stream: Stream,
}

/// A change to a livestream's settings; `None` keeps what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LivestreamPatch {
    /// The new title.
    pub title: Option<String>,
    /// The new description; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// The new metadata; `Some(None)` removes it.
    pub metadata: Option<Option<String>>,
    /// The new number of places.
    pub max_participants: Option<u32>,
    /// The new time-out in seconds.
    pub empty_timeout_s: Option<u32>,
    /// When the change is made.
    pub updated_at: Millis,
}

/// Which participants to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParticipantFilter {
    /// Only those of this status.
    pub status: Option<SessionStatus>,
    /// Only those of this role.
    pub role: Option<Role>,
}

/// A part of a list, and how long the list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The part.
    pub rows: Vec<T>,
    /// All that match.
    pub total: u64,
}

/// A media room as an event names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomRef {
    /// The tenant's name of it.
    pub name: String,
    /// The media server's id of it; empty: it does not say.
    pub sid: String,
    /// When the media server made it; 0: it does not say.
    pub created_at: Millis,
}

impl RoomRef {
    pub(crate) fn media_room(&self) -> MediaRoom {
        MediaRoom { sid: self.sid.clone(), created_at: self.created_at }
    }
}

/// Which stream a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// The one of this id.
    Stream(StreamId),
    /// The one that this media room is of.
    Room(RoomRef),
}

/// What is to be done to a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This happened.
    Event(Event),
    /// A user asks for a place.
    Seat(Session),
    /// A place whose user never came is free again.
    Lapse {
        /// Whose place.
        user_id: UserId,
        /// Which.
        participant: ParticipantId,
        /// When.
        at: Millis,
    },
    /// Nothing: an event that is only recorded.
    Record,
}

impl Action {
    /// The user whose sessions it needs.
    pub(crate) fn about(&self) -> Option<&UserId> {
        match self {
            Action::Event(Event::Joined(presence) | Event::Left { presence, .. }) => Some(&presence.user_id),
            Action::Event(Event::Seated(session)) | Action::Seat(session) => Some(&session.user_id),
            Action::Event(Event::Unseated { user_id, .. }) | Action::Lapse { user_id, .. } => Some(user_id),
            Action::Event(
                Event::RoomStarted { .. }
                | Event::RoomRefused
                | Event::RoomFinished { .. }
                | Event::Ended { .. },
            )
            | Action::Record => None,
        }
    }
}

/// A message for the tenant's webhook endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The message's id, the same at every endpoint and attempt. Ids grow with time: they give the order.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// What it is ordered with: the room's name.
    pub room: String,
    /// The body.
    pub payload: String,
}

/// One change to a stream, with all that has to be committed together with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose stream.
    pub app_id: AppId,
    /// Which.
    pub target: Target,
    /// What is to be done.
    pub action: Action,
    /// The webhook that asks for it; a webhook is applied once.
    pub webhook: Option<String>,
    /// The job that is done then.
    pub job: Option<JobKey>,
    /// What the tenant's endpoints are told, whatever becomes of the action.
    pub told: Option<Told>,
}

impl Change {
    /// A change that an API call asks for.
    pub fn of_stream(app_id: AppId, stream: StreamId, action: Action) -> Self {
        Self { app_id, target: Target::Stream(stream), action, webhook: None, job: None, told: None }
    }
}

/// What a change did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The stream after it.
    pub row: LivestreamRow,
    /// The sessions of the user that it is about, oldest first.
    pub sessions: Vec<Session>,
    /// What follows.
    pub effects: Vec<Effect>,
    /// Whether it changed what watchers see: the outbox has it.
    pub is_seen: bool,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Applied(Box<Applied>),
    /// The user gets no place.
    Refused(Refusal),
    /// The webhook was applied before.
    Duplicate,
    /// The tenant has no such stream, or the media room is of none.
    NoStream,
}

impl Outcome {
    /// What the change did, if it was made.
    pub fn applied(&self) -> Option<&Applied> {
        match self {
            Outcome::Applied(applied) => Some(applied),
            _ => None,
        }
    }
}
