//! The operator's side of the store: opening, health and upkeep. Apps are in `apps`.

use crate::{
    ConnectError, IdempotentRow, Purged, StoreError, TenantStore,
    connect::{Connections, connect},
    idempotency::{self, ADMIN_SCOPE},
    sql::{self, Reader, to_db},
    writer::Writer,
};
use rtc_types::{AppId, Millis, RoomId, limits::IDEMPOTENCY_WINDOW_MS};
use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
};

/// How long a token is kept after its `exp`, so that its use can still be looked up.
const TOKEN_KEPT_MS: Millis = 7 * 24 * 3_600_000;
/// How long the id of a webhook that was applied is remembered.
const WEBHOOK_ID_KEPT_MS: Millis = 24 * 3_600_000;
/// How long a delivery stays in the log after it was settled.
const DELIVERY_KEPT_MS: Millis = 7 * 24 * 3_600_000;
/// Rows that one statement of a purge removes; other writers get their turn between two.
const PURGE_ROWS_MAX: i64 = 1000;
/// Most rooms that one look for empty rooms returns.
const EMPTY_ROOMS_MAX: i64 = 1000;

/// Which database a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// An embedded SQLite file or memory.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgresql",
        })
    }
}

/// How a store uses its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Most connections that are open at once. SQLite has one more, for writing; memory databases have one in all.
    pub connections_max: u32,
    /// How long a call waits for a connection before it is [`StoreError::Unavailable`].
    pub acquire_timeout_ms: Millis,
    /// How many hot writes may wait for the writer; more wait at their callers.
    pub write_queue_max: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions { connections_max: 8, acquire_timeout_ms: 5_000, write_queue_max: 4096 }
    }
}

/// The database, open and up to date. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) connections: Connections,
    pub(crate) writer: Writer,
    pub(crate) deliveries_put: AtomicU64,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

/// A room that ends if nobody uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingRoom {
    /// Whose it is.
    pub app_id: AppId,
    /// Its id.
    pub id: RoomId,
    /// When it has been empty for its timeout, by what was noted of its use.
    pub ends_at: Millis,
}

impl Store {
    /// Opens the database that `url` names and brings its tables up to date.
    ///
    /// Accepted are `sqlite:` (`sqlite:./data/rtc.db`, `sqlite://…`, `sqlite::memory:`; file and folder are made)
    /// and `postgres://` or `postgresql://`, with an optional `?schema=` that is made when missing. Must be called
    /// on a tokio runtime, which the store's writer task then lives on.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Store, ConnectError> {
        let connections = connect(url, &options).await?;
        let writer =
            Writer::start(connections.write.clone(), connections.wal.clone(), options.write_queue_max);
        Ok(Store { inner: Arc::new(Inner { connections, writer, deliveries_put: AtomicU64::new(0) }) })
    }

    /// Which database this runs on.
    pub fn backend(&self) -> Backend {
        self.inner.connections.backend
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // A statement that reads a table, since the driver's own ping does not touch a SQLite file.
        sql::all(&self.inner.connections.read, "SELECT id FROM app LIMIT 1", []).await?;
        Ok(())
    }

    /// Writes what is queued, then disconnects; every later call is [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.inner.writer.close().await;
        let Connections { read, write, .. } = &self.inner.connections;
        for pool in [read, write] {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(%error, "the database did not close cleanly");
            }
        }
    }

    /// What one tenant owns.
    pub fn tenant(&self, app_id: &AppId) -> TenantStore {
        TenantStore { store: self.clone(), app_id: app_id.clone() }
    }

    /// The operator's earlier request with this key, if it was made in the 24 h before `now`.
    pub async fn find_idempotent(
        &self,
        route: &str,
        key: &str,
        now: Millis,
    ) -> Result<Option<IdempotentRow>, StoreError> {
        idempotency::find(&self.inner.connections.read, ADMIN_SCOPE, route, key, now).await
    }

    /// Removes idempotency keys and ids of applied webhooks older than 24 h, tokens that expired more than 7 days ago
    /// and deliveries that were settled more than 7 days ago.
    pub async fn purge(&self, now: Millis) -> Result<Purged, StoreError> {
        let keys = "DELETE FROM idempotency WHERE (scope, route, key) IN \
            (SELECT scope, route, key FROM idempotency WHERE created_at <= $1 LIMIT $2)";
        let tokens = "DELETE FROM token WHERE (app_id, jti) IN \
            (SELECT app_id, jti FROM token WHERE expires_at <= $1 LIMIT $2)";
        let webhook_ids = "DELETE FROM webhook_processed WHERE (app_id, id) IN \
            (SELECT app_id, id FROM webhook_processed WHERE processed_at <= $1 LIMIT $2)";
        let deliveries = "DELETE FROM webhook_delivery WHERE (endpoint_id, id) IN \
            (SELECT endpoint_id, id FROM webhook_delivery WHERE settled_at <= $1 LIMIT $2)";
        Ok(Purged {
            idempotency_keys: self.purge_rows(keys, now.saturating_sub(IDEMPOTENCY_WINDOW_MS)).await?,
            tokens: self.purge_rows(tokens, now.saturating_sub(TOKEN_KEPT_MS)).await?,
            webhook_ids: self.purge_rows(webhook_ids, now.saturating_sub(WEBHOOK_ID_KEPT_MS)).await?,
            deliveries: self.purge_rows(deliveries, now.saturating_sub(DELIVERY_KEPT_MS)).await?,
        })
    }

    async fn purge_rows(&self, delete: &str, until: Millis) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let values = [to_db(until).into(), PURGE_ROWS_MAX.into()];
            let removed = sql::execute(&self.inner.connections.write, delete, values).await?;
            total += removed;
            if removed < PURGE_ROWS_MAX.unsigned_abs() {
                return Ok(total);
            }
        }
    }

    /// Rooms of all tenants that end by a moment, because nobody used them for their `empty_timeout_s` then, the longest
    /// empty first, at most 1000. Whether somebody sits in them is for the caller to know.
    pub async fn rooms_ending_by(&self, moment: Millis) -> Result<Vec<EndingRoom>, StoreError> {
        let select = "SELECT app_id, id, last_active_at + empty_timeout_s * 1000 AS ends_at FROM room \
            WHERE empty_timeout_s IS NOT NULL AND last_active_at + empty_timeout_s * 1000 <= $1 \
            ORDER BY last_active_at + empty_timeout_s * 1000 LIMIT $2";
        let values = [to_db(moment).into(), EMPTY_ROOMS_MAX.into()];
        let rows = sql::all(&self.inner.connections.read, select, values).await?;
        let ending = |row: Reader<'_>| {
            Ok(EndingRoom {
                app_id: row.parsed("app_id")?,
                id: row.parsed("id")?,
                ends_at: row.moment("ends_at")?,
            })
        };
        rows.iter().map(Reader).map(ending).collect()
    }

    /// Begins the time of all rooms anew, at `now`, that end by a moment.
    pub async fn renew_rooms_ending_by(&self, moment: Millis, now: Millis) -> Result<u64, StoreError> {
        let update = "UPDATE room SET last_active_at = $2 WHERE empty_timeout_s IS NOT NULL \
            AND last_active_at + empty_timeout_s * 1000 <= $1 AND last_active_at < $2";
        sql::execute(&self.inner.connections.write, update, [to_db(moment).into(), to_db(now).into()]).await
    }
}
