//! What one transaction has loaded: streams and sessions, each read once, changed in memory and written at the end.

use super::{Action, Change, LivestreamRow, Target, outbox::Unsent, participants, streams};
use crate::{
    StoreError,
    sql::{self, to_db},
};
use rtc_livestream::{Effect, Event, Ownership, Session, SessionStatus, State, reduce};
use rtc_types::{AppId, Millis, StreamId, UserId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One stream in the transaction.
struct Entry {
    row: LivestreamRow,
    stored: LivestreamRow,
    sessions: HashMap<UserId, Sessions>,
    started: bool,
    ended: bool,
}

/// The sessions of one user: as they are, and as the database has them.
#[derive(Default)]
struct Sessions {
    now: Vec<Session>,
    stored: Vec<Session>,
}

/// The streams of one transaction.
pub(super) struct Loaded {
    streams: HashMap<StreamId, Entry>,
    by_target: BTreeMap<(AppId, Target), Option<StreamId>>,
}

impl Loaded {
    /// Reads what `changes` need, and locks the streams where the database has row locks: always in one order, so
    /// that two transactions do not wait for each other.
    pub(super) async fn read<'a>(
        db: &DatabaseTransaction,
        changes: impl Iterator<Item = &'a Change> + Clone,
    ) -> Result<Self, StoreError> {
        let targets: BTreeSet<_> =
            changes.clone().map(|change| (change.app_id.clone(), change.target.clone())).collect();
        let mut loaded = Loaded { streams: HashMap::new(), by_target: BTreeMap::new() };
        for (app, target) in targets {
            let row = find(db, &app, &target).await?;
            let id = row.as_ref().map(|row| row.stream.id.clone());
            if let Some(row) = row {
                loaded.streams.entry(row.stream.id.clone()).or_insert_with(|| Entry::of(row));
            }
            loaded.by_target.insert((app, target), id);
        }
        let mut users: HashMap<StreamId, BTreeSet<UserId>> = HashMap::new();
        for change in changes {
            if let (Some(id), Some(user)) = (loaded.id_of(change), change.action.about()) {
                users.entry(id).or_default().insert(user.clone());
            }
        }
        for (id, users) in users {
            let mut users: Vec<UserId> = users.into_iter().collect();
            let sessions = participants::of_users(db, &id, &mut users).await?;
            if let Some(entry) = loaded.streams.get_mut(&id) {
                entry.sessions = users.into_iter().map(|user| (user, Sessions::default())).collect();
                for session in sessions {
                    let of_user = entry.sessions.entry(session.user_id.clone()).or_default();
                    of_user.stored.push(session.clone());
                    of_user.now.push(session);
                }
            }
        }
        Ok(loaded)
    }

    fn id_of(&self, change: &Change) -> Option<StreamId> {
        self.by_target.get(&(change.app_id.clone(), change.target.clone()))?.clone()
    }

    /// The change's stream as it is now, with the sessions of the change's user.
    pub(super) fn get(&self, change: &Change) -> Option<(&LivestreamRow, &[Session])> {
        let entry = self.streams.get(&self.id_of(change)?)?;
        let sessions = change.action.about().and_then(|user| entry.sessions.get(user));
        Some((&entry.row, sessions.map_or(&[], |sessions| &sessions.now)))
    }

    /// Runs the reducer on the change's stream. `None`: there is no such stream, or the media room is another's.
    pub(super) async fn reduce(
        &mut self,
        db: &DatabaseTransaction,
        change: &Change,
        event: Event,
        now: Millis,
    ) -> Result<Option<(Vec<Session>, Vec<Effect>)>, StoreError> {
        let Some(entry) = self.id_of(change).and_then(|id| self.streams.get_mut(&id)) else {
            return Ok(None);
        };
        if let Target::Room(room) = &change.target
            && !room.sid.is_empty()
        {
            let room = room.media_room();
            match entry.row.stream.owns(&room) {
                Ownership::Other => return Ok(None),
                Ownership::Newer => entry.row.stream.room = Some(room),
                Ownership::Known => {}
            }
        }
        let user = change.action.about();
        let sessions = user.and_then(|user| entry.sessions.get_mut(user));
        let before = sessions.map_or_else(Vec::new, |sessions| std::mem::take(&mut sessions.now));
        let status = entry.row.stream.status;
        let state = State { stream: entry.row.stream.clone(), sessions: before };
        let (State { stream, sessions }, effects) = reduce(state, event);
        if stream.status != status {
            entry.row.updated_at = now;
        }
        entry.row.stream = stream;
        if let Some(user) = user {
            entry.sessions.entry(user.clone()).or_default().now = sessions.clone();
        }
        for effect in &effects {
            match effect {
                Effect::TellStarted => entry.started = true,
                Effect::TellEnded => entry.ended = true,
                Effect::AllLeft(at) => entry.all_left(db, *at).await?,
                _ => {}
            }
        }
        Ok(Some((sessions, effects)))
    }

    /// Writes what changed.
    pub(super) async fn write(mut self, db: &DatabaseTransaction, now: Millis) -> Result<(), StoreError> {
        let mut unsent = Vec::new();
        for entry in self.streams.values_mut() {
            entry.flush_sessions(db).await?;
            if entry.row != entry.stored {
                streams::save(db, &entry.row).await?;
            }
            let revision = entry.row.stream.revision;
            if revision != entry.stored.stream.revision {
                let stream_id = entry.row.stream.id.clone();
                unsent.push(Unsent { stream_id, revision, started: entry.started, ended: entry.ended });
            }
        }
        super::outbox::put(db, &mut unsent, now).await
    }
}

