//! What a room knows of its members besides seats and media: names, attributes, permissions, who receives what of
//! whom. Surfaces whose clients speak of such things (LiveKit's) keep them here, so that every one of their
//! connections, their server API and the room's listeners see the same.
//!
//! Peers of other surfaces are members too, with what their seat says: [`ConferenceRoom::members`] gives all. What
//! changes is told to connections as [`crate::Outbound::Conference`], and they read anew; it is not replayed.
//!
//! - [`member`] and [`track`] are the nouns; [`state`] is one room's bookkeeping, without I/O.
//! - [`desk`] is what a member's own connection does, [`office`] what the tenant does.
//! - [`fact`] is what leaves for listeners of the whole application, [`report`] notices it.
//!
//! Lock order: the room's cell, its media, then this.

mod desk;
mod fact;
mod log;
mod member;
mod office;
mod report;
mod state;
#[cfg(test)]
mod tests;
mod track;

pub use desk::ConferenceDesk;
pub(crate) use fact::Facts;
pub use fact::{FactSink, MemberFact, RoomFact, RoomFacts, TrackFact};
pub use member::{MemberView, Permission, Profile, ProfilePatch, Refusal};
pub use office::{ConferenceRoom, RoomSettings, stored_room_sid};
pub(crate) use office::{departure_timeout_of, metadata_of, stored_sid};
pub(crate) use state::Conference;
pub use state::{Audience as TrackAudience, Wish};
pub use track::{TrackDetails, TrackDraft, TrackLayer, TrackSource, TrackView, track_sid};

use rtc_types::SeatId;
use std::sync::Arc;

/// Something about the conference for one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConferenceNotice {
    /// A member's name, attributes, permission, tracks or state changed.
    Member(SeatId),
    /// The room's metadata changed.
    Room,
    /// What the receiver gets of others may have changed.
    Wishes,
    /// The server muted (or unmuted) one of the receiver's tracks.
    Muted {
        /// Its name.
        track: Arc<str>,
        /// Now.
        muted: bool,
    },
    /// The server ended one of the receiver's tracks.
    Unpublished {
        /// Its name.
        track: Arc<str>,
    },
    /// Somebody receives one of the receiver's tracks for the first time.
    Received {
        /// Its name.
        track: Arc<str>,
    },
    /// The receiver's own permission changed.
    Permission,
    /// The tenant's backend sends something: a packet as the surface made it, for the reliable channel or the other.
    Packet {
        /// The packet.
        payload: Arc<[u8]>,
        /// Whether it has to arrive.
        reliable: bool,
    },
}
