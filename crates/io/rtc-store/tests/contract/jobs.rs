//! The job queue: keys, leases, waits, parking.

use crate::support::{streams::*, *};
use futures_util::future::join_all;
use rtc_livestream::Event;
use rtc_store::{Action, Handover, JobCounts, JobState, Store};
use rtc_types::Millis;
use std::collections::BTreeSet;

const LEASE: Millis = 30_000;

async fn claim(store: &Store, max: u32, now: Millis) -> Vec<String> {
    let jobs = store.claim_jobs("webhooks", max, LEASE, now).await.unwrap();
    jobs.into_iter().map(|job| job.key.id).collect()
}

pub async fn a_job_is_there_once_however_often_it_is_enqueued(h: Harness) {
    let jobs = (0..400).map(|n| h.store.enqueue(new_job(&format!("{}", n % 100))));
    join_all(jobs).await.into_iter().for_each(Result::unwrap);
    let counts = h.store.count_jobs("webhooks", NOW).await.unwrap();
    assert_eq!(counts, JobCounts { waiting: 100, ..JobCounts::default() });
    assert_eq!(h.store.count_jobs("other", NOW).await.unwrap(), JobCounts::default());
}

pub async fn a_job_is_claimed_by_one_worker_only(h: Harness) {
    let jobs = (0..200).map(|n| h.store.enqueue(new_job(&n.to_string())));
    join_all(jobs).await.into_iter().for_each(Result::unwrap);
    let there = h.another_process().await;
    let workers = (0..8).map(|n| {
        let store = if n % 2 == 0 { &h.store } else { &there };
        async move {
            let mut mine = Vec::new();
            loop {
                let claimed = claim(store, 16, NOW).await;
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed);
            }
        }
    });
    let claimed: Vec<String> = join_all(workers).await.concat();
    assert_eq!(claimed.len(), 200);
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(h.store.count_jobs("webhooks", NOW).await.unwrap().active, 200);
}

pub async fn a_job_that_is_handed_over_is_in_the_database_with_its_lease(h: Harness) {
    let (hand, mut taken) = tokio::sync::mpsc::channel(4);
    let place = || hand.clone().try_reserve_owned().expect("room");
    let handover = || Handover { place: place(), lease_end: NOW + LEASE };
    assert!(h.store.enqueue_for(new_job("1"), handover()).await.unwrap());
    let job = taken.recv().await.unwrap();
    assert_eq!((job.attempts, job.state, job.due_at), (1, JobState::Active, NOW + LEASE));
    assert_eq!((job.key, job.payload.as_str()), (job_key("1"), "payload of 1"));
    assert_eq!(claim(&h.store, 10, NOW + LEASE - 1).await, [""; 0]);
    // It failed, and comes again: it was known, so nobody gets it in hand, and its wait holds.
    h.store.retry_job(&job_key("1"), NOW + 1_000, "why").await.unwrap();
    assert!(!h.store.enqueue_for(new_job("1"), handover()).await.unwrap());
    assert_eq!(claim(&h.store, 10, NOW + 999).await, [""; 0]);
    assert_eq!(claim(&h.store, 10, NOW + 1_000).await, ["1"]);
    // Its worker dies: another has it when the lease is over.
    assert!(h.store.enqueue_for(new_job("2"), handover()).await.unwrap());
    assert_eq!(claim(&h.another_process().await, 10, NOW + LEASE).await, ["2"]);
    assert_eq!(taken.recv().await.unwrap().key, job_key("2"));
    assert!(taken.try_recv().is_err());
}

pub async fn new_jobs_that_come_with_a_known_one_wait_to_be_claimed(h: Harness) {
    h.store.enqueue(new_job("7")).await.unwrap();
    let (hand, mut taken) = tokio::sync::mpsc::channel(64);
    let enqueue = |n: u32| {
        let place = hand.clone().try_reserve_owned().expect("room");
        let handover = Handover { place, lease_end: NOW + LEASE };
        let store = h.store.clone();
        async move { store.enqueue_for(new_job(&n.to_string()), handover).await.unwrap() }
    };
    let handed = join_all((0..32).map(enqueue)).await;
    drop(hand);
    let mut all: BTreeSet<String> = claim(&h.store, 64, NOW).await.into_iter().collect();
    let claimed = all.len();
    while let Some(job) = taken.recv().await {
        assert!(all.insert(job.key.id), "it was handed over and waited");
    }
    assert_eq!(all.len(), 32);
    assert_eq!(handed.iter().filter(|handed| !**handed).count(), claimed);
    assert!(!handed[7]);
}

