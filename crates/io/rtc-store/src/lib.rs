//! What outlives the process: apps, rooms, call tokens, bans and idempotency keys, on SQLite or PostgreSQL.
//!
//! [`Store`] holds what the operator may do; everything that a tenant owns is reached through
//! [`Store::tenant`] alone, so that no statement can be written without the tenant's id.
//!
//! Room creations, token records and token claims go through one writer task that puts what waits into
//! one transaction; every other write is a transaction of its own. Nothing is
//! acknowledged before its commit, and a read that follows an acknowledged write sees it.

mod apps;
mod bans;
mod connect;
mod cursor;
mod error;
mod idempotency;
mod migration;
mod rooms;
mod rows;
mod sql;
mod store;
mod tenant;
mod tokens;
mod writer;

pub use cursor::{Cursor, InvalidCursor, Page};
pub use error::{ConnectError, StoreError};
pub use rows::{
    AppPatch, AppRow, Claim, Created, IdempotentRow, NewApp, NewIdempotency, NewRoom, NewToken, Purged,
    RoomPatch, RoomRow, TokenRow,
};
pub use store::{Backend, Store, StoreOptions};
pub use tenant::TenantStore;
