//! The durable job queue: a table, one statement that claims, and leases that run out.
//!
//! A job's id is its key: what is enqueued twice is there once. Whoever claims a job has it until the lease is over;
//! a worker that dies simply does not come back, and another takes the job then. Waits between attempts are kept in
//! the row, so that they hold across restarts. A job that failed for good stays, parked, until somebody replays or
//! drops it.

use crate::{
    Store, StoreError,
    sql::{self, ManyRows, Reader, fixed_sizes, to_db},
    writer::{Job, Write},
};
use rtc_types::Millis;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use std::{fmt, str::FromStr};
use tokio::sync::mpsc;

/// Bytes of an error's text that are kept.
const ERROR_BYTES_MAX: usize = 500;

/// Names a job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JobKey {
    /// Its queue.
    pub queue: String,
    /// Unique within the queue.
    pub id: String,
}

/// A job to be put into a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Its name.
    pub key: JobKey,
    /// What its worker needs.
    pub payload: String,
    /// When it is made; it may run from then on.
    pub created_at: Millis,
}

/// A worker's place for a job that is about to be enqueued: once the job is committed it is there, as if it had been
/// claimed.
#[derive(Debug)]
pub struct Handover {
    /// Where the worker takes it from.
    pub place: mpsc::OwnedPermit<JobRow>,
    /// How long the worker has it; then others may claim it.
    pub lease_end: Millis,
}

/// What the writer is asked for.
pub(crate) struct Enqueue {
    job: NewJob,
    handover: Option<Handover>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its next run.
    Waiting,
    /// Somebody works on it, or did and was cut off.
    Active,
    /// It failed for good.
    Failed,
}

impl JobState {
    /// As the database has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Active => "active",
            JobState::Failed => "failed",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [JobState::Waiting, JobState::Active, JobState::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or("not a state of a job")
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Its name.
    pub key: JobKey,
    /// What its worker needs.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// When it may be taken next; while it is worked on, the end of the lease.
    pub due_at: Millis,
    /// How often it was taken.
    pub attempts: u32,
    /// What the last attempt failed of.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Millis,
}

/// How many jobs a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// May run now.
    pub waiting: u64,
    /// Wait for their next attempt.
    pub delayed: u64,
    /// Are worked on.
    pub active: u64,
    /// Failed for good.
    pub failed: u64,
}

impl Store {
    /// Puts a job into its queue, unless it is there. It is committed then, together with others that came in the
    /// meantime.
    pub async fn enqueue(&self, job: NewJob) -> Result<(), StoreError> {
        let enqueue = Enqueue { job, handover: None };
        self.inner.writer.submit(enqueue, Write::Enqueue).await.map(drop)
    }

    /// Likewise, and hands the job to a worker of this process without reading it back. It is in the database before,
    /// with the worker's lease. False: it was known, or came with one that was, and waits to be claimed.
    pub async fn enqueue_for(&self, job: NewJob, handover: Handover) -> Result<bool, StoreError> {
        let enqueue = Enqueue { job, handover: Some(handover) };
        self.inner.writer.submit(enqueue, Write::Enqueue).await
    }

    /// Takes up to `max` jobs that are due, for `lease_ms`.
    pub async fn claim_jobs(
        &self,
        queue: &str,
        max: u32,
        lease_ms: Millis,
        now: Millis,
    ) -> Result<Vec<JobRow>, StoreError> {
        let db = &self.inner.connections.write;
        let lock = lock_clause(db.get_database_backend());
        let update = format!(
            "UPDATE job SET state = 'active', due_at = $4, attempts = attempts + 1 WHERE (queue, id) IN \
            (SELECT queue, id FROM job WHERE queue = $1 AND state <> 'failed' AND due_at <= $2 \
            ORDER BY due_at LIMIT $3 {lock}) RETURNING {COLUMNS}"
        );
        let lease_end = to_db(now.saturating_add(lease_ms));
        let values = [queue.into(), to_db(now).into(), i64::from(max).into(), lease_end.into()];
        sql::all(db, &update, values).await?.iter().map(job).collect()
    }

