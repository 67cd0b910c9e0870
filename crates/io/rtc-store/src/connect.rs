//! From a `DATABASE_URL` to open connections and tables that are up to date.

use crate::{Backend, ConnectError, StoreOptions, error::is_sqlite_busy, migration::Migrator, wal::Wal};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::{
        postgres::PgConnectOptions,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};
use sea_orm_migration::MigratorTrait;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How long a statement waits for another process to let go of the SQLite file.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a switch to WAL is tried again meanwhile.
const SQLITE_BUSY_RETRY: Duration = Duration::from_millis(10);
/// Page cache of a connection, in KiB (negative, as SQLite wants that unit). Ids are random, so each insert
/// touches other pages of an index and the writer profits from a large one; it grows with the database only.
const SQLITE_CACHE_TO_WRITE: &str = "-65536";
const SQLITE_CACHE_TO_READ: &str = "-4096";
/// Pages of the write-ahead log after which it is copied into the file: 32 MiB. A page that is written again
/// before then is copied once.
const SQLITE_CHECKPOINT_PAGES: &str = "8192";
/// Rows that a connection's thread has ready for whoever asked: a whole batch, so that the two threads do not wait for
/// each other in the middle of it.
const SQLITE_ROWS_READY: usize = 512;
/// A PostgreSQL connection that was idle for this long is tried before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);
/// The advisory lock under which one of several starting nodes migrates; any fixed number will do.
const MIGRATION_LOCK: i64 = 0x7274_6370_6c61_7431;
/// Longest name of a PostgreSQL schema, in bytes.
const SCHEMA_BYTES_MAX: usize = 63;

/// What a `DATABASE_URL` names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Memory,
    File(PathBuf),
    Postgres { url: String, schema: Option<String> },
}

/// The open connections. SQLite has one writer at a time, so its writes share a single connection and queue
/// there instead of colliding in the file; PostgreSQL takes both from one pool.
pub(crate) struct Connections {
    pub(crate) backend: Backend,
    pub(crate) read: DatabaseConnection,
    pub(crate) write: DatabaseConnection,
    /// Of a SQLite file: what its commits are forced to the disk by. PostgreSQL does so with each.
    pub(crate) wal: Option<Wal>,
}

/// Opens what `url` names and brings its tables up to date.
pub(crate) async fn connect(url: &str, options: &StoreOptions) -> Result<Connections, ConnectError> {
    let connections = match parse(url)? {
        Target::Memory => {
            let one = sqlite(None, 1, SQLITE_CACHE_TO_WRITE, options).await.map_err(unavailable)?;
            Connections { backend: Backend::Sqlite, read: one.clone(), write: one, wal: None }
        }
        Target::File(path) => {
            if let Some(folder) = path.parent() {
                let made = tokio::fs::create_dir_all(folder).await;
                made.map_err(|why| ConnectError::Unavailable(format!("{}: {why}", folder.display())))?;
            }
            let write = sqlite_writer(&path, options).await.map_err(unavailable)?;
            // A connection has a thread and a cache of its own: more than the machine's cores only take memory.
            let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get() as u32);
            let readers = options.connections_max.min(cores.max(2));
            let read = sqlite(Some(path.clone()), readers, SQLITE_CACHE_TO_READ, options)
                .await
                .map_err(unavailable)?;
            migrate(&write, None).await?;
            let wal = Wal::open(&path)
                .map_err(|why| ConnectError::Unavailable(format!("{}-wal: {why}", path.display())))?;
            return Ok(Connections { backend: Backend::Sqlite, read, write, wal: Some(wal) });
        }
        Target::Postgres { url, schema } => {
            let pool = postgres(url, schema.as_deref(), options).await?;
            migrate(&pool, schema.as_deref()).await?;
            return Ok(Connections {
                backend: Backend::Postgres,
                read: pool.clone(),
                write: pool,
                wal: None,
            });
        }
    };
    migrate(&connections.write, None).await?;
    Ok(connections)
}

/// Begins a transaction that will write: on SQLite it takes the file's lock at once, since one that reads first
/// and writes then fails when another process wrote in between.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    db.begin_with_options(options).await
}

fn pool(url: &str, connections_max: u32, options: &StoreOptions) -> ConnectOptions {
    let mut pool = ConnectOptions::new(url);
    pool.max_connections(connections_max.max(1))
        .acquire_timeout(Duration::from_millis(options.acquire_timeout_ms.max(1)))
        .sqlx_logging(false);
    pool
}

