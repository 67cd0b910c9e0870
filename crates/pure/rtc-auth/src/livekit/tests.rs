//! Tokens and webhooks as LiveKit's own SDK mints and reads them, and every kind that is refused.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::jwt::forge;
use aws_lc_rs::hmac;
use serde_json::{Value, json};

const SECRET: &str = "sk_0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const NOW_MS: Millis = 1_800_000_000_000;
const NOW_S: u64 = NOW_MS / 1000;

fn key() -> ApiKey {
    ApiKey::new("app-1", SECRET)
}

fn signed(claims: &Value) -> String {
    forge(&json!({ "alg": "HS256" }), &claims.to_string(), hmac::HMAC_SHA256, SECRET)
}

fn verify(token: &str) -> Result<AccessClaims, TokenError> {
    key().verify(token, NOW_MS)
}

/// What `livekit-server-sdk` wrote, and what it accepts of ours (`e2e/tests/livekit-tokens.test.ts` reads it too).
fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn full_claims() -> AccessClaims {
    AccessClaims {
        iss: "app-1".into(),
        sub: "zoë".into(),
        exp: 4_102_444_800,
        nbf: Some(1_700_000_000),
        name: "Zoë".into(),
        kind: "agent".into(),
        metadata: "{\"a\":1}".into(),
        attributes: [("lang".into(), "is".into())].into(),
        video: Some(VideoGrant {
            room_join: true,
            room_admin: true,
            room: "daily".into(),
            destination_room: "other".into(),
            can_publish: Some(true),
            can_subscribe: Some(false),
            can_publish_data: Some(true),
            can_publish_sources: vec!["camera".into(), "screen_share".into()],
            can_update_own_metadata: Some(true),
            hidden: true,
            ..VideoGrant::default()
        }),
        room_config: Some(json!({ "name": "daily" })),
        ..AccessClaims::default()
    }
}

#[test]
fn a_token_of_livekits_sdk_is_read_in_full() {
    let vectors = vectors();
    let theirs = &vectors["theirs"];
    let now_ms = theirs["nowMs"].as_u64().unwrap();
    let mut claims = key().verify(theirs["token"].as_str().unwrap(), now_ms).unwrap();
    let config = claims.room_config.take().unwrap();
    assert_eq!((&config["name"], &config["maxParticipants"]), (&json!("daily"), &json!(3)));
    let expected = AccessClaims { exp: claims.exp, nbf: claims.nbf, room_config: None, ..full_claims() };
    assert_eq!(claims, expected);
    assert_eq!(claims.exp - claims.nbf.unwrap(), 3600);
}

#[test]
fn our_token_and_webhook_are_the_ones_that_livekits_sdk_was_shown() {
    let ours = &vectors()["ours"];
    let body = ours["body"].as_str().unwrap().as_bytes();
    let written = (key().mint(&full_claims()), key().sign_webhook(body, NOW_MS));
    let shown = (ours["token"].as_str().unwrap(), ours["authorization"].as_str().unwrap());
    assert_eq!((written.0.as_str(), written.1.as_str()), shown);
}

#[test]
fn a_minted_token_gives_its_claims_back_and_names_its_key() {
    let claims = AccessClaims { iss: "someone".into(), exp: NOW_S + 60, ..full_claims() };
    let token = key().mint(&claims);
    assert_eq!(verify(&token), Ok(AccessClaims { iss: "app-1".into(), ..claims }));
    assert_eq!(unproven_issuer(&token).as_deref(), Ok("app-1"));
}

#[test]
fn a_token_has_to_expire_and_to_be_ours() {
    for claims in [
        json!({ "iss": "app-1" }),
        json!({ "iss": "app-1", "exp": null }),
        json!({ "iss": "app-1", "exp": "tomorrow" }),
        json!({ "exp": NOW_S + 60 }),
        json!({ "iss": "app-2", "exp": NOW_S + 60 }),
        json!({ "iss": "app-1", "exp": NOW_S + 60, "video": "all" }),
        json!([]),
    ] {
        assert!(matches!(verify(&signed(&claims)), Err(TokenError::Invalid(_))), "{claims}");
    }
    assert!(ApiKey::new("app-1", "sk_other").verify(&key().mint(&full_claims()), NOW_MS).is_err());
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let exp = |exp: Value| verify(&signed(&json!({ "iss": "app-1", "exp": exp })));
    assert!(exp(json!(NOW_S - 59)).is_ok());
    assert!(exp(json!(NOW_S as f64 - 58.5)).is_ok());
    assert_eq!(exp(json!(NOW_S - 60)), Err(TokenError::Expired));
    assert!(exp(json!(-1)).is_err());
    let nbf = |nbf: u64| verify(&signed(&json!({ "iss": "app-1", "exp": NOW_S + 600, "nbf": nbf })));
    assert!(nbf(NOW_S + 60).is_ok());
    assert!(nbf(NOW_S + 61).is_err());
}

