//! Deliveries to a real receiver that checks both signatures.

use super::*;
use crate::{
    ClientOptions, Reach,
    testing::{NOW_MS, Receiver},
};
use axum::{http::StatusCode, response::IntoResponse};

fn client(reach: Reach) -> HttpClient {
    HttpClient::new(ClientOptions::for_webhooks(reach))
}

async fn deliver_to(url: &str, reach: Reach) -> Outcome {
    let key = ApiKey::new("app-1", "sk_secret");
    let secret = EndpointSecret::parse(&EndpointSecret::generate([7; 32])).expect("a secret");
    let message = Message { id: "EV_1", body: Bytes::from_static(br#"{"event":"room_started"}"#) };
    deliver(&client(reach), &Endpoint { url, key: &key, secret: &secret }, &message, NOW_MS).await
}

#[tokio::test]
async fn a_delivery_carries_both_signatures_and_livekits_content_type() {
    let receiver = Receiver::start(|_| StatusCode::NO_CONTENT.into_response()).await;
    let outcome = deliver_to(&format!("{}/hook", receiver.url), Reach::Anywhere).await;
    assert_eq!((outcome.status, outcome.error), (Some(204), None));
    let seen = receiver.seen();
    let [one] = seen.as_slice() else { panic!("{} deliveries", seen.len()) };
    assert_eq!(one.header("content-type"), "application/webhook+json");
    assert_eq!(one.header("webhook-id"), "EV_1");
    assert_eq!(one.header("webhook-timestamp"), "1800000000");
    let key = ApiKey::new("app-1", "sk_secret");
    assert_eq!(key.verify_webhook(one.header("authorization"), &one.body, NOW_MS), Ok(()));
    let secret = EndpointSecret::parse(&EndpointSecret::generate([7; 32])).expect("a secret");
    let (timestamp, signature) = (one.header("webhook-timestamp"), one.header("webhook-signature"));
    assert_eq!(secret.verify("EV_1", timestamp, signature, &one.body, NOW_MS), Ok(()));
}

#[tokio::test]
async fn a_refusal_keeps_the_start_of_what_was_said() {
    let answer = |_: &_| (StatusCode::BAD_REQUEST, format!("no\n{}", "x".repeat(1000))).into_response();
    let receiver = Receiver::start(answer).await;
    let outcome = deliver_to(&receiver.url, Reach::Anywhere).await;
    assert_eq!(outcome.status, Some(400));
    let error = outcome.error.expect("an error");
    assert!(error.starts_with("the endpoint answered 400: nox"), "{error}");
    assert!(error.len() < 250, "{} bytes", error.len());
}

#[tokio::test]
async fn a_local_target_gets_nothing_in_production() {
    let receiver = Receiver::start(|_| StatusCode::OK.into_response()).await;
    let outcome = deliver_to(&receiver.url, Reach::Public).await;
    assert_eq!(outcome.status, None);
    assert_eq!(outcome.error.as_deref(), Some("the URL must not be a private or local address"));
    assert!(receiver.seen().is_empty());
}
