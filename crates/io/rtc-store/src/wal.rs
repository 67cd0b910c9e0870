//! SQLite's write-ahead log as a file, to have it on the disk and not in the kernel's memory alone.
//!
//! `synchronous = NORMAL` writes a commit to the log and leaves it to the kernel when it reaches the disk: nothing is
//! lost with a process, and the last moments may be with the machine's power. What must outlive that is followed by
//! [`Wal::sync`], which is what FULL does after each commit. Here it is done for those commits alone that need it,
//! and beside the connection, which serves the next transaction meanwhile. A checkpoint that comes in between syncs
//! the log by itself before it touches the database.

use crate::StoreError;
use std::{fs::File, io, path::Path, sync::Arc};

/// The open log.
#[derive(Clone)]
pub(crate) struct Wal(Arc<File>);

impl Wal {
    /// Opens the log of the database at `path`, which has been written to: so the log is there, and stays while the
    /// database is open.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Ok(Self(Arc::new(File::options().read(true).write(true).open(name)?)))
    }

    /// Returns once all that was committed before is on the disk.
    pub(crate) async fn sync(&self) -> Result<(), StoreError> {
        let file = self.0.clone();
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
        let synced = synced.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        synced
            .map_err(|error| StoreError::Unavailable(format!("the write-ahead log was not synced: {error}")))
    }
}
