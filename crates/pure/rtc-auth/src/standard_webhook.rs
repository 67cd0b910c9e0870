//! Webhook signatures by the Standard Webhooks scheme: `webhook-signature` is `v1,` and the base64 of the
//! HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` under the bytes of the endpoint's `whsec_` secret.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use rtc_types::Millis;
use std::fmt;

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1";
/// Fewest and most bytes of a secret, by the scheme.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// How far a message's timestamp may be from the verifier's clock.
pub const TOLERANCE_MS: Millis = 300_000;

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The secret is not `whsec_` and the base64 of 24–64 bytes.
    Secret,
    /// The timestamp is not a number of seconds, or further from now than [`TOLERANCE_MS`].
    Timestamp,
    /// No signature in the header is that of the message.
    Signature,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignatureError::Secret => "the secret must be whsec_ and the base64 of 24 to 64 bytes",
            SignatureError::Timestamp => "the timestamp is missing, too old or too new",
            SignatureError::Signature => "the message was not signed with this secret",
        })
    }
}

impl std::error::Error for SignatureError {}

/// The secret of one endpoint.
pub struct EndpointSecret(hmac::Key);

impl fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointSecret")
    }
}

impl EndpointSecret {
    /// Writes 32 random bytes as a secret: `whsec_…`.
    pub fn generate(random: [u8; 32]) -> String {
        format!("{PREFIX}{}", STANDARD.encode(random))
    }

    /// Reads a secret as [`EndpointSecret::generate`] writes it.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let bytes = text.strip_prefix(PREFIX).and_then(|digits| STANDARD.decode(digits).ok());
        match bytes.filter(|bytes| SECRET_BYTES.contains(&bytes.len())) {
            Some(bytes) => Ok(EndpointSecret(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
            None => Err(SignatureError::Secret),
        }
    }

    /// The `webhook-signature` of a message; `timestamp_s` is its `webhook-timestamp`, in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp_s: u64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [id.as_bytes(), b".", timestamp_s.to_string().as_bytes(), b".", body] {
            context.update(part);
        }
        format!("{VERSION},{}", STANDARD.encode(context.sign()))
    }

    /// Whether one of the signatures (parted by spaces) is this secret's. `timestamp` is the header as it came.
    pub fn verify(
        &self,
        id: &str,
        timestamp: &str,
        signatures: &str,
        body: &[u8],
        now_ms: Millis,
    ) -> Result<(), SignatureError> {
        let timestamp_s: u64 = timestamp.parse().map_err(|_| SignatureError::Timestamp)?;
        if timestamp_s.saturating_mul(1000).abs_diff(now_ms) > TOLERANCE_MS {
            return Err(SignatureError::Timestamp);
        }
        let right = self.sign(id, timestamp_s, body);
        if !signatures.split(' ').any(|given| crate::constant_time_eq(given, &right)) {
            return Err(SignatureError::Signature);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: Millis = 1_614_265_330_000;
    /// The example of the scheme's own documentation.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn verify(id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> Result<(), SignatureError> {
        EndpointSecret::parse(SECRET).expect("a secret").verify(id, timestamp, signatures, body, NOW_MS)
    }

    #[test]
    fn the_example_of_the_scheme_is_signed_alike() {
        let secret = EndpointSecret::parse(SECRET).expect("a secret");
        assert_eq!(secret.sign(ID, NOW_MS / 1000, BODY), SIGNATURE);
        assert_eq!(verify(ID, "1614265330", SIGNATURE, BODY), Ok(()));
    }

    #[test]
    fn one_good_signature_among_several_is_enough() {
        assert_eq!(verify(ID, "1614265330", &format!("v1,AAAA v2,x {SIGNATURE}"), BODY), Ok(()));
    }

    #[test]
    fn another_id_time_body_or_signature_is_refused() {
        let refused = Err(SignatureError::Signature);
        assert_eq!(verify("msg_other", "1614265330", SIGNATURE, BODY), refused);
        assert_eq!(verify(ID, "1614265331", SIGNATURE, BODY), refused);
        assert_eq!(verify(ID, "1614265330", SIGNATURE, b"{}"), refused);
        assert_eq!(verify(ID, "1614265330", "", BODY), refused);
    }

    #[test]
    fn a_message_from_another_time_is_refused() {
        for timestamp in ["", "soon", "-1", "0", "1614264000", "1614266000", "18446744073709551615"] {
            assert_eq!(verify(ID, timestamp, SIGNATURE, BODY), Err(SignatureError::Timestamp), "{timestamp}");
        }
    }

    #[test]
    fn a_generated_secret_is_read_back_and_others_are_refused() {
        assert!(EndpointSecret::parse(&EndpointSecret::generate([7; 32])).is_ok());
        for text in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!"] {
            assert_eq!(EndpointSecret::parse(text).err(), Some(SignatureError::Secret), "{text}");
        }
    }
}
