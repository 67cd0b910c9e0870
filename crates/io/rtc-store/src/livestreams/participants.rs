//! The participants' rows.

use super::{ParticipantFilter, Rows};
use crate::{
    Store, StoreError, TenantStore,
    sql::{self, ManyRows, Reader, fixed_sizes, to_db},
};
use rtc_livestream::{Role, Session, SessionStatus};
use rtc_types::{AppId, Millis, ParticipantId, StreamId, UserId};
use sea_orm::{ConnectionTrait, QueryResult, Value};

/// Most sessions of one user that a change looks at; the newest decide.
const SESSIONS_OF_USER_MAX: i64 = 64;
/// Most places that one look for those that nobody came for returns.
const AWAITED_MAX: i64 = 500;

impl TenantStore {
    /// A stream's participants, the newest first, and how many there are.
    pub async fn list_participants(
        &self,
        stream: &StreamId,
        filter: ParticipantFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Rows<Session>, StoreError> {
        let matching = "FROM livestream_participant WHERE app_id = $1 AND livestream_id = $2 \
            AND (CAST($3 AS TEXT) IS NULL OR status = $3) AND (CAST($4 AS TEXT) IS NULL OR role = $4)";
        let values = || {
            let status = filter.status.map(SessionStatus::as_str);
            [self.scope(), stream.as_str().into(), status.into(), filter.role.map(Role::as_str).into()]
        };
        let select =
            format!("SELECT {COLUMNS} {matching} ORDER BY joined_at DESC, id DESC LIMIT $5 OFFSET $6");
        let [a, b, c, d] = values();
        let values_of_page = [a, b, c, d, i64::from(limit).into(), i64::from(offset).into()];
        let rows = sql::all(self.read(), &select, values_of_page).await?;
        let total = sql::count(self.read(), &format!("SELECT COUNT(*) AS n {matching}"), values()).await?;
        Ok(Rows { rows: rows.iter().map(session).collect::<Result<_, _>>()?, total })
    }
}

impl Store {
    /// Users with a media session in a stream, at most `limit`.
    pub async fn present_users(&self, stream: &StreamId, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let select = "SELECT user_id FROM livestream_participant \
            WHERE livestream_id = $1 AND status = 'JOINED' AND sid IS NOT NULL LIMIT $2";
        let values = [stream.as_str().into(), i64::from(limit).into()];
        let rows = sql::all(&self.inner.connections.read, select, values).await?;
        rows.iter().map(|row| Reader(row).parsed("user_id")).collect()
    }

    /// Places that were given before `before` and whose user has not come; at most 500, the oldest first.
    pub async fn places_awaited_since(
        &self,
        before: Millis,
    ) -> Result<Vec<(AppId, StreamId, UserId, ParticipantId)>, StoreError> {
        let select = "SELECT app_id, livestream_id, user_id, id FROM livestream_participant \
            WHERE status = 'JOINED' AND sid IS NULL AND joined_at < $1 ORDER BY joined_at LIMIT $2";
        let values = [to_db(before).into(), AWAITED_MAX.into()];
        let rows = sql::all(&self.inner.connections.read, select, values).await?;
        let read = |row: Reader<'_>| {
            Ok((
                row.parsed("app_id")?,
                row.parsed("livestream_id")?,
                row.parsed("user_id")?,
                row.parsed("id")?,
            ))
        };
        rows.iter().map(Reader).map(read).collect()
    }
}

