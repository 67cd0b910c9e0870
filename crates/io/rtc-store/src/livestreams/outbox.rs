//! What was committed and may not have reached the bus yet.

use crate::{
    Store, StoreError,
    sql::{self, Reader, to_db},
};
use rtc_types::{Millis, StreamId};
use sea_orm::ConnectionTrait;

/// Most rows that one look at the outbox returns.
const UNSENT_MAX: i64 = 500;

/// A change of what watchers see that its process may not have told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Whose stream.
    pub stream_id: StreamId,
    /// The stream's revision with the change.
    pub revision: u64,
    /// Whether its room came up.
    pub started: bool,
    /// Whether it ended.
    pub ended: bool,
}

impl Store {
    /// What was committed before `before` and is not told, the oldest first; at most 500.
    pub async fn unsent(&self, before: Millis) -> Result<Vec<Unsent>, StoreError> {
        let select = "SELECT livestream_id, revision, started, ended FROM outbox WHERE created_at < $1 \
            ORDER BY created_at, revision LIMIT $2";
        let values = [to_db(before).into(), UNSENT_MAX.into()];
        let rows = sql::all(&self.inner.connections.read, select, values).await?;
        let read = |row: &sea_orm::QueryResult| {
            Ok(Unsent {
                stream_id: Reader(row).parsed("livestream_id")?,
                revision: Reader(row).moment("revision")?,
                started: row.try_get_by("started")?,
                ended: row.try_get_by("ended")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Notes that a change was told.
    pub async fn mark_sent(&self, stream: &StreamId, revision: u64) -> Result<(), StoreError> {
        let delete = "DELETE FROM outbox WHERE livestream_id = $1 AND revision = $2";
        let values = [stream.as_str().into(), to_db(revision).into()];
        sql::execute(&self.inner.connections.write, delete, values).await?;
        Ok(())
    }
}

/// Notes a change that is to be told.
pub(super) async fn put<C: ConnectionTrait>(db: &C, unsent: &Unsent, now: Millis) -> Result<(), StoreError> {
    let insert = "INSERT INTO outbox (livestream_id, revision, started, ended, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    let values = [
        unsent.stream_id.as_str().into(),
        to_db(unsent.revision).into(),
        unsent.started.into(),
        unsent.ended.into(),
        to_db(now).into(),
    ];
    sql::execute(db, insert, values).await?;
    Ok(())
}
