//! Livestreams: use cases, the webhook queue's workers, and what watchers are told.

mod port;

pub use port::{JoinGrant, JoinTicket, MediaRoomDraft, MediaRooms, MediaRoomsError, PARTICIPANT_ATTRIBUTE};
