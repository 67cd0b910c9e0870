//! The tenants' webhook endpoints, and the work of whoever delivers to them.

use super::ids::{endpoint_id, message_id};
use crate::{App, RequestError, Tenant, random_bytes};
use rtc_auth::standard_webhook::EndpointSecret;
use rtc_store::{ClaimedDelivery, DeliveryCounts, DeliveryRow, EndpointRow, NewEndpoint, Settled, Told};
use rtc_types::Millis;
use std::time::Duration;

/// Most endpoints of one tenant.
const ENDPOINTS_MAX: u32 = 20;
/// Most names of events of one endpoint.
const EVENTS_MAX: usize = 64;
/// How long a sender has for a delivery before another takes it.
const LEASE_MS: Millis = 60_000;

/// An endpoint with its secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEndpointSecret {
    /// The endpoint.
    pub endpoint: EndpointRow,
    /// `whsec_…`.
    pub secret: String,
}

/// A delivery to be sent now, with what signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// What and where to; its `secret_sealed` is of no more use.
    pub delivery: ClaimedDelivery,
    /// The endpoint's own secret.
    pub secret: String,
    /// The tenant's app secret, for LiveKit's scheme.
    pub app_secret: String,
}

fn context(id: &str) -> String {
    format!("webhook endpoint {id}")
}

impl App {
    /// Registers an endpoint. The caller has checked that `url` is one that may be called.
    ///
    /// # Errors
    /// A fault in `events`, a conflict where the tenant has as many as it may, or the database's.
    pub async fn create_webhook_endpoint(
        &self,
        tenant: &Tenant,
        url: String,
        events: Vec<String>,
    ) -> Result<NewEndpointSecret, RequestError> {
        let is_name = |name: &String| {
            name == "*"
                || (!name.is_empty()
                    && name.len() <= 64
                    && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        };
        if events.is_empty() || events.len() > EVENTS_MAX || !events.iter().all(is_name) {
            let message = format!("must be 1 to {EVENTS_MAX} names of events, or [\"*\"]");
            return Err(RequestError::Invalid { path: "events", message });
        }
        let id = endpoint_id();
        let secret = EndpointSecret::generate(random_bytes());
        let new = NewEndpoint {
            secret_sealed: self.0.sealer.seal(random_bytes(), &secret, &context(&id)),
            id: id.clone(),
            url,
            events,
            created_at: self.now(),
        };
        let store = self.0.store.tenant(tenant.app_id());
        if !store.create_endpoint(new, ENDPOINTS_MAX).await? {
            let text = format!("the app has {ENDPOINTS_MAX} webhook endpoints, as many as it may");
            return Err(RequestError::Conflict(text));
        }
        let endpoint = store.get_endpoint(&id).await?.ok_or(RequestError::NotFound("webhook endpoint"))?;
        Ok(NewEndpointSecret { endpoint, secret })
    }

    /// The endpoints, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_webhook_endpoints(&self, tenant: &Tenant) -> Result<Vec<EndpointRow>, RequestError> {
        Ok(self.0.store.tenant(tenant.app_id()).list_endpoints().await?)
    }