pub async fn a_job_whose_lease_ran_out_is_taken_again(h: Harness) {
    h.store.enqueue(new_job("1")).await.unwrap();
    assert_eq!(claim(&h.store, 10, NOW).await, ["1"]);
    assert_eq!(h.store.next_job_due("webhooks").await.unwrap(), Some(NOW + LEASE));
    assert_eq!(claim(&h.store, 10, NOW + LEASE - 1).await, [""; 0]);
    let jobs = h.store.claim_jobs("webhooks", 10, LEASE, NOW + LEASE).await.unwrap();
    assert_eq!((jobs[0].attempts, jobs[0].state), (2, JobState::Active));
    assert_eq!(jobs[0].payload, "payload of 1");
}

pub async fn a_failed_attempt_waits_for_its_time_and_then_parks(h: Harness) {
    for id in ["1", "2"] {
        h.store.enqueue(new_job(id)).await.unwrap();
        assert_eq!(claim(&h.store, 1, NOW).await, [id]);
    }
    h.store.retry_job(&job_key("1"), NOW + 1_000, &"why ".repeat(1_000)).await.unwrap();
    assert_eq!(claim(&h.store, 10, NOW + 999).await, [""; 0]);
    let counts = h.store.count_jobs("webhooks", NOW).await.unwrap();
    assert_eq!(counts, JobCounts { delayed: 1, active: 1, ..JobCounts::default() });
    let again = h.store.claim_jobs("webhooks", 10, LEASE, NOW + 1_000).await.unwrap();
    assert_eq!(again[0].attempts, 2);
    assert_eq!(again[0].last_error.as_deref().map(str::len), Some(500));
    for id in ["1", "2"] {
        h.store.park_job(&job_key(id), NOW + 2_000, "it will not do").await.unwrap();
    }
    assert_eq!(claim(&h.store, 10, NOW + 10 * LEASE).await, [""; 0]);
    let failed = h.store.list_jobs("webhooks", JobState::Failed, 10, 0).await.unwrap();
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[0].last_error.as_deref(), Some("it will not do"));
    assert_eq!(h.store.list_jobs("webhooks", JobState::Failed, 10, 1).await.unwrap().len(), 1);

    assert_eq!(h.store.replay_jobs("webhooks", Some("1"), NOW + 3_000).await.unwrap(), 1);
    let replayed = h.store.claim_jobs("webhooks", 10, LEASE, NOW + 3_000).await.unwrap();
    assert_eq!((replayed.len(), replayed[0].attempts), (1, 1));
    assert_eq!(h.store.drop_jobs("webhooks", Some("1")).await.unwrap(), 0);
    assert_eq!(h.store.drop_jobs("webhooks", None).await.unwrap(), 1);
    let counts = h.store.count_jobs("webhooks", NOW + 3_000).await.unwrap();
    assert_eq!(counts, JobCounts { active: 1, ..JobCounts::default() });
}

pub async fn a_job_is_gone_with_the_change_that_it_asked_for(h: Harness) {
    let (_, room) = h.live().await;
    for id in ["1", "2", "3"] {
        h.store.enqueue(new_job(id)).await.unwrap();
    }
    claim(&h.store, 10, NOW).await;
    let change =
        |id: &str, action| rtc_store::Change { job: Some(job_key(id)), ..webhook("a", &room, id, action) };
    let batch = [
        change("1", joined("zoe", "PA_1", NOW + 1)),
        change("2", Action::Record),
        change("3", Action::Event(Event::RoomFinished { at: NOW + 2 })),
    ];
    h.store.apply(&batch, &nothing_told, NOW).await.unwrap();
    assert_eq!(h.store.count_jobs("webhooks", NOW).await.unwrap(), JobCounts::default());
}
