//! Call tokens: HS256 JWTs (RFC 7519) that admit one user to one room.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use rtc_types::{AppId, ErrorCode, Jti, Millis, Role, RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text that is looked at as a token, in bytes: the largest metadata (8 KiB of JSON) and the longest ids,
/// both in base64, fit.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

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

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is malformed, forged or not meant for us; holds which, for people.
    Invalid(&'static str),
    /// It was good until its `exp`.
    Expired,
}

impl TokenError {
    /// The code that a client sees.
    pub fn code(self) -> ErrorCode {
        match self {
            TokenError::Invalid(_) => ErrorCode::InvalidToken,
            TokenError::Expired => ErrorCode::TokenExpired,
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenError::Invalid(why) => why,
            TokenError::Expired => "the token has expired; ask for a new one",
        })
    }
}

impl std::error::Error for TokenError {}

/// Mints and verifies call tokens under one secret.
pub struct CallTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
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
        let mut validation = Validation::new(Algorithm::HS256);
        // The library would read the clock; `verify` compares with its argument instead.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.leeway = 0;
        CallTokens {
            signing: EncodingKey::from_secret(jwt_secret.as_ref()),
            verifying: DecodingKey::from_secret(jwt_secret.as_ref()),
            validation,
        }
    }

    /// Writes and signs a token.
    pub fn mint(&self, claims: &Claims) -> String {
        encode(&Header::new(Algorithm::HS256), claims, &self.signing)
            .expect("claims are plain values and HMAC takes any key")
    }

    /// Reads a token that must be good at `now_ms`.
    pub fn verify(&self, token: &str, now_ms: Millis) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid("the token is longer than 16 KiB"));
        }
        let data = decode::<Received>(token, &self.verifying, &self.validation).map_err(refusal)?;
        if data.header.crit.is_some() {
            // RFC 7515, section 4.1.11: an extension that we do not know must not be ignored.
            return Err(TokenError::Invalid("the token needs an extension that is not supported"));
        }
        let Received { claims, nbf } = data.claims;
        if nbf.is_some_and(|nbf| now_ms < nbf.saturating_mul(1000)) {
            return Err(TokenError::Invalid("the token is not valid yet"));
        }
        if now_ms >= claims.exp.saturating_mul(1000) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

fn refusal(error: jsonwebtoken::errors::Error) -> TokenError {
    TokenError::Invalid(match error.kind() {
        ErrorKind::InvalidSignature => "the token was not signed by this server",
        ErrorKind::InvalidAlgorithm => "the token is not signed with HS256",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) | ErrorKind::Json(_) => {
            "the token lacks a claim or is not signed with HS256"
        }
        ErrorKind::InvalidAudience => "the token is meant for another service",
        _ => "the token is not a JWT",
    })
}

#[cfg(test)]
mod tests;
