//! Webhooks out: what is due is sent, what became of it is noted, and what failed waits for its next attempt.
//!
//! The store gives out nothing of an endpoint and room while something older of them is unsettled, so the order
//! holds however many are sent at once, and by however many processes.

use super::{endpoints::DueDelivery, pace::Pace};
use crate::{App, random_bytes};
use rtc_auth::{livekit::ApiKey, standard_webhook::EndpointSecret};
use rtc_outbound::{Endpoint, HttpClient, Message, Next, Outcome};
use rtc_store::Settled;
use rtc_types::Millis;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a database that cannot be read is left alone.
const AWAY: Duration = Duration::from_secs(1);

impl App {
    /// Delivers webhooks until the task is aborted, at most `at_once` at a time. What is under way then is sent again
    /// when its lease has run out: receivers know a repeat by its id.
    pub async fn run_deliveries(self, client: HttpClient, at_once: usize) {
        let places = Arc::new(Semaphore::new(at_once.max(1)));
        let mut pace = Pace::of(self.0.store.backend());
        loop {
            let Ok(first) = places.clone().acquire_owned().await else { return };
            let mut free = vec![first];
            while let Ok(place) = places.clone().try_acquire_owned() {
                free.push(place);
            }
            let most = u32::try_from(free.len()).unwrap_or(u32::MAX);
            let looked = async {
                let due = self.claim_deliveries(most).await?;
                let next = if due.is_empty() { self.0.store.next_delivery_due().await? } else { None };
                Ok::<_, crate::RequestError>((due, next))
            };
            let (due, next) = match looked.await {
                Ok(looked) => looked,
                Err(error) => {
                    tracing::warn!(error = error.log_text(), "deliveries cannot be read");
                    tokio::time::sleep(AWAY).await;
                    continue;
                }
            };
            if due.is_empty() {
                drop(free);
                self.deliveries_awaited(pace.idle(next, self.now())).await;
                continue;
            }
            pace.found();
            for (delivery, place) in due.into_iter().zip(free) {
                tokio::spawn(self.clone().deliver_and_free(client.clone(), delivery, place));
            }
        }
    }

    /// Sends what is due, one after the other, and returns when nothing is; for tests and tools. Gives how many it
    /// sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn deliver_once(&self, client: &HttpClient) -> Result<usize, crate::RequestError> {
        let mut sent = 0;
        loop {
            let due = self.claim_deliveries(16).await?;
            if due.is_empty() {
                return Ok(sent);
            }
            sent += due.len();
            for delivery in &due {
                self.deliver(client, delivery).await;
            }
        }
    }

    async fn deliver_and_free(self, client: HttpClient, due: DueDelivery, place: OwnedSemaphorePermit) {
        self.deliver(&client, &due).await;
        drop(place);
        // The next of this room may be due now.
        if let Ok(parts) = self.livestreams() {
            parts.told.notify_one();
        }
    }

    async fn deliver(&self, client: &HttpClient, due: &DueDelivery) {
        let DueDelivery { delivery, secret, app_secret } = due;
        let settled = match EndpointSecret::parse(secret) {
            Ok(secret) => {
                let key = ApiKey::new(delivery.app_id.as_str(), app_secret);
                let endpoint = Endpoint { url: &delivery.url, key: &key, secret: &secret };
                let message = Message { id: &delivery.id, body: delivery.payload.clone().into() };
                let outcome = rtc_outbound::deliver(client, &endpoint, &message, self.now()).await;
                let random = u32::from_le_bytes(random_bytes());
                settled(outcome, delivery.attempts, random, self.now())
            }
            Err(error) => Settled::Failed { status: None, why: error.to_string() },
        };
        if let Err(error) = self.settle_delivery(delivery, &settled).await {
            tracing::warn!(error = error.log_text(), "a delivery waits for its lease to run out");
        }
    }
}

/// What the log notes of an attempt, the `attempts`-th of its delivery.
fn settled(outcome: Outcome, attempts: u32, random: u32, now: Millis) -> Settled {
    let next = rtc_outbound::next(&outcome, attempts, random);
    let status = outcome.status.map(u32::from);
    let why = outcome.error.unwrap_or_default();
    match (next, status) {
        (Next::Delivered, Some(status)) => Settled::Delivered { status },
        (Next::Disable, Some(status)) => Settled::Gone { status },
        (Next::Retry(after_ms), status) => {
            Settled::Again { due_at: now.saturating_add(after_ms), status, why }
        }
        (_, status) => Settled::Failed { status, why },
    }
}
