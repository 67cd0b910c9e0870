//! Rooms that somebody is in: who owns them, how messages reach connections, how sessions act.

mod cell;
mod join;
mod mailbox;
mod registry;
mod session;
mod upkeep;

pub(crate) use cell::RoomCell;
pub use join::{Access, JoinRequest, ResumeRequest};
pub use mailbox::{Mailbox, Outbound};
pub(crate) use registry::{Bar, LiveRooms};
pub use registry::{LiveStats, RoomSnapshot};
pub use session::{PeerHandle, Session, SessionInfo};

/// Names a tenant's room.
pub(crate) fn key(tenant: &crate::Tenant, room: &rtc_types::RoomId) -> cell::RoomKey {
    cell::RoomKey { app: tenant.app_id().clone(), room: room.clone() }
}
