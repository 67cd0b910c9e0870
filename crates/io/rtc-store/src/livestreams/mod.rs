//! Livestreams and their participants.
//!
//! All that happens to a stream goes through [`Store::apply`](crate::Store::apply): it loads what the reducer of
//! rtc-livestream needs, runs it, and writes rows, processed webhook ids, outbox and deliveries in one transaction.

mod apply;
mod loaded;
mod outbox;
mod participants;
mod rows;
mod streams;

pub use apply::Tell;
pub use outbox::Unsent;
pub use rows::{
    Action, Applied, Change, LivestreamPatch, LivestreamRow, NewLivestream, Outcome, ParticipantFilter,
    RoomRef, Rows, Target, Told,
};
