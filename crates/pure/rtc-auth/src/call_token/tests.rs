//! Tokens that are good, and every kind that is not.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::TOKEN_BYTES_MAX;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_types::ErrorCode;
use serde_json::{Value, json};

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const NOW_MS: Millis = 1_800_000_000_000;

fn claims() -> Claims {
    Claims {
        jti: Jti::new("jti-1").unwrap(),
        app_id: AppId::new("app-1").unwrap(),
        room_id: RoomId::new("room-1").unwrap(),
        user_id: UserId::new("zoë").unwrap(),
        role: Role::Participant,
        iat: NOW_MS / 1000,
        exp: NOW_MS / 1000 + 3600,
        metadata: None,
    }
}

fn claims_json() -> Value {
    serde_json::to_value(claims()).unwrap()
}

fn forge(header: &Value, payload: &str, algorithm: hmac::Algorithm) -> String {
    crate::jwt::forge(header, payload, algorithm, SECRET)
}

fn signed(payload: &Value) -> String {
    forge(&json!({ "alg": "HS256", "typ": "JWT" }), &payload.to_string(), hmac::HMAC_SHA256)
}

fn verify(token: &str) -> Result<Claims, TokenError> {
    CallTokens::new(SECRET).verify(token, NOW_MS)
}

fn code(token: &str) -> ErrorCode {
    verify(token).unwrap_err().code()
}

#[test]
fn a_minted_token_gives_its_claims_back() {
    let claims = Claims { metadata: Some(json!({ "name": "Zoë" })), ..claims() };
    assert_eq!(verify(&CallTokens::new(SECRET).mint(&claims)), Ok(claims));
}

#[test]
fn the_claims_have_their_names_on_the_wire() {
    let token = CallTokens::new(SECRET).mint(&claims());
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&payload).unwrap(),
        json!({ "jti": "jti-1", "appId": "app-1", "roomId": "room-1", "userId": "zoë", "role": "participant",
            "iat": 1_800_000_000, "exp": 1_800_003_600 })
    );
}

#[test]
fn a_token_that_another_library_signed_is_accepted() {
    assert_eq!(verify(&signed(&claims_json())), Ok(claims()));
}

#[test]
fn a_token_is_good_until_the_millisecond_of_its_exp() {
    let tokens = CallTokens::new(SECRET);
    let token = tokens.mint(&claims());
    let exp_ms = claims().exp * 1000;
    assert!(tokens.verify(&token, exp_ms - 1).is_ok());
    assert_eq!(tokens.verify(&token, exp_ms), Err(TokenError::Expired));
    assert_eq!(tokens.verify(&token, Millis::MAX).unwrap_err().code(), ErrorCode::TokenExpired);
}

#[test]
fn a_token_of_the_past_is_judged_by_the_time_given_and_not_by_the_clock() {
    let old = Claims { iat: 1_000, exp: 2_000, ..claims() };
    let tokens = CallTokens::new(SECRET);
    assert_eq!(tokens.verify(&tokens.mint(&old), 1_500_000), Ok(old));
}

#[test]
fn another_secret_is_refused() {
    assert_eq!(code(&CallTokens::new("another secret").mint(&claims())), ErrorCode::InvalidToken);
}

#[test]
fn a_forged_token_past_its_exp_is_invalid_and_not_expired() {
    let token = CallTokens::new("another secret").mint(&Claims { exp: 1, ..claims() });
    assert_eq!(code(&token), ErrorCode::InvalidToken);
}

#[test]
fn a_changed_payload_is_refused() {
    let token = CallTokens::new(SECRET).mint(&claims());
    let other = CallTokens::new(SECRET).mint(&Claims { role: Role::Host, ..claims() });
    let [header, _, tag] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let payload = other.split('.').nth(1).unwrap();
    assert_eq!(code(&format!("{header}.{payload}.{tag}")), ErrorCode::InvalidToken);
}

#[test]
fn an_unsigned_token_is_refused_however_it_spells_none() {
    for alg in ["none", "None", "NONE", ""] {
        let token =
            forge(&json!({ "alg": alg, "typ": "JWT" }), &claims_json().to_string(), hmac::HMAC_SHA256);
        assert_eq!(code(&token), ErrorCode::InvalidToken, "{alg}");
        let unsigned = &token[..=token.rfind('.').unwrap()];
        assert_eq!(code(unsigned), ErrorCode::InvalidToken, "{alg}");
    }
}

