//! What outlives the process: apps, rooms, call tokens, bans, idempotency keys, livestreams, jobs and webhooks, on
//! SQLite or PostgreSQL.
//!
//! [`Store`] holds what the operator may do; everything that a tenant owns is reached through
//! [`Store::tenant`] alone, so that no statement can be written without the tenant's id.
//!
//! Room creations, token records, token claims and new jobs go through one writer task that puts what waits into
//! one transaction; every other write is a transaction of its own. Nothing is
//! acknowledged before its commit, and a read that follows an acknowledged write sees it.

mod apps;
mod bans;
mod connect;
mod cursor;
mod error;
mod idempotency;
mod jobs;
mod livestreams;
mod migration;
mod rooms;
mod rows;
mod sql;
mod store;
mod tenant;
mod tokens;
mod wal;
mod webhooks;
mod writer;

pub use cursor::{Cursor, InvalidCursor, Page};
pub use error::{ConnectError, StoreError};
pub use jobs::{Handover, JobCounts, JobKey, JobRow, JobState, NewJob};
pub use livestreams::{
    Action, Applied, Change, LivestreamPatch, LivestreamRow, NewLivestream, Outcome, ParticipantFilter,
    RoomRef, Rows, Target, Tell, Told, Unsent,
};
pub use rows::{
    AppPatch, AppRow, Claim, Created, IdempotentRow, NewApp, NewIdempotency, NewRoom, NewToken, Purged,
    RoomPatch, RoomRow, TokenRow,
};
pub use store::{Backend, EndingRoom, Store, StoreOptions};
pub use tenant::TenantStore;
pub use webhooks::{
    ClaimedDelivery, DeliveryCounts, DeliveryRow, DeliveryState, EndpointRow, NewEndpoint, Settled,
};
