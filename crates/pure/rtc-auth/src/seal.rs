//! Sealing of secrets at rest: AES-256-GCM under a key that is derived from `SECRETS_KEY`.
//!
//! A sealed text is bound to its context (for an app secret: the app's id), so that a text that is moved to
//! another row does not open there.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_types::ErrorCode;
use std::fmt;

const VERSION: &str = "v1";
const SALT: &[u8] = b"rtc-platform secrets at rest";

/// Seals and opens under one key.
pub struct Sealer {
    key: LessSafeKey,
}

/// Why a sealed text did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// It is not a text that a [`Sealer`] wrote.
    Malformed,
    /// It was sealed under another key or context, or was changed since.
    Refused,
}

impl SealError {
    /// The code that a client sees: the server cannot read its own data.
    pub fn code(self) -> ErrorCode {
        ErrorCode::InternalError
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SealError::Malformed => "the sealed text is damaged",
            SealError::Refused => "the sealed text does not open; was SECRETS_KEY changed?",
        })
    }
}

impl std::error::Error for SealError {}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Derives the key (HKDF-SHA256, RFC 5869) from the bytes of `SECRETS_KEY`, which may be of any length.
    pub fn new(secrets_key: impl AsRef<[u8]>) -> Self {
        let prk = Salt::new(HKDF_SHA256, SALT).extract(secrets_key.as_ref());
        let info = [VERSION.as_bytes()];
        let okm = prk.expand(&info, &AES_256_GCM).expect("HKDF gives 32 bytes at any time");
        Sealer { key: LessSafeKey::new(UnboundKey::from(okm)) }
    }

    /// Seals a text of up to 64 GiB. The nonce must be random: one nonce for two texts gives both away.
    pub fn seal(&self, nonce: [u8; 12], plaintext: &str, context: &str) -> String {
        let mut sealed = plaintext.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(context), &mut sealed)
            .expect("AES-256-GCM seals any text below 64 GiB");
        format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens what [`Sealer::seal`] made under the same key and context.
    pub fn open(&self, sealed: &str, context: &str) -> Result<String, SealError> {
        let (version, body) = sealed.split_once('.').ok_or(SealError::Malformed)?;
        if version != VERSION {
            return Err(SealError::Malformed);
        }
        let mut body = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealError::Malformed)?;
        if body.len() < NONCE_LEN {
            return Err(SealError::Malformed);
        }
        let (nonce, ciphertext) = body.split_at_mut(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Malformed)?;
        let plaintext =
            self.key.open_in_place(nonce, aad(context), ciphertext).map_err(|_| SealError::Refused)?;
        String::from_utf8(plaintext.to_vec()).map_err(|_| SealError::Refused)
    }
}

fn aad(context: &str) -> Aad<String> {
    Aad::from(format!("{VERSION}.{context}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; 12] = [7; 12];

    #[test]
    fn what_was_sealed_opens_under_the_same_key_and_context() {
        let sealed = Sealer::new("key").seal(NONCE, "sk_secret", "app-1");
        assert!(sealed.starts_with("v1."));
        assert!(!sealed.contains("secret"));
        assert_eq!(Sealer::new("key").open(&sealed, "app-1").as_deref(), Ok("sk_secret"));
    }

    #[test]
    fn another_key_or_context_does_not_open() {
        let sealed = Sealer::new("key").seal(NONCE, "sk_secret", "app-1");
        assert_eq!(Sealer::new("other").open(&sealed, "app-1"), Err(SealError::Refused));
        assert_eq!(Sealer::new("key").open(&sealed, "app-2"), Err(SealError::Refused));
    }

    #[test]
    fn each_changed_bit_is_noticed() {
        let sealer = Sealer::new("key");
        let sealed = sealer.seal(NONCE, "sk_secret", "app-1");
        let body = URL_SAFE_NO_PAD.decode(&sealed[3..]).expect("base64url");
        for bit in 0..body.len() * 8 {
            let mut changed = body.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = format!("v1.{}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(sealer.open(&changed, "app-1"), Err(SealError::Refused), "bit {bit}");
        }
    }

    #[test]
    fn a_text_of_another_shape_is_malformed() {
        let sealer = Sealer::new("key");
        for text in ["", "v1", "v1.", "v1.AAAA", "v2.AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1.not base64"] {
            assert_eq!(sealer.open(text, "app-1"), Err(SealError::Malformed), "{text}");
        }
        let too_short_for_a_tag = format!("v1.{}", URL_SAFE_NO_PAD.encode([0; 13]));
        assert_eq!(sealer.open(&too_short_for_a_tag, "app-1"), Err(SealError::Refused));
    }

    #[test]
    fn a_sealer_does_not_print_its_key() {
        assert_eq!(format!("{:?}", Sealer::new("key")), "Sealer");
    }
}
