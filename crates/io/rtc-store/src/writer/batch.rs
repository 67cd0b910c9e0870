//! The statements of one batch: keys first, then rooms, tokens and claims, many rows a statement.

use super::{ClaimRequest, Creation, Job, Write};
use crate::{
    Claim, Created, NewRoom, NewToken, StoreError, idempotency, jobs,
    sql::{ManyRows, Reader, fixed_sizes, to_db},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use std::collections::{HashMap, HashSet};

/// Runs the batch and notes each request's outcome; it counts only once the caller commits.
pub(super) async fn write(db: &DatabaseTransaction, writes: &mut [Write]) -> Result<(), StoreError> {
    let mut rooms = Vec::new();
    let mut tokens = Vec::new();
    let mut claims = Vec::new();
    let mut new_jobs = Vec::new();
    for write in writes.iter_mut() {
        match write {
            Write::Room(job) => {
                if settle_key(db, job).await? {
                    rooms.push(room_values(&job.input));
                }
            }
            Write::Token(job) => {
                if settle_key(db, job).await? {
                    tokens.push(token_values(&job.input));
                }
            }
            Write::Claim(job) => claims.push(job),
            Write::Enqueue(job) => new_jobs.push(job),
        }
    }
    insert(db, INSERT_ROOMS, rooms).await?;
    insert(db, INSERT_TOKENS, tokens).await?;
    jobs::put(db, &mut new_jobs).await?;
    // A stable sort: within a tenant, who asked first comes first.
    claims.sort_by(|a, b| a.input.app_id.cmp(&b.input.app_id));
    for of_tenant in claims.chunk_by_mut(|a, b| a.input.app_id == b.input.app_id) {
        for claims in fixed_sizes(of_tenant) {
            claim(db, claims).await?;
        }
    }
    Ok(())
}

/// Notes the outcome of a creation and tells whether its row is to be written.
async fn settle_key<T>(
    db: &DatabaseTransaction,
    job: &mut Job<Creation<T>, Created>,
) -> Result<bool, StoreError> {
    let Creation { app_id, key, .. } = &job.input;
    let created = match key {
        Some(key) => idempotency::remember(db, app_id.as_str(), key).await?,
        None => Created::New,
    };
    let is_new = created == Created::New;
    job.outcome = Some(created);
    Ok(is_new)
}

const INSERT_ROOMS: &str = "INSERT INTO room (app_id, id, name, max_participants, topology, metadata, \
    empty_timeout_s, last_active_at, created_at, updated_at) VALUES ";

fn room_values(Creation { app_id, row, .. }: &Creation<NewRoom>) -> [Value; 10] {
    let created_at = to_db(row.created_at);
    [
        app_id.as_str().into(),
        row.id.as_str().into(),
        row.name.as_str().into(),
        i64::from(row.max_participants).into(),
        row.topology.as_str().into(),
        row.metadata.clone().into(),
        row.empty_timeout_s.map(i64::from).into(),
        created_at.into(),
        created_at.into(),
        created_at.into(),
    ]
}

const INSERT_TOKENS: &str = "INSERT INTO token (app_id, jti, room_id, user_id, expires_at) VALUES ";

fn token_values(Creation { app_id, row, .. }: &Creation<NewToken>) -> [Value; 5] {
    [
        app_id.as_str().into(),
        row.jti.as_str().into(),
        row.room_id.as_str().into(),
        row.user_id.as_str().into(),
        to_db(row.expires_at).into(),
    ]
}

async fn insert<const N: usize>(
    db: &DatabaseTransaction,
    head: &str,
    mut rows: Vec<[Value; N]>,
) -> Result<(), StoreError> {
    for rows in fixed_sizes(&mut rows) {
        let rows = rows.iter_mut().map(|row| std::mem::replace(row, [const { Value::BigInt(None) }; N]));
        db.execute_raw(ManyRows::new(db.get_database_backend(), head).rows(rows).build()).await?;
    }
    Ok(())
}

/// Marks those of one tenant's tokens used that are free, then reads why the others were not.
///
/// The tenant's id is one value and not part of a list of pairs: without statistics of the table, PostgreSQL plans
/// such a list as a scan of all of it (at 20,000 tokens, claims ran at a twentieth of the rate of inserts; so, at a
/// third), and SQLite does in any case.
async fn claim(
    db: &DatabaseTransaction,
    jobs: &mut [&mut Job<ClaimRequest, Claim>],
) -> Result<(), StoreError> {
    // The requests of one batch arrived within milliseconds of one another.
    let now = jobs.iter().map(|job| job.input.now).max().unwrap_or_default();
    let update = ManyRows::new(db.get_database_backend(), "UPDATE token SET used_at = ")
        .value(to_db(now))
        .text(" WHERE used_at IS NULL AND revoked_at IS NULL AND ");
    let mut claimed = HashSet::new();
    for row in db.query_all_raw(among(update, jobs).text(" RETURNING jti").build()).await? {
        claimed.insert(Reader(&row).text("jti")?);
    }
    let mut refused = Vec::new();
    for job in jobs {
        // Of two requests for one token in this batch, the first takes it.
        if claimed.remove(job.input.jti.as_str()) {
            job.outcome = Some(Claim::Claimed);
        } else {
            refused.push(&mut **job);
        }
    }
    for jobs in fixed_sizes(&mut refused) {
        explain(db, jobs).await?;
    }
    Ok(())
}

/// Notes for claims of one tenant that did not succeed why that is.
async fn explain(
    db: &DatabaseTransaction,
    jobs: &mut [&mut Job<ClaimRequest, Claim>],
) -> Result<(), StoreError> {
    let select = ManyRows::new(db.get_database_backend(), "SELECT jti, revoked_at FROM token WHERE ");
    let mut states = HashMap::new();
    for row in db.query_all_raw(among(select, jobs).build()).await? {
        let row = Reader(&row);
        let revoked = row.moment_opt("revoked_at")?.is_some();
        states.insert(row.text("jti")?, if revoked { Claim::Revoked } else { Claim::Used });
    }
    for job in jobs {
        job.outcome = Some(states.get(job.input.jti.as_str()).copied().unwrap_or(Claim::Unknown));
    }
    Ok(())
}

/// Appends the condition that a row is the token of one of the claims, which are all of the first one's tenant.
fn among(statement: ManyRows, jobs: &[&mut Job<ClaimRequest, Claim>]) -> ManyRows {
    let app_id = jobs.first().map_or("", |job| job.input.app_id.as_str());
    let mut statement = statement.text("app_id = ").value(app_id).text(" AND jti IN (");
    let mut between = "";
    for job in jobs {
        statement = statement.text(between).value(job.input.jti.as_str());
        between = ",";
    }
    statement.text(")")
}
