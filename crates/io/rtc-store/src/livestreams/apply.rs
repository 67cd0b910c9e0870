//! The one way in which anything happens to a stream: a batch of changes in one transaction.

use super::{
    Action, Applied, Change, Outcome, Told,
    loaded::{Loaded, event_of, remember},
};
use crate::{Store, StoreError, connect::begin, jobs, webhooks::Endpoints};
use rtc_livestream::admit;
use rtc_types::Millis;
use sea_orm::DatabaseTransaction;
use std::sync::atomic::Ordering;

/// Renders what the tenant's endpoints are told of a change that was made.
pub type Tell<'a> = dyn Fn(&Change, &Applied) -> Vec<Told> + Send + Sync + 'a;

impl Store {
    /// Makes changes to streams, of any tenants, in one transaction: rows, processed webhooks, outbox, deliveries
    /// and the end of the jobs that asked for them. Gives the outcome of each, in their order.
    ///
    /// # Errors
    /// Where one cannot be written, none is.
    pub async fn apply(
        &self,
        changes: &[Change],
        tell: &Tell<'_>,
        now: Millis,
    ) -> Result<Vec<Outcome>, StoreError> {
        let transaction = begin(&self.inner.connections.write).await?;
        let (outcomes, deliveries) = apply(&transaction, changes, tell, now).await?;
        transaction.commit().await?;
        self.inner.deliveries_put.fetch_add(deliveries as u64, Ordering::Relaxed);
        Ok(outcomes)
    }

    /// Deliveries that changes made by this process have asked for, since its start.
    pub fn deliveries_put(&self) -> u64 {
        self.inner.deliveries_put.load(Ordering::Relaxed)
    }
}

async fn apply(
    db: &DatabaseTransaction,
    changes: &[Change],
    tell: &Tell<'_>,
    now: Millis,
) -> Result<(Vec<Outcome>, usize), StoreError> {
    let mut webhooks: Vec<_> =
        changes.iter().filter_map(|change| Some((&change.app_id, change.webhook.as_deref()?))).collect();
    webhooks.dedup();
    let mut new = remember(db, &mut webhooks, now).await?;
    // Of a webhook that is in the batch twice, the first is the new one.
    let is_new = |change: &Change| {
        (change.webhook.as_ref()).is_none_or(|id| new.remove(&(change.app_id.clone(), id.clone())))
    };
    let is_new: Vec<bool> = changes.iter().map(is_new).collect();
    let fresh = changes.iter().zip(&is_new).filter(|(_, is_new)| **is_new).map(|(change, _)| change);
    let mut loaded = Loaded::read(db, fresh).await?;
    let mut endpoints = Endpoints::default();
    let mut outcomes = Vec::with_capacity(changes.len());
    for (change, is_new) in changes.iter().zip(is_new) {
        if !is_new {
            outcomes.push(Outcome::Duplicate);
            continue;
        }
        let outcome = make(db, &mut loaded, change, now).await?;
        let more = outcome.applied().map(|applied| tell(change, applied)).unwrap_or_default();
        for told in change.told.iter().chain(&more) {
            endpoints.tell(db, &change.app_id, told, now).await?;
        }
        outcomes.push(outcome);
    }
    loaded.write(db, now).await?;
    let deliveries = endpoints.write(db).await?;
    let mut done: Vec<_> = changes.iter().filter_map(|change| change.job.as_ref()).collect();
    jobs::remove(db, &mut done).await?;
    Ok((outcomes, deliveries))
}

async fn make(
    db: &DatabaseTransaction,
    loaded: &mut Loaded,
    change: &Change,
    now: Millis,
) -> Result<Outcome, StoreError> {
    let Some((row, sessions)) = loaded.get(change) else {
        return Ok(Outcome::NoStream);
    };
    if let Action::Seat(session) = &change.action
        && let Err(refusal) =
            admit(&row.stream, sessions, &session.user_id, session.role, row.max_participants)
    {
        return Ok(Outcome::Refused(refusal));
    }
    let Some(event) = event_of(&change.action, sessions) else {
        let (row, sessions) = (row.clone(), sessions.to_vec());
        let applied = Applied { row, sessions, effects: Vec::new(), is_seen: false };
        return Ok(Outcome::Applied(Box::new(applied)));
    };
    let revision = row.stream.revision;
    let Some((sessions, effects)) = loaded.reduce(db, change, event, now).await? else {
        return Ok(Outcome::NoStream);
    };
    let row = loaded.get(change).map(|(row, _)| row.clone());
    let row = row.ok_or_else(|| StoreError::Internal("a stream that was reduced is gone".into()))?;
    let is_seen = row.stream.revision != revision;
    Ok(Outcome::Applied(Box::new(Applied { row, sessions, effects, is_seen })))
}
