//! LiveKit's access tokens and webhook signatures: a tenant's app id is the API key, its app secret the API secret.
//!
//! A token (HS256) names its key in `iss`, the participant's identity in `sub` (or `jti`), and grants in `video`.
//! A webhook carries such a token whose `sha256` is the base64 of the SHA-256 of the body.

mod grant;

pub use grant::VideoGrant;

use crate::{
    app_secret::constant_time_eq,
    jwt::{Hs256, TokenError, read_unproven},
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use grant::{null_is_default, seconds, seconds_or_none};
use rtc_types::Millis;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// How far the clocks of who mints and who verifies may be apart.
pub const LEEWAY_MS: Millis = 60_000;
/// How long the signature of a webhook is good.
pub const WEBHOOK_LIFE_S: u64 = 300;

/// What an access token says. Empty texts and maps are left out of a minted token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessClaims {
    /// The API key: the tenant's app id.
    pub iss: String,
    /// The participant's identity; read [`AccessClaims::identity`] instead.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub sub: String,
    /// The token's id, which older clients use as the identity.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub jti: String,
    /// From when on it is refused, in seconds since 1970; a token without it is refused.
    #[serde(deserialize_with = "seconds")]
    pub exp: u64,
    /// Until when it is refused, in seconds since 1970.
    #[serde(default, deserialize_with = "seconds_or_none", skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// The participant's name for people.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the participant is: empty or `standard`, `agent`, `ingress`, `egress`, `sip`, `connector`, `bridge`.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// More about the kind.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub kind_details: Vec<String>,
    /// The participant's metadata, a text of the tenant's.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// The participant's attributes.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What it may do with rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoGrant>,
    /// What it may do with telephony, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<serde_json::Value>,
    /// The settings of a room that this token's join creates: a `RoomConfiguration` as protobuf JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_config: Option<serde_json::Value>,
    /// The name of settings that the server holds.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub room_preset: String,
    /// The base64 of the SHA-256 of the body that a webhook's token is for.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub sha256: String,
}

impl AccessClaims {
    /// The participant's identity: `sub`, or `jti` where there is none; empty for a token of a backend.
    pub fn identity(&self) -> &str {
        if self.sub.is_empty() { &self.jti } else { &self.sub }
    }

    /// The room that it may join, when it may join one.
    pub fn joins(&self) -> Option<&str> {
        self.video
            .as_ref()
            .filter(|video| video.room_join && !video.room.is_empty())
            .map(|video| video.room.as_str())
    }
}

/// The API key that a token says it was signed with, which nobody has proven: it tells which secret to verify it
/// with, and nothing else.
pub fn unproven_issuer(token: &str) -> Result<String, TokenError> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    read_unproven::<Issuer>(token).map(|claims| claims.iss)
}

/// One API key with its secret.
pub struct ApiKey {
    id: String,
    key: Hs256,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKey").field(&self.id).finish()
    }
}

impl ApiKey {
    /// Takes the key (a tenant's app id) and the secret (its app secret).
    pub fn new(id: impl Into<String>, secret: impl AsRef<[u8]>) -> Self {
        ApiKey { id: id.into(), key: Hs256::new(secret) }
    }

    /// The key without its secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes and signs a token; `iss` becomes this key's, whatever the claims hold.
    pub fn mint(&self, claims: &AccessClaims) -> String {
        self.key.sign(&AccessClaims { iss: self.id.clone(), ..claims.clone() })
    }

    /// Reads a token of this key that must be good at `now_ms`, give or take [`LEEWAY_MS`].
    pub fn verify(&self, token: &str, now_ms: Millis) -> Result<AccessClaims, TokenError> {
        let claims: AccessClaims = self.key.read(token)?;
        if claims.iss != self.id {
            return Err(TokenError::Invalid("the token was issued for another API key"));
        }
        if claims.nbf.is_some_and(|nbf| now_ms.saturating_add(LEEWAY_MS) < nbf.saturating_mul(1000)) {
            return Err(TokenError::Invalid("the token is not valid yet"));
        }
        if now_ms >= claims.exp.saturating_mul(1000).saturating_add(LEEWAY_MS) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }

    /// The `Authorization` header of a webhook with this body.
    pub fn sign_webhook(&self, body: &[u8], now_ms: Millis) -> String {
        let now_s = now_ms / 1000;
        self.mint(&AccessClaims {
            nbf: Some(now_s),
            exp: now_s.saturating_add(WEBHOOK_LIFE_S),
            sha256: body_hash(body),
            ..AccessClaims::default()
        })
    }

    /// Whether this key signed that body: `authorization` is the header as it came, with or without `Bearer`.
    pub fn verify_webhook(&self, authorization: &str, body: &[u8], now_ms: Millis) -> Result<(), TokenError> {
        let token = authorization.strip_prefix("Bearer ").unwrap_or(authorization);
        let claims = self.verify(token, now_ms)?;
        if !constant_time_eq(&claims.sha256, body_hash(body)) {
            return Err(TokenError::Invalid("the body is not the one that was signed"));
        }
        Ok(())
    }
}

fn body_hash(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, body))
}

#[cfg(test)]
mod tests;