    /// When the next job of a queue is due; `None` when there is none.
    pub async fn next_job_due(&self, queue: &str) -> Result<Option<Millis>, StoreError> {
        let select = "SELECT due_at FROM job WHERE queue = $1 AND state <> 'failed' ORDER BY due_at LIMIT 1";
        let row = sql::one(&self.inner.connections.read, select, [queue.into()]).await?;
        row.map(|row| Reader(&row).moment("due_at")).transpose()
    }

    /// Gives a claimed job back to run again at `due_at`.
    pub async fn retry_job(&self, key: &JobKey, due_at: Millis, why: &str) -> Result<(), StoreError> {
        self.set_job(key, JobState::Waiting, due_at, why).await
    }

    /// Parks a claimed job as failed.
    pub async fn park_job(&self, key: &JobKey, now: Millis, why: &str) -> Result<(), StoreError> {
        self.set_job(key, JobState::Failed, now, why).await
    }

    async fn set_job(
        &self,
        key: &JobKey,
        state: JobState,
        due_at: Millis,
        why: &str,
    ) -> Result<(), StoreError> {
        let update = "UPDATE job SET state = $3, due_at = $4, last_error = $5 \
            WHERE queue = $1 AND id = $2 AND state = 'active'";
        let why = why.get(..why.floor_char_boundary(ERROR_BYTES_MAX)).unwrap_or_default();
        let values = [
            key.queue.as_str().into(),
            key.id.as_str().into(),
            state.as_str().into(),
            to_db(due_at).into(),
            why.into(),
        ];
        sql::execute(&self.inner.connections.write, update, values).await?;
        Ok(())
    }

    /// A queue's jobs of one state, the oldest first.
    pub async fn list_jobs(
        &self,
        queue: &str,
        state: JobState,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<JobRow>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM job WHERE queue = $1 AND state = $2 ORDER BY created_at, id LIMIT $3 OFFSET $4"
        );
        let values = [queue.into(), state.as_str().into(), i64::from(limit).into(), i64::from(offset).into()];
        sql::all(&self.inner.connections.read, &select, values).await?.iter().map(job).collect()
    }

    /// Lets failed jobs run again from now on, all or the one of this id; returns how many.
    pub async fn replay_jobs(&self, queue: &str, id: Option<&str>, now: Millis) -> Result<u64, StoreError> {
        let update = "UPDATE job SET state = 'waiting', attempts = 0, due_at = $3 \
            WHERE queue = $1 AND state = 'failed' AND (CAST($2 AS TEXT) IS NULL OR id = $2)";
        let values = [queue.into(), id.into(), to_db(now).into()];
        sql::execute(&self.inner.connections.write, update, values).await
    }

    /// Forgets failed jobs, all or the one of this id; returns how many.
    pub async fn drop_jobs(&self, queue: &str, id: Option<&str>) -> Result<u64, StoreError> {
        let delete = "DELETE FROM job WHERE queue = $1 AND state = 'failed' \
            AND (CAST($2 AS TEXT) IS NULL OR id = $2)";
        sql::execute(&self.inner.connections.write, delete, [queue.into(), id.into()]).await
    }

    /// How many jobs a queue holds.
    pub async fn count_jobs(&self, queue: &str, now: Millis) -> Result<JobCounts, StoreError> {
        let select = "SELECT state, CASE WHEN due_at > $2 THEN 1 ELSE 0 END AS later, COUNT(*) AS n FROM job \
            WHERE queue = $1 GROUP BY state, CASE WHEN due_at > $2 THEN 1 ELSE 0 END";
        let rows = sql::all(&self.inner.connections.read, select, [queue.into(), to_db(now).into()]).await?;
        let mut counts = JobCounts::default();
        for row in &rows {
            let n = Reader(row).moment("n")?;
            let later = Reader(row).small("later")? != 0;
            match Reader(row).parsed("state")? {
                JobState::Failed => counts.failed += n,
                JobState::Active if later => counts.active += n,
                JobState::Waiting if later => counts.delayed += n,
                // A lease that ran out is to be taken again.
                JobState::Active | JobState::Waiting => counts.waiting += n,
            }
        }
        Ok(counts)
    }
}

