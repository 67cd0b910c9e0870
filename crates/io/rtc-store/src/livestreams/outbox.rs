//! What was committed and may not have reached the bus yet.

use crate::{
    Store, StoreError,
    sql::{self, ManyRows, Reader, fixed_sizes, to_db},
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

    /// Notes that these changes, each a stream and its revision, were told.
    pub async fn mark_sent(&self, sent: &[(&StreamId, u64)]) -> Result<(), StoreError> {
        let db = &self.inner.connections.write;
        for sent in fixed_sizes(&mut sent.to_vec()) {
            let rows =
                sent.iter().map(|(stream, revision)| [stream.as_str().into(), to_db(*revision).into()]);
            // A bare list of pairs would have SQLite read the whole table.
            let head = "DELETE FROM outbox WHERE (livestream_id, revision) IN \
                (SELECT column1, column2 FROM (VALUES ";
            let delete = ManyRows::new(db.get_database_backend(), head).rows(rows).text(") AS sent)");
            db.execute_raw(delete.build()).await?;
        }
        Ok(())
    }
}

/// Notes changes that are to be told.
pub(super) async fn put<C: ConnectionTrait>(
    db: &C,
    unsent: &mut [Unsent],
    now: Millis,
) -> Result<(), StoreError> {
    for unsent in fixed_sizes(unsent) {
        let rows = unsent.iter().map(|unsent| {
            [
                unsent.stream_id.as_str().into(),
                to_db(unsent.revision).into(),
                unsent.started.into(),
                unsent.ended.into(),
                to_db(now).into(),
            ]
        });
        let head = "INSERT INTO outbox (livestream_id, revision, started, ended, created_at) VALUES ";
        db.execute_raw(ManyRows::new(db.get_database_backend(), head).rows(rows).build()).await?;
    }
    Ok(())
}
