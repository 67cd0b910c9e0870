//! A tenant's rooms.

use crate::{
    Created, Cursor, NewIdempotency, NewRoom, Page, RoomPatch, RoomRow, StoreError, TenantStore,
    sql::{self, Reader, to_db},
    writer::{Creation, Write},
};
use rtc_types::{Millis, RoomId};
use sea_orm::QueryResult;

impl TenantStore {
    /// Creates a room, unless the key was used in the last 24 h.
    pub async fn create_room(
        &self,
        room: NewRoom,
        key: Option<NewIdempotency>,
    ) -> Result<Created, StoreError> {
        let creation = Creation { app_id: self.app_id.clone(), row: room, key };
        self.store.inner.writer.submit(creation, Write::Room).await
    }

    /// One room.
    pub async fn get_room(&self, id: &RoomId) -> Result<Option<RoomRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM room WHERE app_id = $1 AND id = $2");
        let row = sql::one(self.read(), &select, [self.scope(), id.as_str().into()]).await?;
        row.as_ref().map(room).transpose()
    }

    /// The rooms, newest first.
    pub async fn list_rooms(&self, limit: u32, after: Option<&Cursor>) -> Result<Page<RoomRow>, StoreError> {
        let (created_at, id) = Cursor::start(after);
        let select = format!(
            "SELECT {COLUMNS} FROM room WHERE app_id = $1 AND (created_at, id) < ($2, $3) \
            ORDER BY created_at DESC, id DESC LIMIT $4"
        );
        let values = [self.scope(), created_at.into(), id.into(), (i64::from(limit) + 1).into()];
        let rows = sql::all(self.read(), &select, values).await?;
        let rows = rows.iter().map(room).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(rows, limit, |room| Cursor { created_at: room.created_at, id: room.id.to_string() }))
    }

    /// How many rooms there are.
    pub async fn count_rooms(&self) -> Result<u64, StoreError> {
        let select = "SELECT COUNT(*) AS rooms FROM room WHERE app_id = $1";
        let row = sql::one(self.read(), select, [self.scope()]).await?;
        let count: Option<i64> = row.map(|row| row.try_get_by("rooms")).transpose()?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// Changes a room and returns it as it is now; `None` when there is none.
    pub async fn update_room(&self, id: &RoomId, patch: RoomPatch) -> Result<Option<RoomRow>, StoreError> {
        let update = format!(
            "UPDATE room SET name = COALESCE($3, name), max_participants = COALESCE($4, max_participants), \
            topology = COALESCE($5, topology), metadata = CASE WHEN $6 THEN $7 ELSE metadata END, \
            empty_timeout_s = CASE WHEN $8 THEN $9 ELSE empty_timeout_s END, updated_at = $10 \
            WHERE app_id = $1 AND id = $2 RETURNING {COLUMNS}"
        );
        let values = [
            self.scope(),
            id.as_str().into(),
            patch.name.into(),
            patch.max_participants.map(i64::from).into(),
            patch.topology.map(|topology| topology.as_str()).into(),
            patch.metadata.is_some().into(),
            patch.metadata.flatten().into(),
            patch.empty_timeout_s.is_some().into(),
            patch.empty_timeout_s.flatten().map(i64::from).into(),
            to_db(patch.updated_at).into(),
        ];
        let row = sql::one(self.write(), &update, values).await?;
        row.as_ref().map(room).transpose()
    }

    /// Deletes a room with its tokens and bans; false when there is none.
    pub async fn delete_room(&self, id: &RoomId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM room WHERE app_id = $1 AND id = $2";
        Ok(sql::execute(self.write(), delete, [self.scope(), id.as_str().into()]).await? > 0)
    }

    /// Notes that the room was used; an earlier moment than the one noted changes nothing.
    pub async fn touch_room(&self, id: &RoomId, last_active_at: Millis) -> Result<(), StoreError> {
        let update =
            "UPDATE room SET last_active_at = $3 WHERE app_id = $1 AND id = $2 AND last_active_at < $3";
        sql::execute(self.write(), update, [self.scope(), id.as_str().into(), to_db(last_active_at).into()])
            .await?;
        Ok(())
    }

    /// Sets when the time of a room that is empty now is over, whatever its empty timeout; one that has none stays.
    pub async fn end_room_at(&self, id: &RoomId, ends_at: Millis) -> Result<(), StoreError> {
        let update = "UPDATE room SET last_active_at = CAST($3 AS BIGINT) - empty_timeout_s * 1000 \
            WHERE app_id = $1 AND id = $2 AND empty_timeout_s IS NOT NULL";
        sql::execute(self.write(), update, [self.scope(), id.as_str().into(), to_db(ends_at).into()]).await?;
        Ok(())
    }
}

const COLUMNS: &str = "app_id, id, name, max_participants, topology, metadata, empty_timeout_s, last_active_at, \
    created_at, updated_at";

fn room(row: &QueryResult) -> Result<RoomRow, StoreError> {
    let row = Reader(row);
    Ok(RoomRow {
        app_id: row.parsed("app_id")?,
        id: row.parsed("id")?,
        name: row.text("name")?,
        max_participants: row.number("max_participants")?,
        topology: row.parsed("topology")?,
        metadata: row.text_opt("metadata")?,
        empty_timeout_s: row.number_opt("empty_timeout_s")?,
        last_active_at: row.moment("last_active_at")?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
