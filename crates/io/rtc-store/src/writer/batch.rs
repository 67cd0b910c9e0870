//! The statements of one batch: keys first, then rooms, tokens and claims, many rows a statement.

use super::{ClaimRequest, Creation, Job, Write};
use crate::{
    Claim, Created, NewRoom, NewToken, StoreError, idempotency,
    sql::{ManyRows, Reader, to_db},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use std::collections::{HashMap, HashSet};

/// Runs the batch and notes each request's outcome; it counts only once the caller commits.
pub(super) async fn write(db: &DatabaseTransaction, writes: &mut [Write]) -> Result<(), StoreError> {
    let mut rooms = Vec::new();
    let mut tokens = Vec::new();
    let mut claims = Vec::new();
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
        }
    }
    insert(db, INSERT_ROOMS, rooms).await?;
    insert(db, INSERT_TOKENS, tokens).await?;
    for claims in fixed_sizes(&mut claims) {
        claim(db, claims).await?;
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

/// Marks the tokens used that are free, in one statement, then reads why the others were not.
async fn claim(
    db: &DatabaseTransaction,
    jobs: &mut [&mut Job<ClaimRequest, Claim>],
) -> Result<(), StoreError> {
    // The requests of one batch arrived within milliseconds of one another.
    let now = jobs.iter().map(|job| job.input.now).max().unwrap_or_default();
    let update = ManyRows::new(db.get_database_backend(), "UPDATE token SET used_at = ")
        .value(to_db(now))
        .text(" WHERE used_at IS NULL AND revoked_at IS NULL AND ");
    let update = among(update, jobs.iter().map(|job| &job.input)).text(" RETURNING app_id, jti").build();
    let mut claimed = HashSet::new();
    for row in db.query_all_raw(update).await? {
        claimed.insert(token_key(&Reader(&row))?);
    }
    let mut refused = Vec::new();
    for job in jobs {
        // Of two requests for one token in this batch, the first takes it.
        if claimed.remove(&(job.input.app_id.to_string(), job.input.jti.to_string())) {
            job.outcome = Some(Claim::Claimed);
        } else {
            refused.push(job);
        }
    }
    for jobs in fixed_sizes(&mut refused) {
        let select =
            ManyRows::new(db.get_database_backend(), "SELECT app_id, jti, revoked_at FROM token WHERE ");
        let states = states(db, among(select, jobs.iter().map(|job| &job.input)).build()).await?;
        for job in jobs {
            let key = (job.input.app_id.to_string(), job.input.jti.to_string());
            job.outcome = Some(states.get(&key).copied().unwrap_or(Claim::Unknown));
        }
    }
    Ok(())
}

/// Appends the condition that a row is the token of one of the requests. The detour over a subselect lets
/// SQLite use the primary key, which it does not with `IN (VALUES …)`.
fn among<'a>(statement: ManyRows, requests: impl Iterator<Item = &'a ClaimRequest>) -> ManyRows {
    let keys = requests.map(|request| [request.app_id.as_str().into(), request.jti.as_str().into()]);
    statement.text("(app_id, jti) IN (SELECT column1, column2 FROM (VALUES ").rows(keys).text(") AS wanted)")
}

type TokenKey = (String, String);

fn token_key(row: &Reader<'_>) -> Result<TokenKey, StoreError> {
    Ok((row.text("app_id")?, row.text("jti")?))
}

async fn states(db: &DatabaseTransaction, select: Statement) -> Result<HashMap<TokenKey, Claim>, StoreError> {
    let mut states = HashMap::new();
    for row in db.query_all_raw(select).await? {
        let row = Reader(&row);
        let revoked = row.moment_opt("revoked_at")?.is_some();
        states.insert(token_key(&row)?, if revoked { Claim::Revoked } else { Claim::Used });
    }
    Ok(states)
}

/// Cuts a list into pieces whose lengths are powers of two, largest first, so that statements of few different
/// lengths recur and are found prepared.
fn fixed_sizes<T>(mut rest: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    std::iter::from_fn(move || {
        let size = 1 << rest.len().checked_ilog2()?;
        let (piece, others) = std::mem::take(&mut rest).split_at_mut(size);
        rest = others;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_into_powers_of_two_without_losing_a_row() {
        for count in 0..=256usize {
            let mut rows: Vec<usize> = (0..count).collect();
            let pieces: Vec<Vec<usize>> = fixed_sizes(&mut rows).map(|piece| piece.to_vec()).collect();
            assert!(pieces.iter().all(|piece| piece.len().is_power_of_two()));
            assert!(pieces.len() <= 8);
            assert_eq!(pieces.concat(), (0..count).collect::<Vec<_>>());
        }
    }
}
