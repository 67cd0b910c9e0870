//! The queue's workers: claim, apply in one transaction, tell.
//!
//! A webhook that this process took in comes to them straight from the writer, which has put it on the disk with their
//! lease: it is not read back. What waits in the table is claimed: what came when their hands were full, what is tried
//! again, what a process that died had in hand, what another process was told to replay.
//!
//! A batch is one transaction. Where it cannot be written its jobs are tried one by one, so that one at fault waits
//! and parks alone. A process that dies leaves its leases to run out, and the webhooks' ids make the second run of
//! what it had committed harmless. A database that is away is no fault of a job: it waits, and never parks for it.

use super::{
    ids::participant_id,
    intake::{Queued, WEBHOOK_QUEUE, part_shared_name},
    pace::Pace,
    port::PARTICIPANT_ATTRIBUTE,
    received::Received,
};
use crate::{App, RequestError};
use rtc_livestream::{Event, MediaRoom, Presence};
use rtc_store::{Action, Change, JobCounts, JobRow, JobState, Outcome, RoomRef, StoreError, Target, Told};
use rtc_types::{Millis, ParticipantId, UserId};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};

/// Jobs of one transaction.
const BATCH_MAX: u32 = 256;
/// How long a worker has for a batch before another takes it. A batch takes milliseconds; where one takes longer than
/// this, its second run does no harm. What a killed process had in hand waits this long.
pub(super) const LEASE_MS: Millis = 5_000;
/// Waits before the attempts that follow a failed one; after the last of them a job parks.
const BACKOFF_MS: [Millis; 3] = [1_000, 2_000, 4_000];
/// Jobs in hand that no worker has begun with. More wait in the table.
const IN_HAND_MAX: usize = 1_024;
/// What is left of a lease at least when a worker begins.
const LEASE_LEFT_MIN_MS: Millis = 2_000;
/// A batch from which on the next one waits for company.
const BUSY_BATCH: usize = 8;
/// How long it waits. Most of what a batch costs it costs once a stream, however many jobs it has.
const LINGER: Duration = Duration::from_millis(25);
/// How long a database that cannot be read is left alone.
const AWAY: Duration = Duration::from_secs(1);
/// Characters of a display name that a media server tells.
const NAME_CHARS_MAX: usize = 200;

impl App {
    /// Works on the queue until the task is aborted. What is in hand then is done by the leases' next holder.
    pub(super) async fn run_queue(self) {
        let Ok(parts) = self.livestreams() else { return };
        let places = Arc::new(Semaphore::new(parts.workers));
        let (hand, mut in_hand) = mpsc::channel(IN_HAND_MAX);
        *parts.hand.lock() = Some(hand);
        let mut pace = Pace::of(self.0.store.backend());
        let mut look_at = Instant::now();
        let mut last_batch = 0;
        let mut jobs = Vec::new();
        loop {
            tokio::select! {
                taken = in_hand.recv_many(&mut jobs, BATCH_MAX as usize) => {
                    if taken == 0 {
                        return;
                    }
                    if last_batch >= BUSY_BATCH {
                        tokio::time::sleep(LINGER).await;
                    }
                    let Ok(place) = places.clone().acquire_owned().await else { return };
                    while jobs.len() < BATCH_MAX as usize
                        && let Ok(job) = in_hand.try_recv()
                    {
                        jobs.push(job);
                    }
                    last_batch = jobs.len();
                    let begun_until = self.now().saturating_add(LEASE_LEFT_MIN_MS);
                    // One that lay too long is somebody else's soon.
                    let jobs = jobs.drain(..).filter(|job| job.due_at > begun_until).collect();
                    self.begin(jobs, place);
                }
                () = parts.queued.notified() => look_at = self.clear(&places, &mut pace).await,
                () = tokio::time::sleep_until(look_at) => look_at = self.clear(&places, &mut pace).await,
            }
        }
    }

