//! Session keys from master keys (RFC 3711, section 4.3; RFC 6188 for AES-256; RFC 7714, section 11).

use super::Profile;
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};

/// Bytes of a session's HMAC-SHA1 key.
pub(super) const AUTHENTICATION_KEY_LEN: usize = 20;

/// Which half of a transport the keys are for: their labels differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Rtp,
    Rtcp,
}

/// What one half of one direction is protected with. Only the first [`Profile::key_len`] and
/// [`Profile::salt_len`] bytes count; `authentication` is for profiles with HMAC.
pub(super) struct SessionKeys {
    pub key: [u8; 32],
    pub salt: [u8; 14],
    pub authentication: [u8; AUTHENTICATION_KEY_LEN],
}

/// Derives them. The key derivation rate is 0 in DTLS-SRTP, so that they hold for the whole session.
///
/// # Panics
/// When key and salt are not as long as the profile says: they come from the DTLS exporter, which is asked for
/// just that.
pub(super) fn derive(profile: Profile, half: Half, master_key: &[u8], master_salt: &[u8]) -> SessionKeys {
    assert_eq!(master_key.len(), profile.key_len(), "bytes of an SRTP master key");
    assert_eq!(master_salt.len(), profile.salt_len(), "bytes of an SRTP master salt");
    let first_label = match half {
        Half::Rtp => 0,
        Half::Rtcp => 3,
    };
    let mut keys = SessionKeys { key: [0; 32], salt: [0; 14], authentication: [0; AUTHENTICATION_KEY_LEN] };
    expand(master_key, master_salt, first_label, &mut keys.key[..profile.key_len()]);
    expand(master_key, master_salt, first_label + 1, &mut keys.authentication);
    expand(master_key, master_salt, first_label + 2, &mut keys.salt[..profile.salt_len()]);
    keys
}

/// Fills `out` (zeros) with the key stream of the master key at the counter that salt and label give. A salt of
/// 96 bits stands at the front of the 112, as RFC 7714 has it.
fn expand(master_key: &[u8], master_salt: &[u8], label: u8, out: &mut [u8]) {
    let mut counter = [0; 16];
    counter[..master_salt.len()].copy_from_slice(master_salt);
    counter[7] ^= label;
    counter_mode(master_key)
        .less_safe_encrypt(out, EncryptionContext::Iv128((&counter).into()))
        .expect("CTR");
}

/// AES in counter mode with a key of 16 or 32 bytes.
pub(super) fn counter_mode(key: &[u8]) -> EncryptingKey {
    let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
    let key = UnboundCipherKey::new(algorithm, key).expect("a key of 16 or 32 bytes");
    EncryptingKey::ctr(key).expect("AES has a counter mode")
}