    /// Deletes an endpoint with its log.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn delete_webhook_endpoint(&self, tenant: &Tenant, id: &str) -> Result<(), RequestError> {
        let deleted = self.0.store.tenant(tenant.app_id()).delete_endpoint(id).await?;
        if deleted { Ok(()) } else { Err(RequestError::NotFound("webhook endpoint")) }
    }

    /// Sends an endpoint a message of the event `test`; gives its id.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn test_webhook_endpoint(&self, tenant: &Tenant, id: &str) -> Result<String, RequestError> {
        let now = self.now();
        let message = message_id(now);
        let payload = serde_json::json!({
            "event": "test", "id": message, "createdAt": (now / 1000).to_string(),
        });
        // Ordered with nothing else.
        let told = Told {
            id: message.clone(),
            event: "test".into(),
            room: message.clone(),
            payload: payload.to_string(),
        };
        if !self.0.store.tenant(tenant.app_id()).tell_endpoint(id, &told, now).await? {
            return Err(RequestError::NotFound("webhook endpoint"));
        }
        self.livestreams()?.told.notify_one();
        Ok(message)
    }

    /// An endpoint's deliveries, the newest first, from before the one named `before`.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn list_webhook_deliveries(
        &self,
        tenant: &Tenant,
        endpoint: &str,
        limit: u32,
        before: Option<&str>,
    ) -> Result<Vec<DeliveryRow>, RequestError> {
        let store = self.0.store.tenant(tenant.app_id());
        store.get_endpoint(endpoint).await?.ok_or(RequestError::NotFound("webhook endpoint"))?;
        Ok(store.list_deliveries(endpoint, limit, before).await?)
    }

    /// Sends a settled delivery once more, with the same id.
    ///
    /// # Errors
    /// [`RequestError::NotFound`] where there is none that is settled, or the database's.
    pub async fn replay_webhook_delivery(
        &self,
        tenant: &Tenant,
        endpoint: &str,
        id: &str,
    ) -> Result<DeliveryRow, RequestError> {
        let store = self.0.store.tenant(tenant.app_id());
        let replayed = store.replay_delivery(endpoint, id, self.now()).await?;
        self.livestreams()?.told.notify_one();
        replayed.ok_or(RequestError::NotFound("settled delivery"))
    }

    /// Takes deliveries that are due, for 60 s. Whoever takes one sends it and calls [`App::settle_delivery`].
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_deliveries(&self, max: u32) -> Result<Vec<DueDelivery>, RequestError> {
        let claimed = self.0.store.claim_deliveries(max, LEASE_MS, self.now()).await?;
        let mut due = Vec::with_capacity(claimed.len());
        for delivery in claimed {
            match self.signed_by(&delivery).await {
                Ok((secret, app_secret)) => due.push(DueDelivery { delivery, secret, app_secret }),
                Err(error) => {
                    let why = error.to_string();
                    tracing::error!(error = error.log_text(), "a delivery cannot be signed");
                    self.settle_delivery(&delivery, &Settled::Failed { status: None, why }).await?;
                }
            }
        }
        Ok(due)
    }

    async fn signed_by(&self, delivery: &ClaimedDelivery) -> Result<(String, String), RequestError> {
        let secret = self.0.sealer.open(&delivery.secret_sealed, &context(&delivery.endpoint_id));
        let secret = secret.map_err(|error| RequestError::Internal(error.to_string()))?;
        let app_secret = self.secrets_of(&delivery.app_id).await?.into_iter().next();
        Ok((secret, app_secret.ok_or(RequestError::NotFound("app"))?))
    }

    /// Notes what became of a delivery.
    ///
    /// # Errors
    /// The database's; the delivery is taken again when its 60 s are over.
    pub async fn settle_delivery(
        &self,
        delivery: &ClaimedDelivery,
        settled: &Settled,
    ) -> Result<(), RequestError> {
        let ClaimedDelivery { endpoint_id, id, .. } = delivery;
        Ok(self.0.store.settle_delivery(endpoint_id, id, settled, self.now()).await?)
    }

    /// Waits until there may be deliveries to claim: something was told, or `at_most` has passed.
    pub async fn deliveries_awaited(&self, at_most: Duration) {
        match self.livestreams() {
            Ok(parts) => tokio::select! {
                () = parts.told.notified() => {}
                () = tokio::time::sleep(at_most) => {}
            },
            Err(_) => tokio::time::sleep(at_most).await,
        }
    }

    /// How many deliveries there are, of all tenants.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_deliveries(&self) -> Result<DeliveryCounts, RequestError> {
        Ok(self.0.store.count_deliveries().await?)
    }
}
