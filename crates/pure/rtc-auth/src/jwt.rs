//! Signed tokens (RFC 7519) as all of ours are: HS256 and nothing else, whatever a token's header asks for.
//!
//! What the claims mean, times included, is the caller's.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous, decode, encode, errors::ErrorKind,
};
use rtc_types::ErrorCode;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Longest text that is looked at as a token, in bytes: the largest metadata (8 KiB of JSON) and the longest ids,
/// both in base64, fit.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

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

/// Signs and reads tokens under one secret.
pub(crate) struct Hs256 {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Hs256 {
    /// Takes the bytes of the secret.
    pub(crate) fn new(secret: impl AsRef<[u8]>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // The library would read the clock; callers compare with their own argument instead.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.leeway = 0;
        Hs256 {
            signing: EncodingKey::from_secret(secret.as_ref()),
            verifying: DecodingKey::from_secret(secret.as_ref()),
            validation,
        }
    }

    /// Writes and signs claims.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        encode(&Header::new(Algorithm::HS256), claims, &self.signing)
            .expect("claims are plain values and HMAC takes any key")
    }

    /// Reads the claims of a token that was signed under this secret.
    pub(crate) fn read<T: DeserializeOwned>(&self, token: &str) -> Result<T, TokenError> {
        within_limit(token)?;
        let data = decode(token, &self.verifying, &self.validation).map_err(refusal)?;
        if data.header.crit.is_some() {
            // RFC 7515, section 4.1.11: an extension that we do not know must not be ignored.
            return Err(TokenError::Invalid("the token needs an extension that is not supported"));
        }
        Ok(data.claims)
    }
}

/// Reads claims that nobody has proven: only to find the key that [`Hs256::read`] is to be done with.
pub(crate) fn read_unproven<T: DeserializeOwned>(token: &str) -> Result<T, TokenError> {
    within_limit(token)?;
    dangerous::insecure_decode_claims(token).map_err(refusal)
}

fn within_limit(token: &str) -> Result<(), TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Invalid("the token is longer than 16 KiB"));
    }
    Ok(())
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

/// Signs any header and payload, as an attacker or another library would.
#[cfg(test)]
pub(crate) fn forge(
    header: &serde_json::Value,
    payload: &str,
    algorithm: aws_lc_rs::hmac::Algorithm,
    secret: &str,
) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let key = aws_lc_rs::hmac::Key::new(algorithm, secret.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}