/// Removes jobs that are done.
///
/// The queue is one value and not part of a list of pairs, for which SQLite reads the whole table.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, keys: &mut [&JobKey]) -> Result<(), StoreError> {
    keys.sort_by(|a, b| a.queue.cmp(&b.queue));
    for of_queue in keys.chunk_by_mut(|a, b| a.queue == b.queue) {
        for keys in fixed_sizes(of_queue) {
            let queue = keys.first().map_or("", |key| key.queue.as_str());
            let delete = ManyRows::new(db.get_database_backend(), "DELETE FROM job WHERE queue = ")
                .value(queue)
                .text(" AND id IN ")
                .list(keys.iter().map(|key| key.id.as_str()));
            db.execute_raw(delete.build()).await?;
        }
    }
    Ok(())
}

/// Lets concurrent claims pass one another where the database has row locks.
pub(crate) fn lock_clause(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" }
}

/// Writes new jobs, and notes of each whether it is handed over.
pub(crate) async fn put<C: ConnectionTrait>(
    db: &C,
    jobs: &mut [&mut Job<Enqueue, bool>],
) -> Result<(), StoreError> {
    for jobs in fixed_sizes(jobs) {
        let rows = jobs.iter().map(|job| job.input.values());
        let insert = ManyRows::new(db.get_database_backend(), INSERT).rows(rows).text(UNLESS_KNOWN);
        let written = db.execute_raw(insert.build()).await?.rows_affected();
        // Which of them were known it does not say; that is rare, and all of them wait to be claimed then.
        let are_new = written == jobs.len() as u64;
        if !are_new {
            let known: Vec<&Enqueue> = jobs.iter().map(|job| &job.input).collect();
            give_back(db, &known).await?;
        }
        for job in jobs.iter_mut() {
            job.input.handover.take_if(|_| !are_new);
            job.outcome = Some(job.input.handover.is_some());
        }
    }
    Ok(())
}

/// Lets jobs wait that were just written as handed over.
async fn give_back<C: ConnectionTrait>(db: &C, jobs: &[&Enqueue]) -> Result<(), StoreError> {
    for Enqueue { job, handover } in jobs {
        let Some(handover) = handover else { continue };
        // One that was known has another lease, or none.
        let update = "UPDATE job SET state = 'waiting', due_at = created_at, attempts = 0 \
            WHERE queue = $1 AND id = $2 AND state = 'active' AND attempts = 1 AND due_at = $3";
        let lease_end = to_db(handover.lease_end);
        let values = [job.key.queue.as_str().into(), job.key.id.as_str().into(), lease_end.into()];
        sql::execute(db, update, values).await?;
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO job (queue, id, payload, state, due_at, attempts, created_at) VALUES ";
const UNLESS_KNOWN: &str = " ON CONFLICT (queue, id) DO NOTHING";

impl Enqueue {
    fn values(&self) -> [Value; 7] {
        let Enqueue { job, handover } = self;
        let created_at = to_db(job.created_at);
        let (state, due_at, attempts) = match handover {
            Some(handover) => (JobState::Active, to_db(handover.lease_end), 1i64),
            None => (JobState::Waiting, created_at, 0),
        };
        [
            job.key.queue.as_str().into(),
            job.key.id.as_str().into(),
            job.payload.as_str().into(),
            state.as_str().into(),
            due_at.into(),
            attempts.into(),
            created_at.into(),
        ]
    }

    /// Gives the job to its worker, now that it is on the disk.
    pub(crate) fn hand_over(self) {
        let Enqueue { job: NewJob { key, payload, created_at }, handover } = self;
        let Some(Handover { place, lease_end }) = handover else { return };
        place.send(JobRow {
            key,
            payload,
            state: JobState::Active,
            due_at: lease_end,
            attempts: 1,
            last_error: None,
            created_at,
        });
    }
}

const COLUMNS: &str = "queue, id, payload, state, due_at, attempts, last_error, created_at";

fn job(row: &QueryResult) -> Result<JobRow, StoreError> {
    let row = Reader(row);
    Ok(JobRow {
        key: JobKey { queue: row.text("queue")?, id: row.text("id")? },
        payload: row.text("payload")?,
        state: row.parsed("state")?,
        due_at: row.moment("due_at")?,
        attempts: row.number("attempts")?,
        last_error: row.text_opt("last_error")?,
        created_at: row.moment("created_at")?,
    })
}