/// The newest sessions of some users, each of a stream.
pub(super) async fn of_users<C: ConnectionTrait>(
    db: &C,
    users: &mut [(StreamId, UserId)],
) -> Result<Vec<(StreamId, Session)>, StoreError> {
    let mut sessions = Vec::new();
    for users in fixed_sizes(users) {
        // A list of pairs would have SQLite read everybody of these streams; a cross join keeps its order there.
        let head = format!(
            "SELECT livestream_id, {COLUMNS} FROM (SELECT livestream_id, {COLUMNS}, ROW_NUMBER() OVER \
            (PARTITION BY livestream_id, user_id ORDER BY joined_at DESC) AS age FROM (VALUES "
        );
        let rows = users.iter().map(|(stream, user)| [stream.as_str().into(), user.as_str().into()]);
        let select = ManyRows::new(db.get_database_backend(), &head)
            .rows(rows)
            .text(
                ") AS asked CROSS JOIN livestream_participant \
                WHERE livestream_id = asked.column1 AND user_id = asked.column2) AS newest WHERE age <= ",
            )
            .value(SESSIONS_OF_USER_MAX);
        for row in db.query_all_raw(select.build()).await? {
            sessions.push((Reader(&row).parsed("livestream_id")?, session(&row)?));
        }
    }
    Ok(sessions)
}

/// Writes sessions, new or changed, each of an app's stream.
pub(super) async fn save<C: ConnectionTrait>(
    db: &C,
    sessions: &[(&AppId, &StreamId, &Session)],
) -> Result<(), StoreError> {
    // Whoever leaves makes room for whoever comes: a user holds one place.
    for status in [SessionStatus::Left, SessionStatus::Joined] {
        let of_status = sessions.iter().filter(|(.., session)| session.status == status);
        let mut rows: Vec<[Value; 13]> =
            of_status.map(|(app, stream, session)| values(app, stream, session)).collect();
        for rows in fixed_sizes(&mut rows) {
            let upsert = ManyRows::new(db.get_database_backend(), UPSERT)
                .rows(rows.iter().cloned())
                .text(
                    " ON CONFLICT (id) DO UPDATE SET status = excluded.status, sid = excluded.sid, \
                    room_sid = excluded.room_sid, connected_at = excluded.connected_at, left_at = excluded.left_at",
                );
            db.execute_raw(upsert.build()).await?;
        }
    }
    Ok(())
}

/// Ends every session of a stream that goes on, or ended later than `at`.
pub(super) async fn all_left<C: ConnectionTrait>(
    db: &C,
    stream: &StreamId,
    at: Millis,
) -> Result<(), StoreError> {
    let update = "UPDATE livestream_participant SET status = 'LEFT', left_at = $2 \
        WHERE livestream_id = $1 AND (left_at IS NULL OR left_at > $2)";
    sql::execute(db, update, [stream.as_str().into(), to_db(at).into()]).await?;
    Ok(())
}

const UPSERT: &str = "INSERT INTO livestream_participant (app_id, livestream_id, id, user_id, display_name, role, \
    status, metadata, sid, room_sid, joined_at, connected_at, left_at) VALUES ";

fn values(app: &AppId, stream: &StreamId, session: &Session) -> [Value; 13] {
    [
        app.as_str().into(),
        stream.as_str().into(),
        session.id.as_str().into(),
        session.user_id.as_str().into(),
        session.display_name.as_str().into(),
        session.role.as_str().into(),
        session.status.as_str().into(),
        session.metadata.as_deref().into(),
        session.sid.as_deref().into(),
        session.room_sid.as_deref().into(),
        to_db(session.joined_at).into(),
        session.connected_at.map(to_db).into(),
        session.left_at.map(to_db).into(),
    ]
}

const COLUMNS: &str = "id, user_id, display_name, role, status, metadata, sid, room_sid, joined_at, connected_at, \
    left_at";

fn session(row: &QueryResult) -> Result<Session, StoreError> {
    let row = Reader(row);
    Ok(Session {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        display_name: row.text("display_name")?,
        role: row.parsed("role")?,
        status: row.parsed("status")?,
        metadata: row.text_opt("metadata")?,
        sid: row.text_opt("sid")?,
        room_sid: row.text_opt("room_sid")?,
        joined_at: row.moment("joined_at")?,
        connected_at: row.moment_opt("connected_at")?,
        left_at: row.moment_opt("left_at")?,
    })
}
