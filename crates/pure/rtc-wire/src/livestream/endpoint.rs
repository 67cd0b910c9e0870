//! Outgoing webhooks: endpoints and the log of their deliveries.

use garde::Validate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Registers an endpoint.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
pub struct CreateWebhookEndpoint {
    /// An `https:` URL (in development also `http:`).
    #[garde(length(bytes, min = 1, max = 2048))]
    pub url: String,
    /// Names of events; all (`["*"]`) where it is missing.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub events: Option<Vec<String>>,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: String,
    /// Where messages go.
    pub url: String,
    /// Names of events; `*`: all.
    pub events: Vec<String>,
    /// `whsec_…`; in the answer that makes the endpoint, and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub secret: Option<String>,
    /// ISO 8601, UTC.
    pub created_at: String,
    /// From when on nothing is sent to it; null: it is in use.
    pub disabled_at: Option<String>,
    /// Why.
    pub disabled_reason: Option<String>,
}

/// A test message that was put on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookTest {
    /// The delivery's id, as in the log.
    pub delivery_id: String,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivery {
    /// The message's id (`webhook-id`).
    pub id: String,
    /// The event's name.
    pub event: String,
    /// Where it stands.
    #[ts(type = "'waiting' | 'active' | 'delivered' | 'failed'")]
    pub status: String,
    /// How often it was sent.
    pub attempts: u32,
    /// The status of the last answer.
    pub response_status: Option<u32>,
    /// What the last attempt failed of.
    pub error: Option<String>,
    /// The body, as JSON text.
    pub payload: String,
    /// ISO 8601, UTC.
    pub created_at: String,
    /// When it is sent next; null once it is settled.
    pub next_attempt_at: Option<String>,
    /// When it was delivered or given up.
    pub settled_at: Option<String>,
}
