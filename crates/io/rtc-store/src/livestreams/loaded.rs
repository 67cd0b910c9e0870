//! What one transaction has loaded: streams and sessions, each read once, changed in memory and written at the end.

use super::{Action, Change, LivestreamRow, Target, outbox::Unsent, participants, streams};
use crate::{
    StoreError,
    sql::{self, ManyRows, fixed_sizes, to_db},
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
        let mut targets: Vec<(AppId, Target)> = targets.into_iter().collect();
        for of_app in targets.chunk_by_mut(|(one, _), (other, _)| one == other) {
            for targets in fixed_sizes(of_app) {
                let rows = find(db, targets).await?;
                for (app, target) in targets.iter() {
                    let row =
                        rows.iter().filter(|row| named_by(row, target)).max_by_key(|row| rank(row, target));
                    if let Some(row) = row {
                        let id = row.stream.id.clone();
                        loaded.streams.entry(id).or_insert_with(|| Entry::of(row.clone()));
                    }
                    let id = row.map(|row| row.stream.id.clone());
                    loaded.by_target.insert((app.clone(), target.clone()), id);
                }
            }
        }
        let mut users: BTreeSet<(StreamId, UserId)> = BTreeSet::new();
        for change in changes {
            if let (Some(id), Some(user)) = (loaded.id_of(change), change.action.about()) {
                users.insert((id, user.clone()));
            }
        }
        let mut users: Vec<(StreamId, UserId)> = users.into_iter().collect();
        for (id, user) in &users {
            if let Some(entry) = loaded.streams.get_mut(id) {
                entry.sessions.entry(user.clone()).or_default();
            }
        }
        for (id, session) in participants::of_users(db, &mut users).await? {
            if let Some(entry) = loaded.streams.get_mut(&id) {
                let of_user = entry.sessions.entry(session.user_id.clone()).or_default();
                of_user.stored.push(session.clone());
                of_user.now.push(session);
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
    pub(super) async fn write(self, db: &DatabaseTransaction, now: Millis) -> Result<(), StoreError> {
        let changed: Vec<_> = self.streams.values().flat_map(Entry::changed_sessions).collect();
        participants::save(db, &changed).await?;
        let mut rows: Vec<&LivestreamRow> =
            self.streams.values().filter(|entry| entry.row != entry.stored).map(|entry| &entry.row).collect();
        streams::save(db, &mut rows).await?;
        let is_seen = |entry: &&Entry| entry.row.stream.revision != entry.stored.stream.revision;
        let unsent = |entry: &Entry| Unsent {
            stream_id: entry.row.stream.id.clone(),
            revision: entry.row.stream.revision,
            started: entry.started,
            ended: entry.ended,
        };
        let mut unsent: Vec<Unsent> = self.streams.values().filter(is_seen).map(unsent).collect();
        super::outbox::put(db, &mut unsent, now).await
    }
}

impl Entry {
    fn of(row: LivestreamRow) -> Self {
        Self { stored: row.clone(), row, sessions: HashMap::new(), started: false, ended: false }
    }

    fn changed_sessions(&self) -> impl Iterator<Item = (&AppId, &StreamId, &Session)> {
        self.sessions.values().flat_map(|of_user| {
            let changed = of_user.now.iter().filter(|session| !of_user.stored.contains(session));
            changed.map(|session| (&self.row.app_id, &self.row.stream.id, session))
        })
    }

    async fn flush_sessions(&mut self, db: &DatabaseTransaction) -> Result<(), StoreError> {
        let changed: Vec<_> = self.changed_sessions().collect();
        participants::save(db, &changed).await?;
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

/// The streams that targets of one app may mean, locked where the database has row locks, always in one order.
async fn find(
    db: &DatabaseTransaction,
    targets: &[(AppId, Target)],
) -> Result<Vec<LivestreamRow>, StoreError> {
    let backend = db.get_database_backend();
    let lock = if backend == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let app = targets.first().map_or("", |(app, _)| app.as_str());
    let (mut ids, mut sids, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (_, target) in targets {
        match target {
            Target::Stream(id) => ids.push(id.as_str()),
            Target::Room(room) => {
                names.push(room.name.as_str());
                sids.extend(Some(room.sid.as_str()).filter(|sid| !sid.is_empty()));
            }
        }
    }
    // One search a way of naming: with OR between them SQLite reads all streams of the app.
    let head = format!("SELECT {} FROM livestream WHERE id IN (", streams::COLUMNS);
    let mut select = ManyRows::new(backend, &head);
    let named = [
        ("id", ids, ""),
        ("room_sid", sids, ""),
        ("room_name", names, " AND status IN ('SCHEDULED', 'LIVE')"),
    ];
    let mut between = "";
    for (column, values, only) in named.into_iter().filter(|(_, values, _)| !values.is_empty()) {
        let search = format!("{between}SELECT id FROM livestream WHERE app_id = ");
        select = select.text(&search).value(app).text(&format!(" AND {column} IN ")).list(values).text(only);
        between = " UNION ";
    }
    let select = select.text(&format!(") ORDER BY id{lock}"));
    db.query_all_raw(select.build()).await?.iter().map(streams::livestream).collect()
}

/// Whether a stream is one that the target may mean: its room's sid says it for good, its name while it is open.
fn named_by(row: &LivestreamRow, target: &Target) -> bool {
    match target {
        Target::Stream(id) => row.stream.id == *id,
        Target::Room(room) => {
            has_sid(row, &room.sid) || (row.room_name == room.name && row.stream.status.is_open())
        }
    }
}

/// Of two that a target may mean, the one whose room has its sid is the one.
fn rank(row: &LivestreamRow, target: &Target) -> bool {
    matches!(target, Target::Room(room) if has_sid(row, &room.sid))
}

fn has_sid(row: &LivestreamRow, sid: &str) -> bool {
    !sid.is_empty() && row.stream.room.as_ref().is_some_and(|room| room.sid == sid)
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
