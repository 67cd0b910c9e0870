//! SRTP and SRTCP: packets are encrypted and authenticated in place (RFC 3711, RFC 7714).
//!
//! A transport has one [`Sender`] and one [`Receiver`], made from the [`KeyingMaterial`] that its DTLS handshake
//! gave. Keys are expanded once; a packet costs one pass of the cipher, no allocation and no hashing of map keys.
//! A packet that does not pass changes nothing here: a stream's state is made by its first authentic packet.

mod cipher;
mod keys;
mod receiver;
mod replay;
mod sender;
#[cfg(test)]
mod tests;

pub use receiver::{Receiver, Unprotected};
pub use sender::Sender;
use thiserror::Error;

/// How packets are protected, as negotiated by DTLS (RFC 5764, section 4.1.2; RFC 7714, section 14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// AES-128 in counter mode with an 80-bit HMAC-SHA1 tag.
    Aes128CmSha1_80,
    /// AES-128-GCM.
    Aead128Gcm,
    /// AES-256-GCM.
    Aead256Gcm,
}

impl Profile {
    /// Bytes that protection adds to an RTP packet: the tag.
    pub const fn rtp_overhead(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 => 10,
            Self::Aead128Gcm | Self::Aead256Gcm => 16,
        }
    }

    /// Bytes that protection adds to a compound RTCP packet: the tag and the index.
    pub const fn rtcp_overhead(self) -> usize {
        self.rtp_overhead() + cipher::INDEX_BYTES
    }

    /// Bytes of a master key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 | Self::Aead128Gcm => 16,
            Self::Aead256Gcm => 32,
        }
    }

    /// Bytes of a master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 => 14,
            Self::Aead128Gcm | Self::Aead256Gcm => 12,
        }
    }
}

/// What a DTLS handshake gives to both directions of SRTP; which side we are has been taken into account.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyingMaterial {
    /// How packets are protected.
    pub profile: Profile,
    /// For what we send, [`Profile::key_len`] bytes.
    pub local_key: Vec<u8>,
    /// For what we send, [`Profile::salt_len`] bytes.
    pub local_salt: Vec<u8>,
    /// For what we receive.
    pub remote_key: Vec<u8>,
    /// For what we receive.
    pub remote_salt: Vec<u8>,
}

impl KeyingMaterial {
    /// What protects packets to the peer.
    pub fn sender(&self) -> Sender {
        Sender::new(self.profile, &self.local_key, &self.local_salt)
    }

    /// What opens packets from the peer, of at most `streams_max` SSRCs at a time.
    pub fn receiver(&self, streams_max: usize) -> Receiver {
        Receiver::new(self.profile, &self.remote_key, &self.remote_salt, streams_max)
    }
}

/// Keys are never printed.
impl std::fmt::Debug for KeyingMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyingMaterial").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// Why a packet was not opened. Nothing has changed but the packet's bytes, which are undefined afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SrtpError {
    /// Too short for a header and a tag, or RTCP that is not encrypted.
    #[error("the packet is too short or not encrypted")]
    Malformed,
    /// The tag is wrong.
    #[error("the packet's tag is wrong")]
    Authentication,
    /// It came before, or is older than what is remembered.
    #[error("the packet came before or is too old")]
    Replayed,
    /// Its SSRC is new, and there are as many as there may be.
    #[error("the transport receives too many streams")]
    TooManyStreams,
}
