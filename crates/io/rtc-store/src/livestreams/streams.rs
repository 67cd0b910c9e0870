//! The streams' rows.

use super::{LivestreamPatch, LivestreamRow, NewLivestream, Rows};
use crate::{
    StoreError, TenantStore,
    sql::{self, ManyRows, Reader, fixed_sizes, to_db},
};
use rtc_livestream::{MediaRoom, Stream, StreamStatus};
use rtc_types::StreamId;
use sea_orm::{ConnectionTrait, QueryResult, Value};

impl TenantStore {
    /// Writes a stream down as `SCHEDULED`.
    ///
    /// # Errors
    /// A conflict where an open stream of the tenant has its room name.
    pub async fn create_livestream(&self, new: NewLivestream) -> Result<LivestreamRow, StoreError> {
        let insert = format!(
            "INSERT INTO livestream (app_id, id, room_name, title, description, metadata, max_participants, \
            empty_timeout_s, created_by, status, created_at, updated_at, joined_count, viewer_count, total_viewers, \
            peak_viewer_count, revision) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'SCHEDULED', $10, $10, 0, 0, 0, 0, 0) RETURNING {COLUMNS}"
        );
        let values = [
            self.scope(),
            new.id.as_str().into(),
            new.room_name.into(),
            new.title.into(),
            new.description.into(),
            new.metadata.into(),
            i64::from(new.max_participants).into(),
            i64::from(new.empty_timeout_s).into(),
            new.created_by.as_str().into(),
            to_db(new.created_at).into(),
        ];
        let row = sql::one(self.write(), &insert, values).await?;
        row.as_ref()
            .map(livestream)
            .transpose()?
            .ok_or_else(|| StoreError::Internal("an insert returned no row".into()))
    }

    /// One stream.
    pub async fn get_livestream(&self, id: &StreamId) -> Result<Option<LivestreamRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM livestream WHERE app_id = $1 AND id = $2");
        let row = sql::one(self.read(), &select, [self.scope(), id.as_str().into()]).await?;
        row.as_ref().map(livestream).transpose()
    }

    /// The streams, newest first, and how many there are.
    pub async fn list_livestreams(
        &self,
        status: Option<StreamStatus>,
        limit: u32,
        offset: u32,
    ) -> Result<Rows<LivestreamRow>, StoreError> {
        let status = status.map(StreamStatus::as_str);
        let select = format!(
            "SELECT {COLUMNS} FROM livestream WHERE app_id = $1 AND (CAST($2 AS TEXT) IS NULL OR status = $2) \
            ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4"
        );
        let values = [self.scope(), status.into(), i64::from(limit).into(), i64::from(offset).into()];
        let rows = sql::all(self.read(), &select, values).await?;
        let count = "SELECT COUNT(*) AS n FROM livestream \
            WHERE app_id = $1 AND (CAST($2 AS TEXT) IS NULL OR status = $2)";
        let total = sql::count(self.read(), count, [self.scope(), status.into()]).await?;
        Ok(Rows { rows: rows.iter().map(livestream).collect::<Result<_, _>>()?, total })
    }

    /// Changes a stream's settings and returns it as it is now; `None` when there is none.
    pub async fn update_livestream(
        &self,
        id: &StreamId,
        patch: LivestreamPatch,
    ) -> Result<Option<LivestreamRow>, StoreError> {
        let update = format!(
            "UPDATE livestream SET title = COALESCE($3, title), \
            description = CASE WHEN $4 THEN $5 ELSE description END, \
            metadata = CASE WHEN $6 THEN $7 ELSE metadata END, \
            max_participants = COALESCE($8, max_participants), \
            empty_timeout_s = COALESCE($9, empty_timeout_s), updated_at = $10 \
            WHERE app_id = $1 AND id = $2 RETURNING {COLUMNS}"
        );
        let values = [
            self.scope(),
            id.as_str().into(),
            patch.title.into(),
            patch.description.is_some().into(),
            patch.description.flatten().into(),
            patch.metadata.is_some().into(),
            patch.metadata.flatten().into(),
            patch.max_participants.map(i64::from).into(),
            patch.empty_timeout_s.map(i64::from).into(),
            to_db(patch.updated_at).into(),
        ];
        let row = sql::one(self.write(), &update, values).await?;
        row.as_ref().map(livestream).transpose()
    }
}

