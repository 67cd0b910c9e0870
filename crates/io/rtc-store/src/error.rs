//! Why a call to the store did not work: one text for people, the driver's text for the log.

use rtc_types::ErrorCode;
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
