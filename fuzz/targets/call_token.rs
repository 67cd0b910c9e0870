//! A call token. Nobody without the secret makes one that is accepted; what we sign from any claims is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_auth::{CallTokens, Claims, TokenError};
use std::sync::LazyLock;

static OURS: LazyLock<CallTokens> = LazyLock::new(|| CallTokens::new("a secret that the fuzzer is not told: 7c1f"));

fuzz_target!(|text: &str| {
    assert!(OURS.verify(text, 0).is_err(), "a forged token was accepted");
    let Ok(claims) = serde_json::from_str::<Claims>(text) else { return };
    let token = OURS.mint(&claims);
    match OURS.verify(&token, 0) {
        Ok(read) => {
            assert_eq!(read.metadata.is_some(), has_metadata(&claims));
            assert_eq!(without_metadata(read), without_metadata(claims.clone()));
        }
        Err(TokenError::Expired) => assert_eq!(claims.exp, 0),
        Err(TokenError::Invalid(_)) => assert!(token.len() > rtc_auth::TOKEN_BYTES_MAX || has_metadata(&claims)),
    }
    let (signed, _) = token.rsplit_once('.').expect("three parts");
    assert!(OURS.verify(&format!("{signed}."), 0).is_err(), "a token without its signature was accepted");
});

/// The JSON library rounds a number of many digits anew each time that it reads it, so metadata is not compared.
fn without_metadata(claims: Claims) -> Claims {
    Claims { metadata: None, ..claims }
}

/// Metadata may nest deeper than the reader of a whole token goes.
fn has_metadata(claims: &Claims) -> bool {
    claims.metadata.is_some()
}
