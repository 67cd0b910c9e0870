//! Fingerprints of certificates (RFC 8122, section 5).

use super::DtlsError;
use aws_lc_rs::digest::{Algorithm, SHA224, SHA256, SHA384, SHA512, digest};
use rtc_types::ortc::DtlsFingerprint;

/// Fingerprints of one peer; no one has more certificates.
const FINGERPRINTS_MAX: usize = 32;

/// The hashes that can be checked, weakest first. SHA-1 is missing: a certificate can be forged to it.
const HASHES: [(&str, &Algorithm); 4] =
    [("sha-224", &SHA224), ("sha-256", &SHA256), ("sha-384", &SHA384), ("sha-512", &SHA512)];

/// What a peer's certificate must hash to.
pub(super) struct Expected {
    algorithm: &'static Algorithm,
    values: Vec<Vec<u8>>,
}

impl Expected {
    /// Takes the fingerprints of the strongest hash among those given; others are passed over.
    pub fn new(fingerprints: &[DtlsFingerprint]) -> Result<Self, DtlsError> {
        let fingerprints = &fingerprints[..fingerprints.len().min(FINGERPRINTS_MAX)];
        let strongest = HASHES
            .iter()
            .rev()
            .find(|(name, _)| fingerprints.iter().any(|given| given.algorithm.eq_ignore_ascii_case(name)));
        let Some((name, algorithm)) = strongest else {
            let names: Vec<_> = fingerprints.iter().map(|given| given.algorithm.as_str()).collect();
            let names = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(DtlsError::UnsupportedFingerprint(names.chars().take(64).collect()));
        };
        let values = fingerprints
            .iter()
            .filter(|given| given.algorithm.eq_ignore_ascii_case(name))
            .map(|given| parse(&given.value, algorithm.output_len()))
            .collect::<Result<_, _>>()?;
        Ok(Self { algorithm, values })
    }

    /// Whether a certificate (DER) is one of those.
    pub fn matches(&self, certificate: &[u8]) -> bool {
        let hash = digest(self.algorithm, certificate);
        self.values.iter().any(|value| value == hash.as_ref())
    }
}

/// The SHA-256 fingerprint of a certificate (DER), as signaling tells it.
pub(super) fn of(certificate: &[u8]) -> DtlsFingerprint {
    let hash = digest(&SHA256, certificate);
    let pairs: Vec<_> = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    DtlsFingerprint { algorithm: "sha-256".into(), value: pairs.join(":") }
}

fn parse(value: &str, bytes: usize) -> Result<Vec<u8>, DtlsError> {
    let malformed = || DtlsError::MalformedFingerprint(value.chars().take(200).collect());
    let byte = |pair: &str| {
        let is_hex = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
    };
    let parsed: Option<Vec<u8>> = value.split(':').take(bytes + 1).map(byte).collect();
    parsed.filter(|parsed| parsed.len() == bytes).ok_or_else(malformed)
}