#[test]
fn another_algorithm_is_refused_even_when_its_signature_is_right() {
    for (alg, hmac) in [("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
        let token = forge(&json!({ "alg": alg, "typ": "JWT" }), &claims_json().to_string(), hmac);
        assert_eq!(code(&token), ErrorCode::InvalidToken, "{alg}");
    }
    for alg in ["RS256", "ES256", "PS256", "EdDSA"] {
        let token =
            forge(&json!({ "alg": alg, "typ": "JWT" }), &claims_json().to_string(), hmac::HMAC_SHA256);
        assert_eq!(code(&token), ErrorCode::InvalidToken, "{alg}");
    }
}

#[test]
fn each_missing_claim_is_refused() {
    for name in ["jti", "appId", "roomId", "userId", "role", "iat", "exp"] {
        let mut payload = claims_json();
        payload.as_object_mut().unwrap().remove(name);
        assert_eq!(code(&signed(&payload)), ErrorCode::InvalidToken, "{name}");
    }
}

#[test]
fn each_claim_of_another_type_is_refused() {
    let wrong = [
        ("jti", json!(1)),
        ("appId", json!("")),
        ("roomId", json!("a\nb")),
        ("userId", json!("x".repeat(129))),
        ("role", json!("admin")),
        ("iat", json!("now")),
        ("exp", json!(-1)),
        ("exp", json!("9999999999")),
        ("nbf", json!("later")),
    ];
    for (name, value) in wrong {
        let mut payload = claims_json();
        payload[name] = value.clone();
        assert_eq!(code(&signed(&payload)), ErrorCode::InvalidToken, "{name} {value}");
    }
}

#[test]
fn a_claim_given_twice_is_refused() {
    let twice = claims_json().to_string().replacen('{', r#"{"role":"host","#, 1);
    let token = forge(&json!({ "alg": "HS256" }), &twice, hmac::HMAC_SHA256);
    assert_eq!(code(&token), ErrorCode::InvalidToken);
}

#[test]
fn a_token_is_refused_before_its_nbf_and_good_from_then_on() {
    let mut payload = claims_json();
    payload["nbf"] = json!(NOW_MS / 1000 + 1);
    assert_eq!(code(&signed(&payload)), ErrorCode::InvalidToken);
    payload["nbf"] = json!(u64::MAX);
    assert_eq!(code(&signed(&payload)), ErrorCode::InvalidToken);
    payload["nbf"] = json!(NOW_MS / 1000);
    assert!(verify(&signed(&payload)).is_ok());
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let mut payload = claims_json();
    payload["aud"] = json!("elsewhere");
    assert_eq!(code(&signed(&payload)), ErrorCode::InvalidToken);
}

#[test]
fn a_critical_extension_is_refused() {
    let header = json!({ "alg": "HS256", "crit": ["b64"], "b64": false });
    let token = forge(&header, &claims_json().to_string(), hmac::HMAC_SHA256);
    assert_eq!(code(&token), ErrorCode::InvalidToken);
}

#[test]
fn a_token_above_16_kib_is_refused_before_it_is_read() {
    let metadata = Some(json!({ "text": "x".repeat(TOKEN_BYTES_MAX) }));
    let token = CallTokens::new(SECRET).mint(&Claims { metadata, ..claims() });
    assert_eq!(verify(&token), Err(TokenError::Invalid("the token is longer than 16 KiB")));
}

#[test]
fn a_token_with_the_largest_metadata_and_ids_is_good() {
    let long = "\u{1f600}".repeat(rtc_types::limits::METADATA_BYTES_MAX / 64);
    let claims = Claims {
        jti: Jti::new(&long).unwrap(),
        app_id: AppId::new(&long).unwrap(),
        room_id: RoomId::new(&long).unwrap(),
        user_id: UserId::new(&long).unwrap(),
        metadata: Some(json!({ "t": "x".repeat(rtc_types::limits::METADATA_BYTES_MAX - 8) })),
        ..claims()
    };
    assert_eq!(verify(&CallTokens::new(SECRET).mint(&claims)), Ok(claims));
}

#[test]
fn a_text_that_is_no_token_is_refused() {
    for text in ["", ".", "..", "...", "a.b.c", "eyJhbGciOiJIUzI1NiJ9..", "\u{0}", "é.é.é", " "] {
        assert_eq!(code(text), ErrorCode::InvalidToken, "{text:?}");
    }
}

#[test]
fn each_refusal_has_a_text_for_people() {
    let none = forge(&json!({ "alg": "none" }), "{}", hmac::HMAC_SHA256);
    for token in [none, "a.b.c".into(), signed(&json!({})), CallTokens::new("x").mint(&claims())] {
        let text = verify(&token).unwrap_err().to_string();
        assert!(text.starts_with("the token ") && !text.contains('!'), "{text}");
    }
    assert_eq!(TokenError::Expired.to_string(), "the token has expired; ask for a new one");
}
