//! The way to a server: none at all, or ICE, DTLS and SRTP.

use anyhow::{Result, ensure};
use dimpl::SrtpProfile;
use rtc_sfu::srtp::{self, KeyingMaterial, Profile};

use super::dtls::{DtlsClient, Keys};
use super::ice::IceAgent;

/// How a session reaches the server.
pub enum Link {
    /// RTP as it is, at once: a plain transport, or a sender without a server.
    Plain,
    /// ICE, then DTLS, then SRTP.
    Secure(Box<Secure>),
}

/// The three of a secure link.
pub struct Secure {
    /// Finds the path.
    pub ice: IceAgent,
    /// Makes the keys.
    pub dtls: DtlsClient,
    /// With the keys: sends and receives.
    pub srtp: Option<(srtp::Sender, srtp::Receiver)>,
}

impl Link {
    /// A secure link that is yet to be made.
    pub fn secure(ice: IceAgent, dtls: DtlsClient) -> Self {
        Self::Secure(Box::new(Secure { ice, dtls, srtp: None }))
    }

    /// What protects and opens packets, once there are keys.
    pub fn srtp(&mut self) -> Option<&mut (srtp::Sender, srtp::Receiver)> {
        match self {
            Self::Secure(secure) => secure.srtp.as_mut(),
            Self::Plain => None,
        }
    }
}

/// The client's half and the server's (RFC 5764, section 4.2).
pub fn keying(keys: &Keys) -> Result<KeyingMaterial> {
    let profile = match keys.profile {
        SrtpProfile::AES128_CM_SHA1_80 => Profile::Aes128CmSha1_80,
        SrtpProfile::AEAD_AES_128_GCM => Profile::Aead128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Profile::Aead256Gcm,
        other => anyhow::bail!("an unknown SRTP profile: {other}"),
    };
    let (key, salt) = (profile.key_len(), profile.salt_len());
    ensure!(keys.material.len() >= 2 * (key + salt), "DTLS gave too little for SRTP keys");
    let part = |from: usize, length: usize| keys.material[from..from + length].to_vec();
    Ok(KeyingMaterial {
        profile,
        local_key: part(0, key),
        remote_key: part(key, key),
        local_salt: part(2 * key, salt),
        remote_salt: part(2 * key + salt, salt),
    })
}