    /// Has workers take all that is due in the table; gives when to look again.
    async fn clear(&self, places: &Arc<Semaphore>, pace: &mut Pace) -> Instant {
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return Instant::now() };
            let store = &self.0.store;
            let looked = async {
                let jobs = store.claim_jobs(WEBHOOK_QUEUE, BATCH_MAX, LEASE_MS, self.now()).await?;
                let due = if jobs.is_empty() { store.next_job_due(WEBHOOK_QUEUE).await? } else { None };
                Ok::<_, StoreError>((jobs, due))
            };
            match looked.await {
                Ok((jobs, due)) if jobs.is_empty() => return Instant::now() + pace.idle(due, self.now()),
                Ok((jobs, _)) => {
                    pace.found();
                    self.begin(jobs, place);
                }
                Err(error) => {
                    tracing::warn!(error = error.log_text(), "the webhook queue cannot be read");
                    return Instant::now() + AWAY;
                }
            }
        }
    }

    fn begin(&self, jobs: Vec<JobRow>, place: OwnedSemaphorePermit) {
        let app = self.clone();
        tokio::spawn(async move {
            app.work_on(jobs).await;
            drop(place);
        });
    }

    /// Does what is due in the queue, and returns when nothing is; for tests and tools. Gives how many jobs it took.
    ///
    /// # Errors
    /// The database's.
    pub async fn work_once(&self) -> Result<usize, RequestError> {
        let mut taken = 0;
        loop {
            let jobs = self.0.store.claim_jobs(WEBHOOK_QUEUE, BATCH_MAX, LEASE_MS, self.now()).await?;
            if jobs.is_empty() {
                return Ok(taken);
            }
            taken += jobs.len();
            self.work_on(jobs).await;
        }
    }

    async fn work_on(&self, jobs: Vec<JobRow>) {
        let mut changes = Vec::with_capacity(jobs.len());
        let mut readable = Vec::with_capacity(jobs.len());
        for job in jobs {
            match self.change_of(&job) {
                Ok(change) => {
                    changes.push(change);
                    readable.push(job);
                }
                Err(why) => self.park(&job, &why).await,
            }
        }
        if changes.is_empty() {
            return;
        }
        match self.make(&changes).await {
            Ok(outcomes) => self.done(&outcomes).await,
            Err(_) if changes.len() > 1 => {
                for (change, job) in changes.into_iter().zip(readable) {
                    match self.make(std::slice::from_ref(&change)).await {
                        Ok(outcomes) => self.done(&outcomes).await,
                        Err(error) => self.failed(&job, &error).await,
                    }
                }
            }
            Err(error) => {
                for job in &readable {
                    self.failed(job, &error).await;
                }
            }
        }
    }

    async fn done(&self, outcomes: &[Outcome]) {
        if let Ok(parts) = self.livestreams() {
            parts.applied.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
        }
        self.announce(outcomes).await;
    }

    async fn failed(&self, job: &JobRow, error: &StoreError) {
        let wait = usize::try_from(job.attempts).ok().and_then(|n| BACKOFF_MS.get(n.checked_sub(1)?));
        let wait = match (wait, error) {
            (wait, StoreError::Unavailable(_)) => wait.or(BACKOFF_MS.last()),
            (wait, _) => wait,
        };
        let Some(wait) = wait else { return self.park(job, error.log_text()).await };
        let due_at = self.now().saturating_add(*wait);
        if let Err(error) = self.0.store.retry_job(&job.key, due_at, error.log_text()).await {
            tracing::warn!(error = error.log_text(), "a failed webhook waits for its lease to run out");
        }
        if let Ok(parts) = self.livestreams() {
            // It is due sooner than what the queue's next look was set to, perhaps.
            parts.queued.notify_one();
        }
    }

    async fn park(&self, job: &JobRow, why: &str) {
        tracing::error!(id = job.key.id, error = why, "a webhook failed and is parked");
        if let Err(error) = self.0.store.park_job(&job.key, self.now(), why).await {
            tracing::warn!(error = error.log_text(), "a failed webhook waits for its lease to run out");
        }
    }

    /// What a job asks for. The error says why it can never be done.
    fn change_of(&self, job: &JobRow) -> Result<Change, String> {
        let queued = Queued::of_payload(&job.payload).ok_or("the job is not readable")?;
        let received: Received = serde_json::from_str(queued.body)
            .map_err(|error| format!("the webhook is not readable: {error}"))?;
        let at = match received.created_at.saturating_mul(1000) {
            0 => queued.received_at,
            at => at,
        };
        let room = received.room.clone().unwrap_or_default();
        let name = if queued.is_shared { part_shared_name(&room.name).map(|(_, name)| name) } else { None };
        let name = name.unwrap_or(&room.name).to_owned();
        let target = RoomRef { name: name.clone(), sid: room.sid.clone(), created_at: room.created_at_ms() };
        let action = self.action_of(&received, at)?;
        Ok(Change {
            told: Some(Told {
                id: super::ids::message_id(queued.received_at),
                event: received.event.clone(),
                room: name,
                payload: queued.body.to_owned(),
            }),
            app_id: queued.app,
            target: Target::Room(target),
            action,
            webhook: Some(received.id),
            job: Some(job.key.clone()),
        })
    }

    fn action_of(&self, received: &Received, at: Millis) -> Result<Action, String> {
        let event = match received.event.as_str() {
            "room_started" => {
                let room = received.room.as_ref().ok_or("the webhook names no room")?;
                let created_at = match room.created_at_ms() {
                    0 => at,
                    created_at => created_at,
                };
                Event::RoomStarted { room: MediaRoom { sid: room.sid.clone(), created_at }, at }
            }
            "room_finished" => Event::RoomFinished { at },
            "participant_joined" | "participant_left" => {
                let Some(presence) = presence(received, at)? else { return Ok(Action::Record) };
                match received.event.as_str() {
                    "participant_joined" => Event::Joined(presence),
                    _ => Event::Left { presence, at },
                }
            }
            _ => return Ok(Action::Record),
        };
        Ok(Action::Event(event))
    }

    /// How many webhooks wait, are worked on and failed.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_webhooks(&self) -> Result<JobCounts, RequestError> {
        Ok(self.0.store.count_jobs(WEBHOOK_QUEUE, self.now()).await?)
    }

    /// The webhooks in the queue of one state, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_webhooks(
        &self,
        state: JobState,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<JobRow>, RequestError> {
        Ok(self.0.store.list_jobs(WEBHOOK_QUEUE, state, limit, offset).await?)
    }

    /// Lets failed webhooks run again, all or the one of this id; gives how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn replay_webhooks(&self, id: Option<&str>) -> Result<u64, RequestError> {
        let replayed = self.0.store.replay_jobs(WEBHOOK_QUEUE, id, self.now()).await?;
        if let Ok(parts) = self.livestreams() {
            parts.queued.notify_one();
        }
        Ok(replayed)
    }

    /// Forgets failed webhooks, all or the one of this id; gives how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn drop_webhooks(&self, id: Option<&str>) -> Result<u64, RequestError> {
        Ok(self.0.store.drop_jobs(WEBHOOK_QUEUE, id).await?)
    }
}

/// The media session that a webhook tells of; `None` where it is of no person.
fn presence(received: &Received, at: Millis) -> Result<Option<Presence>, String> {
    let participant = received.participant.as_ref().ok_or("the webhook names no participant")?;
    if !participant.is_person() {
        return Ok(None);
    }
    if participant.sid.is_empty() {
        return Err("the webhook's participant has no sid".into());
    }
    let user_id =
        UserId::new(&participant.identity).map_err(|why| format!("the participant's identity {why}"))?;
    let seat = participant.attributes.get(PARTICIPANT_ATTRIBUTE);
    let name = if participant.name.is_empty() { &participant.identity } else { &participant.name };
    Ok(Some(Presence {
        sid: participant.sid.clone(),
        room_sid: received.room.as_ref().map(|room| room.sid.clone()).filter(|sid| !sid.is_empty()),
        user_id,
        display_name: name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect(),
        connected_at: match participant.joined_at_ms() {
            0 => at,
            joined_at => joined_at,
        },
        seat: seat.and_then(|id| ParticipantId::new(id).ok()),
        fresh_id: participant_id().map_err(|error| error.to_string())?,
    }))
}
