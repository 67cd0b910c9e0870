//! Why a call to the store did not work: one text for people, the driver's text for the log.

use rtc_types::ErrorCode;
use sea_orm::{DbErr, RuntimeErr, SqlxSqliteError, sqlx};
use std::fmt;

/// Why an operation on a connected store failed.
///
/// `Display` is for people and gives nothing away; `Debug` and [`StoreError::log_text`] carry what the
/// driver said and belong in the log alone.
#[derive(Clone, Debug)]
pub enum StoreError {
    /// The database cannot be reached, is busy beyond its time-out, or the store was closed.
    ///
    /// A write that ends so may have been committed: the connection was lost before the answer came.
    Unavailable(String),
    /// The row exists already, or what it belongs to (its app or room) does not.
    Conflict(String),
    /// A fault of ours, or of the database's schema.
    Internal(String),
}

impl StoreError {
    /// The code that a client sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            StoreError::Unavailable(_) => ErrorCode::Unavailable,
            StoreError::Conflict(_) => ErrorCode::Conflict,
            StoreError::Internal(_) => ErrorCode::InternalError,
        }
    }

    /// What the driver said; for the log.
    pub fn log_text(&self) -> &str {
        match self {
            StoreError::Unavailable(text) | StoreError::Conflict(text) | StoreError::Internal(text) => text,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StoreError::Unavailable(_) => "the database cannot be reached; try again",
            StoreError::Conflict(_) => "it exists already, or what it belongs to does not exist",
            StoreError::Internal(_) => "the server failed to read or write its data",
        })
    }
}

impl std::error::Error for StoreError {}

/// Why a store could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// `DATABASE_URL` is not one that is accepted; holds what was wrong, without the password.
    Url(String),
    /// The database cannot be reached, or its file or folder cannot be made.
    Unavailable(String),
    /// The database was reached, but its tables could not be brought up to date.
    Migration(String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Url(why) => write!(f, "DATABASE_URL is not usable: {why}"),
            ConnectError::Unavailable(why) => write!(f, "the database cannot be reached: {why}"),
            ConnectError::Migration(why) => write!(f, "the database's tables cannot be updated: {why}"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        if error.sql_err().is_some() {
            // A unique or foreign key; SeaORM tells the two databases' codes apart.
            StoreError::Conflict(text)
        } else if is_unavailable(&error) {
            StoreError::Unavailable(text)
        } else {
            StoreError::Internal(text)
        }
    }
}

fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(error) => {
                    let code = error.code().unwrap_or_default();
                    match error.try_downcast_ref::<SqlxSqliteError>() {
                        Some(_) => is_sqlite_unavailable(&code),
                        None => is_postgres_unavailable(&code),
                    }
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether another process holds a lock on the SQLite file.
pub(crate) fn is_sqlite_busy(error: &DbErr) -> bool {
    let (DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error)) = error else { return false };
    let RuntimeErr::SqlxError(error) = error else { return false };
    let Some(error) =
        error.as_database_error().filter(|error| error.try_downcast_ref::<SqlxSqliteError>().is_some())
    else {
        return false;
    };
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// BUSY, LOCKED, READONLY, IOERR, FULL and CANTOPEN, with all their extended codes.
fn is_sqlite_unavailable(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// Connection exceptions (08), lack of resources (53), shutdown (57P), a lost race (40) and a server that takes
/// no writes (25006): all pass with time.
fn is_postgres_unavailable(code: &str) -> bool {
    ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class)) || code == "25006"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_people_nothing_of_the_driver() {
        let error = StoreError::from(DbErr::Custom("relation room does not exist".into()));
        assert_eq!(error.code(), ErrorCode::InternalError);
        assert!(!error.to_string().contains("relation"));
        assert!(error.log_text().contains("relation room does not exist"));
    }

    #[test]
    fn a_database_that_is_busy_or_gone_is_unavailable() {
        for code in ["5", "261", "517", "10", "778", "13", "14"] {
            assert!(is_sqlite_unavailable(code), "{code}");
        }
        for code in ["08006", "57P01", "53300", "40001", "25006"] {
            assert!(is_postgres_unavailable(code), "{code}");
        }
        assert!(!is_sqlite_unavailable("1"));
        assert!(!is_postgres_unavailable("42P01"));
        let closed = DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed);
        assert_eq!(StoreError::from(closed).code(), ErrorCode::Unavailable);
    }
}
