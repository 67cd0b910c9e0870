//! One attempt at a webhook's delivery, signed both ways: LiveKit's (`Authorization`) and Standard Webhooks'
//! (`webhook-id`, `webhook-timestamp`, `webhook-signature`).

use crate::{client::HttpClient, target::Target};
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use rtc_auth::{livekit::ApiKey, standard_webhook::EndpointSecret};
use rtc_types::Millis;
use std::time::Instant;

const CONTENT: HeaderValue = HeaderValue::from_static("application/webhook+json");
/// Bytes of a refusal's body that are kept for the delivery's log.
const EXCERPT_BYTES_MAX: usize = 200;

/// Whom a webhook goes to, and what it is signed with.
#[derive(Debug)]
pub struct Endpoint<'a> {
    /// The URL as the tenant registered it.
    pub url: &'a str,
    /// The tenant's app id and secret.
    pub key: &'a ApiKey,
    /// The endpoint's own secret.
    pub secret: &'a EndpointSecret,
}

/// What is delivered.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The event's id, the same in each attempt: receivers know a repeat by it.
    pub id: &'a str,
    /// The JSON text.
    pub body: Bytes,
}

/// How an attempt ended; [`crate::next`] says what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// How long the attempt took.
    pub duration_ms: Millis,
    /// What was wrong, for the tenant's log; `None` for a delivery.
    pub error: Option<String>,
}

/// Delivers once. `now_ms` is the time that the signatures carry.
pub async fn deliver(
    client: &HttpClient,
    endpoint: &Endpoint<'_>,
    message: &Message<'_>,
    now_ms: Millis,
) -> Outcome {
    let start = Instant::now();
    let (status, error) = attempt(client, endpoint, message, now_ms).await;
    let duration_ms = Millis::try_from(start.elapsed().as_millis()).unwrap_or(Millis::MAX);
    Outcome { status, duration_ms, error }
}

async fn attempt(
    client: &HttpClient,
    endpoint: &Endpoint<'_>,
    message: &Message<'_>,
    now_ms: Millis,
) -> (Option<u16>, Option<String>) {
    let target = match Target::parse(endpoint.url, client.reach()) {
        Ok(target) => target,
        Err(error) => return (None, Some(format!("the URL {error}"))),
    };
    let Some(headers) = headers(endpoint, message, now_ms) else {
        return (None, Some("the event's id does not fit a header".into()));
    };
    match client.post(&target, headers, message.body.clone()).await {
        Ok(answer) if (200..300).contains(&answer.status) => (Some(answer.status), None),
        Ok(answer) => (Some(answer.status), Some(refusal(answer.status, &answer.body))),
        Err(error) => (None, Some(error.to_string())),
    }
}

fn headers(endpoint: &Endpoint<'_>, message: &Message<'_>, now_ms: Millis) -> Option<HeaderMap> {
    let now_s = now_ms / 1000;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, CONTENT);
    for (name, value) in [
        (AUTHORIZATION, endpoint.key.sign_webhook(&message.body, now_ms)),
        (HeaderName::from_static("webhook-id"), message.id.to_owned()),
        (HeaderName::from_static("webhook-timestamp"), now_s.to_string()),
        (
            HeaderName::from_static("webhook-signature"),
            endpoint.secret.sign(message.id, now_s, &message.body),
        ),
    ] {
        headers.insert(name, value.try_into().ok()?);
    }
    Some(headers)
}

/// The status and the start of what the receiver said about it.
fn refusal(status: u16, body: &[u8]) -> String {
    let excerpt = String::from_utf8_lossy(body.get(..EXCERPT_BYTES_MAX).unwrap_or(body));
    let excerpt: String = excerpt.chars().filter(|c| !c.is_control()).collect();
    match excerpt.trim() {
        "" => format!("the endpoint answered {status}"),
        said => format!("the endpoint answered {status}: {said}"),
    }
}

#[cfg(test)]
mod tests;