impl Entry {
    fn of(row: LivestreamRow) -> Self {
        Self { stored: row.clone(), row, sessions: HashMap::new(), started: false, ended: false }
    }

    async fn flush_sessions(&mut self, db: &DatabaseTransaction) -> Result<(), StoreError> {
        let changed: Vec<&Session> = (self.sessions.values())
            .flat_map(|of_user| of_user.now.iter().filter(|session| !of_user.stored.contains(session)))
            .collect();
        participants::save(db, &self.row.app_id, &self.row.stream.id, &changed).await?;
        for of_user in self.sessions.values_mut() {
            of_user.stored.clone_from(&of_user.now);
        }
        Ok(())
    }

    /// Ends every session, those that are loaded and all others.
    async fn all_left(&mut self, db: &DatabaseTransaction, at: Millis) -> Result<(), StoreError> {
        self.flush_sessions(db).await?;
        participants::all_left(db, &self.row.stream.id, at).await?;
        for of_user in self.sessions.values_mut() {
            for session in &mut of_user.now {
                if session.left_at.is_none_or(|left_at| left_at > at) {
                    session.status = SessionStatus::Left;
                    session.left_at = Some(at);
                }
            }
            of_user.stored.clone_from(&of_user.now);
        }
        Ok(())
    }
}

/// The stream of a target. A media room's sid says it for good; its name says it for the open stream only.
async fn find(
    db: &DatabaseTransaction,
    app: &AppId,
    target: &Target,
) -> Result<Option<LivestreamRow>, StoreError> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let columns = streams::COLUMNS;
    match target {
        Target::Stream(id) => {
            let select = format!("SELECT {columns} FROM livestream WHERE app_id = $1 AND id = $2{lock}");
            let row = sql::one(db, &select, [app.as_str().into(), id.as_str().into()]).await?;
            row.as_ref().map(streams::livestream).transpose()
        }
        Target::Room(room) => {
            let select = format!(
                "SELECT {columns} FROM livestream WHERE app_id = $1 AND (room_sid = $2 \
                OR (room_name = $3 AND status IN ('SCHEDULED', 'LIVE'))){lock}"
            );
            let sid = (!room.sid.is_empty()).then_some(room.sid.as_str());
            let values = [app.as_str().into(), sid.into(), room.name.as_str().into()];
            let mut rows = Vec::new();
            for row in sql::all(db, &select, values).await? {
                rows.push(streams::livestream(&row)?);
            }
            let is_it = |row: &LivestreamRow| row.stream.room.as_ref().map(|room| room.sid.as_str()) == sid;
            let known = if sid.is_some() { rows.iter().position(is_it) } else { None };
            let open = rows.iter().position(|row| row.stream.status.is_open());
            Ok(known.or(open).map(|index| rows.swap_remove(index)))
        }
    }
}

/// What a change asks of the reducer, where it is to be asked.
pub(super) fn event_of(action: &Action, sessions: &[Session]) -> Option<Event> {
    match action {
        Action::Event(event) => Some(event.clone()),
        Action::Seat(session) => Some(Event::Seated(session.clone())),
        Action::Lapse { user_id, participant, at } => sessions
            .iter()
            .any(|session| session.id == *participant && session.is_joined() && session.sid.is_none())
            .then(|| Event::Unseated { user_id: user_id.clone(), at: *at }),
        Action::Record => None,
    }
}

/// Remembers webhooks and tells which of them are new.
pub(super) async fn remember(
    db: &DatabaseTransaction,
    webhooks: &mut [(&AppId, &str)],
    now: Millis,
) -> Result<BTreeSet<(AppId, String)>, StoreError> {
    // In one order, so that two transactions do not wait for each other.
    webhooks.sort();
    let mut new = BTreeSet::new();
    for webhooks in sql::fixed_sizes(webhooks) {
        let rows = webhooks.iter().map(|(app, id)| [app.as_str().into(), (*id).into(), to_db(now).into()]);
        let head = "INSERT INTO webhook_processed (app_id, id, processed_at) VALUES ";
        let insert = sql::ManyRows::new(db.get_database_backend(), head)
            .rows(rows)
            .text(" ON CONFLICT (app_id, id) DO NOTHING RETURNING app_id, id");
        for row in db.query_all_raw(insert.build()).await? {
            let row = sql::Reader(&row);
            new.insert((row.parsed("app_id")?, row.text("id")?));
        }
    }
    Ok(new)
}