impl crate::Store {
    /// One stream of any tenant: its id is what its public page knows.
    pub async fn find_livestream(&self, id: &StreamId) -> Result<Option<LivestreamRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM livestream WHERE id = $1");
        let row = sql::one(&self.inner.connections.read, &select, [id.as_str().into()]).await?;
        row.as_ref().map(livestream).transpose()
    }

    /// Streams of all tenants that were written down before `before` and have no room yet: whoever made them was
    /// cut off. At most 100.
    pub async fn livestreams_without_room(
        &self,
        before: rtc_types::Millis,
    ) -> Result<Vec<LivestreamRow>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM livestream WHERE status = 'SCHEDULED' AND created_at < $1 LIMIT 100"
        );
        let rows = sql::all(&self.inner.connections.read, &select, [to_db(before).into()]).await?;
        rows.iter().map(livestream).collect()
    }
}

/// Writes what the reducer may have changed.
pub(super) async fn save<C: ConnectionTrait>(db: &C, rows: &mut [&LivestreamRow]) -> Result<(), StoreError> {
    let head = "UPDATE livestream SET status = v.column2, started_at = v.column3, ended_at = v.column4, \
        room_sid = v.column5, room_created_at = v.column6, joined_count = v.column7, viewer_count = v.column8, \
        total_viewers = v.column9, peak_viewer_count = v.column10, host_name = v.column11, revision = v.column12, \
        updated_at = v.column13 FROM (VALUES ";
    for rows in fixed_sizes(rows) {
        let rows = rows.iter().map(|row| values(row));
        let update = ManyRows::new(db.get_database_backend(), head)
            .rows(rows)
            .text(") AS v WHERE livestream.id = v.column1");
        db.execute_raw(update.build()).await?;
    }
    Ok(())
}

fn values(row: &LivestreamRow) -> [Value; 13] {
    let stream = &row.stream;
    [
        stream.id.as_str().into(),
        stream.status.as_str().into(),
        stream.started_at.map(to_db).into(),
        stream.ended_at.map(to_db).into(),
        stream.room.as_ref().map(|room| room.sid.as_str()).into(),
        stream.room.as_ref().map(|room| to_db(room.created_at)).into(),
        i64::from(stream.joined_count).into(),
        i64::from(stream.viewer_count).into(),
        i64::from(stream.total_viewers).into(),
        i64::from(stream.peak_viewer_count).into(),
        stream.host_name.as_deref().into(),
        to_db(stream.revision).into(),
        to_db(row.updated_at).into(),
    ]
}

pub(super) const COLUMNS: &str = "app_id, id, room_name, title, description, metadata, max_participants, \
    empty_timeout_s, status, created_by, created_at, updated_at, started_at, ended_at, room_sid, room_created_at, \
    joined_count, viewer_count, total_viewers, peak_viewer_count, host_name, revision";

pub(super) fn livestream(row: &QueryResult) -> Result<LivestreamRow, StoreError> {
    let row = Reader(row);
    let room_created_at = row.moment_opt("room_created_at")?.unwrap_or(0);
    let room = row.text_opt("room_sid")?.map(|sid| MediaRoom { sid, created_at: room_created_at });
    Ok(LivestreamRow {
        app_id: row.parsed("app_id")?,
        room_name: row.text("room_name")?,
        title: row.text("title")?,
        description: row.text_opt("description")?,
        metadata: row.text_opt("metadata")?,
        max_participants: row.number("max_participants")?,
        empty_timeout_s: row.number("empty_timeout_s")?,
        updated_at: row.moment("updated_at")?,
        stream: Stream {
            id: row.parsed("id")?,
            status: row.parsed("status")?,
            created_by: row.parsed("created_by")?,
            created_at: row.moment("created_at")?,
            room,
            started_at: row.moment_opt("started_at")?,
            ended_at: row.moment_opt("ended_at")?,
            joined_count: row.number("joined_count")?,
            viewer_count: row.number("viewer_count")?,
            total_viewers: row.number("total_viewers")?,
            peak_viewer_count: row.number("peak_viewer_count")?,
            host_name: row.text_opt("host_name")?,
            revision: row.moment("revision")?,
        },
    })
}
