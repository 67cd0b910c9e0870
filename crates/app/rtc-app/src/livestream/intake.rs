//! Webhooks in: verified, then put into the queue, then answered. What they mean is the workers' business.

use super::{queue::LEASE_MS, received::Received};
use crate::{App, RequestError};
use rtc_auth::livekit::{ApiKey, unproven_issuer};
use rtc_store::{Handover, JobKey, NewJob};
use rtc_types::{AppId, Millis};

/// The queue of webhooks that came in.
pub const WEBHOOK_QUEUE: &str = "webhooks";
/// Parts the tenant from the room's name on a media server that has one namespace for all.
const TENANT_MARK: &str = "__";
/// Bytes of a webhook's id.
const ID_BYTES_MAX: usize = 255;

/// The name of a tenant's room on a media server with one namespace for all tenants.
pub fn shared_room_name(tenant: &AppId, room: &str) -> String {
    format!("{tenant}{TENANT_MARK}{room}")
}

/// What a job of the queue holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Queued<'a> {
    pub(super) app: AppId,
    pub(super) received_at: Millis,
    /// The tenant's part of the room's name goes before its own in the body.
    pub(super) is_shared: bool,
    pub(super) body: &'a str,
}

impl<'a> Queued<'a> {
    fn to_payload(&self) -> String {
        let namespace = if self.is_shared { "shared" } else { "own" };
        format!("{}\n{}\n{namespace}\n{}", self.app, self.received_at, self.body)
    }

    pub(super) fn of_payload(payload: &'a str) -> Option<Self> {
        let mut parts = payload.splitn(4, '\n');
        Some(Self {
            app: AppId::new(parts.next()?).ok()?,
            received_at: parts.next()?.parse().ok()?,
            is_shared: parts.next()? == "shared",
            body: parts.next()?,
        })
    }
}

/// The tenant's name of a room, and the tenant, from a shared name.
pub(super) fn part_shared_name(name: &str) -> Option<(AppId, &str)> {
    let (app, room) = name.split_once(TENANT_MARK)?;
    Some((AppId::new(app).ok()?, room))
}

impl App {
    /// Takes a media server's webhook; once this returns, it is committed and will be applied exactly once.
    ///
    /// `authorization` is the header as it came.
    ///
    /// # Errors
    /// [`RequestError::Unauthorized`] where no key of ours signed exactly this body, a fault in the body, or the
    /// database's. Nothing is queued then.
    pub async fn accept_webhook(&self, authorization: &str, body: &[u8]) -> Result<(), RequestError> {
        let signer = self.signer_of(authorization, body).await?;
        let body = std::str::from_utf8(body).map_err(|_| wrong("", "must be UTF-8"))?;
        let received: Received =
            serde_json::from_str(body).map_err(|error| wrong("", &format!("must be a webhook: {error}")))?;
        let room = received.room.as_ref().map(|room| room.name.as_str());
        let app = match signer {
            Signer::Tenant(app) => Some((app, false)),
            Signer::External => match room.and_then(part_shared_name) {
                Some((app, _)) => Some((app, true)),
                // A room that somebody else made there: in development it is the one tenant's.
                None => self.0.config.default_tenant.clone().map(|app| (app, false)),
            },
        };
        match app {
            Some((app, is_shared)) => self.queue_webhook(app, is_shared, &received.id, body).await,
            None => Ok(()),
        }
    }

    /// Takes an event of the built-in media server, as the same body that a webhook has. It is committed then.
    ///
    /// # Errors
    /// A fault in the body, or the database's.
    pub async fn accept_media_event(&self, tenant: &AppId, body: &[u8]) -> Result<(), RequestError> {
        let body = std::str::from_utf8(body).map_err(|_| wrong("", "must be UTF-8"))?;
        let received: Received =
            serde_json::from_str(body).map_err(|error| wrong("", &format!("must be a webhook: {error}")))?;
        self.queue_webhook(tenant.clone(), false, &received.id, body).await
    }

    async fn queue_webhook(
        &self,
        app: AppId,
        is_shared: bool,
        id: &str,
        body: &str,
    ) -> Result<(), RequestError> {
        if id.is_empty() || id.len() > ID_BYTES_MAX || id.contains('\0') {
            return Err(wrong("id", &format!("must be 1 to {ID_BYTES_MAX} bytes")));
        }
        let parts = self.livestreams()?;
        let now = self.now();
        let key = JobKey { queue: WEBHOOK_QUEUE.into(), id: format!("{app}:{id}") };
        let payload = Queued { app, received_at: now, is_shared, body }.to_payload();
        let job = NewJob { key, payload, created_at: now };
        let hand = parts.hand.lock().clone();
        let is_in_hand = match hand.and_then(|hand| hand.try_reserve_owned().ok()) {
            Some(place) => {
                let handover = Handover { place, lease_end: now.saturating_add(LEASE_MS) };
                self.0.store.enqueue_for(job, handover).await?
            }
            // The workers have as much as they can hold, or there are none yet.
            None => self.0.store.enqueue(job).await.map(|()| false)?,
        };
        if !is_in_hand {
            parts.queued.notify_one();
        }
        Ok(())
    }

    async fn signer_of(&self, authorization: &str, body: &[u8]) -> Result<Signer, RequestError> {
        let parts = self.livestreams()?;
        let now = self.now();
        let token = authorization.strip_prefix("Bearer ").unwrap_or(authorization).trim();
        let issuer = unproven_issuer(token).map_err(|_| RequestError::Unauthorized)?;
        let is_good = |key: &ApiKey| key.verify_webhook(authorization, body, now).is_ok();
        if let Some(key) = parts.external_key.as_ref().filter(|key| key.id() == issuer) {
            return if is_good(key) { Ok(Signer::External) } else { Err(RequestError::Unauthorized) };
        }
        let app = AppId::new(&issuer).map_err(|_| RequestError::Unauthorized)?;
        let secrets = self.secrets_of(&app).await?;
        let signed = secrets.iter().any(|secret| is_good(&ApiKey::new(issuer.as_str(), secret)));
        if signed { Ok(Signer::Tenant(app)) } else { Err(RequestError::Unauthorized) }
    }
}

enum Signer {
    External,
    Tenant(AppId),
}

fn wrong(path: &'static str, message: &str) -> RequestError {
    RequestError::Invalid { path, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queued_webhook_is_read_as_it_was_written() {
        let app = AppId::new("app").expect("an id");
        let queued = Queued { app: app.clone(), received_at: 7, is_shared: true, body: "{\n\"a\": 1\n}" };
        assert_eq!(Queued::of_payload(&queued.to_payload()), Some(queued));
        assert_eq!(Queued::of_payload("app\nx\nown\n{}"), None);
        let shared = shared_room_name(&app, "_my__room");
        assert_eq!(part_shared_name(&shared), Some((app, "_my__room")));
        assert_eq!(part_shared_name("room"), None);
    }
}