/// Opens the file to write, which is done first: it makes the file and switches it to WAL. The switch takes a lock
/// that SQLite does not wait for, and several processes may start at once.
async fn sqlite_writer(path: &Path, options: &StoreOptions) -> Result<DatabaseConnection, DbErr> {
    let give_up = Instant::now() + SQLITE_BUSY_TIMEOUT;
    loop {
        let opened = sqlite(Some(path.to_owned()), 1, SQLITE_CACHE_TO_WRITE, options).await;
        match opened {
            Err(error) if is_sqlite_busy(&error) && Instant::now() < give_up => {
                sleep(SQLITE_BUSY_RETRY).await
            }
            opened => return opened,
        }
    }
}

async fn sqlite(
    path: Option<PathBuf>,
    connections_max: u32,
    cache: &'static str,
    options: &StoreOptions,
) -> Result<DatabaseConnection, DbErr> {
    let mut pool = pool("sqlite::memory:", connections_max, options);
    // Nothing ends a connection to a file but us; a memory database ends with its connection.
    pool.test_before_acquire(false).idle_timeout(None).max_lifetime(None);
    pool.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = match &path {
            Some(path) => sqlite.in_memory(false).shared_cache(false).filename(path),
            None => sqlite,
        };
        sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .foreign_keys(true)
            .row_buffer_size(SQLITE_ROWS_READY)
            .pragma("cache_size", cache)
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
    });
    Database::connect(pool).await
}

async fn postgres(
    url: String,
    schema: Option<&str>,
    options: &StoreOptions,
) -> Result<DatabaseConnection, ConnectError> {
    let mut pool = pool(&url, options.connections_max, options);
    pool.test_before_acquire_if_idle_for(PING_AFTER_IDLE);
    if let Some(schema) = schema {
        pool.set_schema_search_path(schema);
    }
    Database::connect(pool).await.map_err(unavailable)
}

fn unavailable(error: DbErr) -> ConnectError {
    ConnectError::Unavailable(error.to_string())
}

/// Makes the schema and runs what migrations are missing: all or nothing, and one node at a time.
async fn migrate(db: &DatabaseConnection, schema: Option<&str>) -> Result<(), ConnectError> {
    let tables = async {
        let transaction = begin(db).await?;
        if transaction.get_database_backend() == sea_orm::DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            transaction.execute_unprepared(&lock).await?;
        }
        if let Some(schema) = schema {
            transaction.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await?;
        }
        Migrator::up(&transaction, None).await?;
        transaction.commit().await
    };
    tables.await.map_err(|error: DbErr| ConnectError::Migration(error.to_string()))
}

fn parse(url: &str) -> Result<Target, ConnectError> {
    let wrong = |why: &str| Err(ConnectError::Url(why.to_owned()));
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            if parameter != "mode=rwc" && !parameter.starts_with("schema=") {
                return wrong(
                    "of parameters, sqlite: accepts ?mode=rwc and ?schema= (which it has no use for)",
                );
            }
        }
        return match path.strip_prefix("//").unwrap_or(path) {
            "" => wrong("sqlite: needs a path, such as sqlite:./data/rtc-platform.db, or :memory:"),
            ":memory:" => Ok(Target::Memory),
            path => Ok(Target::File(PathBuf::from(path))),
        };
    }
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return wrong("it must start with sqlite: or postgresql://");
    }
    let (url, schema) = take_schema(url)?;
    match url.parse::<PgConnectOptions>() {
        Ok(_) => Ok(Target::Postgres { url, schema }),
        Err(_) => wrong("it must read postgresql://user:password@host:port/database"),
    }
}

/// Takes `schema=` out of a URL's parameters, since the driver does not know it.
fn take_schema(url: &str) -> Result<(String, Option<String>), ConnectError> {
    let Some((base, parameters)) = url.split_once('?') else {
        return Ok((url.to_owned(), None));
    };
    let (schemas, others): (Vec<&str>, Vec<&str>) =
        parameters.split('&').partition(|parameter| parameter.starts_with("schema="));
    let schema =
        schemas.last().map(|parameter| &parameter["schema=".len()..]).filter(|schema| !schema.is_empty());
    if let Some(schema) = schema {
        let good = schema.len() <= SCHEMA_BYTES_MAX
            && schema.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            && !schema.starts_with("pg_");
        if !good {
            let why = "schema must be 1–63 letters, digits, _ or -, and not start with pg_";
            return Err(ConnectError::Url(why.to_owned()));
        }
    }
    let others = others.join("&");
    let url = if others.is_empty() { base.to_owned() } else { format!("{base}?{others}") };
    Ok((url, schema.map(str::to_owned)))
}

#[cfg(test)]
mod tests;
