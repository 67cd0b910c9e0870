//! The operator's side of the store: opening, health, apps and upkeep.

use crate::{
    AppPatch, AppRow, ConnectError, Created, Cursor, IdempotentRow, NewApp, NewIdempotency, Page, Purged,
    StoreError, TenantStore,
};
use rtc_types::{AppId, Millis, RoomId};

/// Which database a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// An embedded SQLite file or memory.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// How a store uses its database.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Most connections that are open at once for reading (1–1000); memory databases have one.
    pub connections_max: u32,
    /// How long a call waits for a connection before it is [`StoreError::Unavailable`].
    pub acquire_timeout_ms: Millis,
    /// How many hot writes may wait for the writer; more wait at their callers.
    pub write_queue_max: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions {
            connections_max: 8,
            acquire_timeout_ms: 5_000,
            write_queue_max: 4096,
        }
    }
}

/// The database, open and up to date. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {}

#[allow(unused_variables)]
impl Store {
    /// Opens the database that `url` names and brings its tables up to date.
    ///
    /// Accepted are `sqlite:` (`sqlite:./data/rtc.db`, `sqlite://…`, `sqlite::memory:`; file and folder are made)
    /// and `postgres:` or `postgresql:`, with an optional `?schema=` that is made when missing.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Store, ConnectError> {
        unimplemented!()
    }

    /// Which database this runs on.
    pub fn backend(&self) -> Backend {
        unimplemented!()
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Writes what is queued, then disconnects; every later call is [`StoreError::Unavailable`].
    pub async fn close(&self) {
        unimplemented!()
    }

    /// What one tenant owns.
    pub fn tenant(&self, app_id: &AppId) -> TenantStore {
        unimplemented!()
    }

    /// Creates a tenant, unless the key (scope: the operator) was used in the last 24 h.
    pub async fn create_app(&self, app: NewApp, key: Option<NewIdempotency>) -> Result<Created, StoreError> {
        unimplemented!()
    }

    /// The tenants, newest first.
    pub async fn list_apps(&self, limit: u32, after: Option<&Cursor>) -> Result<Page<AppRow>, StoreError> {
        unimplemented!()
    }

    /// One tenant.
    pub async fn get_app(&self, id: &AppId) -> Result<Option<AppRow>, StoreError> {
        unimplemented!()
    }

    /// Changes a tenant and returns it as it is now; `None` when there is none.
    pub async fn update_app(&self, id: &AppId, patch: AppPatch) -> Result<Option<AppRow>, StoreError> {
        unimplemented!()
    }

    /// Puts a new secret in place; the one before is kept when `previous_valid_until` says until when.
    pub async fn rotate_secret(
        &self,
        id: &AppId,
        new_secret_sealed: String,
        previous_valid_until: Option<Millis>,
        now: Millis,
    ) -> Result<Option<AppRow>, StoreError> {
        unimplemented!()
    }

    /// Deletes a tenant with all that it owns, in one transaction; false when there is none.
    pub async fn delete_app(&self, id: &AppId) -> Result<bool, StoreError> {
        unimplemented!()
    }

    /// The operator's earlier request with this key, if it was made in the 24 h before `now`.
    pub async fn find_idempotent(
        &self,
        route: &str,
        key: &str,
        now: Millis,
    ) -> Result<Option<IdempotentRow>, StoreError> {
        unimplemented!()
    }

    /// Removes idempotency keys older than 24 h and tokens that expired more than 7 days ago.
    pub async fn purge(&self, now: Millis) -> Result<Purged, StoreError> {
        unimplemented!()
    }

    /// Rooms of all tenants whose `last_active_at` is at least their `empty_timeout_s` ago, oldest first, at most
    /// 1000. Whether somebody sits in them is for the caller to know.
    pub async fn rooms_past_empty_timeout(&self, now: Millis) -> Result<Vec<(AppId, RoomId)>, StoreError> {
        unimplemented!()
    }
}