#[test]
fn other_algorithms_and_no_signature_are_refused() {
    let claims = json!({ "iss": "app-1", "exp": NOW_S + 60 }).to_string();
    let wrong = forge(&json!({ "alg": "HS512" }), &claims, hmac::HMAC_SHA512, SECRET);
    let none = forge(&json!({ "alg": "none" }), &claims, hmac::HMAC_SHA256, SECRET);
    let bare = format!("{}.", none.rsplit_once('.').unwrap().0);
    for token in [wrong.as_str(), &none, &bare, "", "a.b", "a.b.c", "....", "é"] {
        assert!(matches!(verify(token), Err(TokenError::Invalid(_))), "{token}");
    }
    assert!(unproven_issuer("a.b.c").is_err());
    assert!(unproven_issuer(&"x".repeat(crate::TOKEN_BYTES_MAX + 1)).is_err());
}

#[test]
fn null_is_the_same_as_nothing() {
    let grant = json!({ "roomJoin": null, "room": null, "canPublish": null, "canPublishSources": null });
    let claims =
        json!({ "iss": "app-1", "exp": NOW_S + 60, "sub": null, "attributes": null, "video": grant });
    let read = verify(&signed(&claims)).unwrap();
    assert_eq!(read.video, Some(VideoGrant::default()));
    assert_eq!(read.identity(), "");
}

#[test]
fn the_identity_is_the_subject_or_else_the_tokens_id() {
    let both = AccessClaims { sub: "zoë".into(), jti: "old".into(), ..AccessClaims::default() };
    assert_eq!(both.identity(), "zoë");
    assert_eq!(AccessClaims { sub: String::new(), ..both }.identity(), "old");
}

#[test]
fn joining_needs_the_grant_and_a_room() {
    let with = |room_join, room: &str| AccessClaims {
        video: Some(VideoGrant { room_join, room: room.into(), ..VideoGrant::default() }),
        ..AccessClaims::default()
    };
    assert_eq!(with(true, "daily").joins(), Some("daily"));
    assert_eq!(with(true, "").joins(), None);
    assert_eq!(with(false, "daily").joins(), None);
    assert_eq!(AccessClaims::default().joins(), None);
}

#[test]
fn what_is_not_said_is_allowed_but_for_metadata() {
    let open = VideoGrant::default();
    assert!(
        open.publishes() && open.subscribes() && open.publishes_data() && open.publishes_source("camera")
    );
    assert!(!open.updates_own_metadata());
    let viewer = VideoGrant { can_publish: Some(false), ..VideoGrant::default() };
    assert!(!viewer.publishes() && !viewer.publishes_data() && !viewer.publishes_source("camera"));
    let chatting = VideoGrant { can_publish_data: Some(true), ..viewer };
    assert!(chatting.publishes_data() && !chatting.publishes());
    let narrow = VideoGrant { can_publish_sources: vec!["MICROPHONE".into()], ..VideoGrant::default() };
    assert!(narrow.publishes_source("microphone") && !narrow.publishes_source("camera"));
}

#[test]
fn a_webhook_is_good_for_its_body_and_five_minutes() {
    let header = key().sign_webhook(b"{}", NOW_MS);
    let verify = |header: &str, body: &[u8], now_ms| key().verify_webhook(header, body, now_ms);
    assert_eq!(verify(&header, b"{}", NOW_MS + 299_000), Ok(()));
    assert_eq!(verify(&format!("Bearer {header}"), b"{}", NOW_MS), Ok(()));
    assert!(matches!(verify(&header, b"{ }", NOW_MS), Err(TokenError::Invalid(_))));
    assert_eq!(verify(&header, b"{}", NOW_MS + 360_000), Err(TokenError::Expired));
    assert!(ApiKey::new("app-2", SECRET).verify_webhook(&header, b"{}", NOW_MS).is_err());
}

#[test]
fn a_token_without_a_body_hash_signs_no_webhook() {
    let token = key().mint(&AccessClaims { exp: NOW_S + 60, ..AccessClaims::default() });
    assert!(key().verify_webhook(&token, b"", NOW_MS).is_err());
}
