//! The process's certificate, and the settings that all its connections share.

use super::{DtlsError, admit::QUEUE_MAX, fingerprint};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use dimpl::{
    Config, CryptoError, CryptoOperation, DtlsCertificate, HashAlgorithm, NamedGroup, SignatureAlgorithm,
    certificate::generate_self_signed_certificate,
    crypto::{Buf, CryptoProvider, Dtls12CipherSuite, KeyProvider, SigningKey, aws_lc_rs::default_provider},
};
use rtc_types::ortc::DtlsFingerprint;
use std::{sync::Arc, time::Duration};

/// Bytes of our datagrams: what any path carries.
const MTU: usize = 1200;
/// Datagrams that wait to be sent; they are taken out after each call.
const SEND_QUEUE_MAX: usize = 64;
/// When a lost flight is sent again at first; doubled each time. The address is known to work, so that this may
/// be shorter than the second of RFC 6347.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const RETRIES: usize = 7;
/// A whole handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// The process's certificate and key (ECDSA on P-256), self-signed: peers know it by its fingerprint.
pub struct Identity {
    pub(super) config: Arc<Config>,
    pub(super) certificate: DtlsCertificate,
    fingerprint: DtlsFingerprint,
}

impl Identity {
    /// Makes key and certificate. Make one a process: what connections share of it is never freed.
    ///
    /// # Errors
    /// [`DtlsError::Certificate`] when the library cannot.
    pub fn generate() -> Result<Self, DtlsError> {
        let failed = |error: String| DtlsError::Certificate(error);
        let certificate = generate_self_signed_certificate().map_err(|error| failed(error.to_string()))?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &certificate.private_key)
            .map_err(|error| failed(error.to_string()))?;
        let provider = CryptoProvider {
            key_provider: Box::leak(Box::new(ParsedKey(Arc::new(key)))),
            ..default_provider()
        };
        let config = Config::builder()
            .with_crypto_provider(provider)
            .mtu(MTU)
            .max_queue_rx(QUEUE_MAX)
            .max_queue_tx(SEND_QUEUE_MAX)
            .require_client_certificate(true)
            .use_server_cookie(false)
            .flight_start_rto(FIRST_RETRY)
            .flight_retries(RETRIES)
            .handshake_timeout(HANDSHAKE_TIMEOUT)
            // P-384 costs ten times as much, and every peer has one of these.
            .kx_groups(&[NamedGroup::X25519, NamedGroup::Secp256r1])
            .dtls12_cipher_suites(&[
                Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256,
                Dtls12CipherSuite::ECDHE_ECDSA_AES256_GCM_SHA384,
            ])
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let fingerprint = fingerprint::of(&certificate.certificate);
        Ok(Self { config: Arc::new(config), certificate, fingerprint })
    }

    /// The certificate's SHA-256 fingerprint, as signaling tells it to peers.
    pub fn fingerprint(&self) -> &DtlsFingerprint {
        &self.fingerprint
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint.value).finish_non_exhaustive()
    }
}

/// The key, parsed (and checked) once instead of once a connection.
#[derive(Clone, Debug)]
struct ParsedKey(Arc<EcdsaKeyPair>);

impl KeyProvider for ParsedKey {
    fn load_private_key(&self, _: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        Ok(Box::new(self.clone()))
    }
}

impl SigningKey for ParsedKey {
    fn sign(&mut self, data: &[u8], hash: HashAlgorithm, out: &mut Buf) -> Result<(), CryptoError> {
        let failed = CryptoError::OperationFailed(CryptoOperation::Sign);
        if hash != HashAlgorithm::SHA256 {
            return Err(failed);
        }
        let signature = self.0.sign(&SystemRandom::new(), data).map_err(|_| failed)?;
        out.clear();
        out.extend_from_slice(signature.as_ref());
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &[HashAlgorithm::SHA256]
    }
}
