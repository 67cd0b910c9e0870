//! What guards a message: the HMAC, keyed once for each password, and the CRC of the fingerprint.

use super::INTEGRITY_BYTES;
use aws_lc_rs::hmac;

/// A password made ready to sign and verify with: the hash's inner and outer blocks are computed once.
#[derive(Clone)]
pub struct IntegrityKey(hmac::Key);

impl IntegrityKey {
    /// Takes a password (short-term credentials) or the hash of user, realm and password (long-term).
    pub fn new(key: &[u8]) -> Self {
        // HMAC does not rest on collisions being hard; SHA-1 is what ICE prescribes.
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key))
    }

    /// The HMAC-SHA1 of `parts`, one after another.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut tag = [0; INTEGRITY_BYTES];
        for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        tag
    }
}

impl std::fmt::Debug for IntegrityKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IntegrityKey(…)")
    }
}

/// The value of FINGERPRINT over `bytes` (RFC 8489, section 14.7): "STUN" is laid over the CRC, so that it
/// differs from that of other protocols.
pub(super) fn fingerprint(bytes: &[u8]) -> u32 {
    crc32(bytes) ^ 0x5354_554E
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| CRC_TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

/// The CRC-32 of ITU V.42, one step a byte.
const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    #[test]
    fn the_crc_is_that_of_ethernet_and_zip() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(super::crc32(b""), 0);
    }
}
