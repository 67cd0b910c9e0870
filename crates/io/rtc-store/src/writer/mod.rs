//! The one task that writes the hot rows: room creations, token records, token claims and new jobs.
//!
//! A transaction of its own for each would cost several round trips to the driver's thread and a commit. So
//! requests queue, the task takes what waits (up to [`BATCH_MAX`]) and writes it in one transaction of few
//! statements; while it does, the next batch gathers. No caller is answered before the commit, and where a job is
//! among the writes, before the commit is on the disk ([`Wal`]): whoever sent it will not send it again. A batch that
//! fails is halved until the row at fault stands alone, so that it hurts its own caller only.

mod batch;

use crate::{
    Claim, Created, NewIdempotency, NewRoom, NewToken, StoreError, connect::begin, jobs::Enqueue, wal::Wal,
};
use rtc_types::{AppId, Jti, Millis};
use sea_orm::DatabaseConnection;
use tokio::sync::{mpsc, oneshot};

/// Most requests of one transaction.
const BATCH_MAX: usize = 256;
/// A batch from which on the next one waits for company.
const BUSY_BATCH: usize = 8;
/// How long it waits.
const LINGER: std::time::Duration = std::time::Duration::from_millis(1);

/// A request with the place for its outcome and the way back to its caller.
pub(crate) struct Job<I, O> {
    pub(crate) input: I,
    pub(crate) outcome: Option<O>,
    reply: oneshot::Sender<Result<O, StoreError>>,
}

/// A row that belongs to a tenant, with the idempotency key of the request that creates it.
pub(crate) struct Creation<T> {
    pub(crate) app_id: AppId,
    pub(crate) row: T,
    pub(crate) key: Option<NewIdempotency>,
}

/// An attempt to use a token.
pub(crate) struct ClaimRequest {
    pub(crate) app_id: AppId,
    pub(crate) jti: Jti,
    pub(crate) now: Millis,
}

/// One hot write.
pub(crate) enum Write {
    Room(Job<Creation<NewRoom>, Created>),
    Token(Job<Creation<NewToken>, Created>),
    Claim(Job<ClaimRequest, Claim>),
    Enqueue(Job<Enqueue, bool>),
}

// All but one of the messages that ever pass are writes, so a box would only add an allocation to each.
#[allow(clippy::large_enum_variant)]
enum Message {
    Write(Write),
    Close(oneshot::Sender<()>),
}

/// The way to the writer task. The task ends, with its queue written, when this is dropped or closed.
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the task on the current runtime.
    pub(crate) fn start(db: DatabaseConnection, wal: Option<Wal>, queue_max: usize) -> Self {
        let (queue, receiver) = mpsc::channel(queue_max.max(1));
        tokio::spawn(run(db, wal, receiver));
        Writer { queue }
    }

    /// Queues a write and waits for its commit.
    pub(crate) async fn submit<I, O>(
        &self,
        input: I,
        write: impl FnOnce(Job<I, O>) -> Write,
    ) -> Result<O, StoreError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Write(write(Job { input, outcome: None, reply }));
        self.queue.send(message).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Takes no more writes and returns when those that were queued are written.
    pub(crate) async fn close(&self) {
        let (done, ended) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error says that the task ended meanwhile, which is what was asked for.
            ended.await.unwrap_or_default();
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

impl<I, O> Job<I, O> {
    fn finish(self, committed: Result<(), StoreError>) -> I {
        let no_outcome = || StoreError::Internal("the batch left a request without an outcome".to_owned());
        let answer = committed.and_then(|()| self.outcome.ok_or_else(no_outcome));
        // A caller that went away has no use for the answer.
        drop(self.reply.send(answer));
        self.input
    }
}

impl Write {
    fn finish(self, committed: Result<(), StoreError>) {
        match self {
            Write::Room(job) => drop(job.finish(committed)),
            Write::Token(job) => drop(job.finish(committed)),
            Write::Claim(job) => drop(job.finish(committed)),
            Write::Enqueue(job) => {
                let is_there = committed.is_ok();
                let enqueued = job.finish(committed);
                if is_there {
                    // Also where its caller went away: it has the lease.
                    enqueued.hand_over();
                }
            }
        }
    }

    /// Whether the caller went away before its turn came.
    fn is_abandoned(&self) -> bool {
        match self {
            Write::Room(job) => job.reply.is_closed(),
            Write::Token(job) => job.reply.is_closed(),
            Write::Claim(job) => job.reply.is_closed(),
            Write::Enqueue(job) => job.reply.is_closed(),
        }
    }
}

async fn run(db: DatabaseConnection, wal: Option<Wal>, mut queue: mpsc::Receiver<Message>) {
    let mut closers = Vec::new();
    let mut messages = Vec::with_capacity(BATCH_MAX);
    let mut last_batch = 0;
    while queue.recv_many(&mut messages, BATCH_MAX).await > 0 {
        // The first request wakes this task before the callers that are ready behind it have run; after they did,
        // theirs come along.
        tokio::task::yield_now().await;
        take_waiting(&mut queue, &mut messages);
        if last_batch >= BUSY_BATCH && messages.len() < last_batch {
            // Many callers write at once, and those of the last batch are on their way with their next request:
            // one commit for all of them costs far less than several. A lone caller never waits.
            tokio::time::sleep(LINGER).await;
            take_waiting(&mut queue, &mut messages);
        }
        last_batch = messages.len();
        let mut writes = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            match message {
                Message::Write(write) if write.is_abandoned() => {}
                Message::Write(write) => writes.push(write),
                Message::Close(done) => {
                    queue.close();
                    closers.push(done);
                }
            }
        }
        commit_all(&db, wal.as_ref(), writes).await;
    }
    for done in closers {
        done.send(()).unwrap_or_default();
    }
}

fn take_waiting(queue: &mut mpsc::Receiver<Message>, messages: &mut Vec<Message>) {
    while messages.len() < BATCH_MAX
        && let Ok(message) = queue.try_recv()
    {
        messages.push(message);
    }
}

/// Writes and answers all of `writes`, in as few transactions as the rows at fault allow.
async fn commit_all(db: &DatabaseConnection, wal: Option<&Wal>, writes: Vec<Write>) {
    let mut batches = vec![writes];
    while let Some(mut writes) = batches.pop() {
        if writes.is_empty() {
            continue;
        }
        let committed = match commit(db, wal, &mut writes).await {
            Err(Failure::OfARow(_)) if writes.len() > 1 => {
                let second_half = writes.split_off(writes.len() / 2);
                batches.extend([second_half, writes]);
                continue;
            }
            Err(Failure::OfARow(error) | Failure::OfAll(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        writes.into_iter().for_each(|write| write.finish(committed.clone()));
    }
}

enum Failure {
    /// A statement failed, so that nothing was written; without the row at fault, or without the other transaction
    /// that came in between, the others can be.
    OfARow(StoreError),
    /// There was no connection to write on, or it was lost in the commit, which may have happened.
    OfAll(StoreError),
}

async fn commit(db: &DatabaseConnection, wal: Option<&Wal>, writes: &mut [Write]) -> Result<(), Failure> {
    let transaction = begin(db).await.map_err(|error| Failure::OfAll(error.into()))?;
    batch::write(&transaction, writes).await.map_err(Failure::OfARow)?;
    transaction.commit().await.map_err(|error| Failure::OfAll(error.into()))?;
    match wal.filter(|_| writes.iter().any(|write| matches!(write, Write::Enqueue(_)))) {
        Some(wal) => wal.sync().await.map_err(Failure::OfAll),
        None => Ok(()),
    }
}
