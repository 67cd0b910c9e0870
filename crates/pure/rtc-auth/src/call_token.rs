//! Call tokens: HS256 JWTs (RFC 7519) that admit one user to one room.

use crate::jwt::{Hs256, TokenError};
use rtc_types::{AppId, Jti, Millis, Role, RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a call token says. All of it but `metadata` must be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The token's unique id, by which it is used up and revoked.
    pub jti: Jti,
    /// The tenant whose room it is.
    pub app_id: AppId,
    /// The one room that it admits to.
    pub room_id: RoomId,
    /// The user that it admits.
    pub user_id: UserId,
    /// What the user may do there.
    pub role: Role,
    /// When it was issued, in seconds since 1970.
    pub iat: u64,
    /// From when on it is refused, in seconds since 1970.
    pub exp: u64,
    /// The tenant's own object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Value>,
}

/// Mints and verifies call tokens under one secret.
pub struct CallTokens {
    key: Hs256,
}

impl fmt::Debug for CallTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallTokens")
    }
}

/// The claims as they arrive, with the one that we never mint but heed (RFC 7519, section 4.1.5).
#[derive(Deserialize)]
struct Received {
    #[serde(flatten)]
    claims: Claims,
    #[serde(default)]
    nbf: Option<u64>,
}

impl CallTokens {
    /// Takes the bytes of `JWT_SECRET`.
    pub fn new(jwt_secret: impl AsRef<[u8]>) -> Self {
        CallTokens { key: Hs256::new(jwt_secret) }
    }

    /// Writes and signs a token.
    pub fn mint(&self, claims: &Claims) -> String {
        self.key.sign(claims)
    }

    /// Reads a token that must be good at `now_ms`.
    pub fn verify(&self, token: &str, now_ms: Millis) -> Result<Claims, TokenError> {
        let Received { claims, nbf } = self.key.read(token)?;
        if nbf.is_some_and(|nbf| now_ms < nbf.saturating_mul(1000)) {
            return Err(TokenError::Invalid("the token is not valid yet"));
        }
        if now_ms >= claims.exp.saturating_mul(1000) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests;
