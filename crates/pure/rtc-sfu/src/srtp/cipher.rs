//! The two kinds of protection: AES-GCM (RFC 7714) and AES counter mode with HMAC-SHA1 (RFC 3711).
//!
//! One [`Cipher`] serves one half (RTP or RTCP) of one direction. Lengths are checked here; whether a packet is
//! new is the receiver's matter.

use super::{
    Profile, SrtpError,
    keys::{SessionKeys, counter_mode},
};
use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{EncryptingKey, EncryptionContext},
    constant_time::verify_slices_are_equal,
    error::Unspecified,
    hmac,
};

/// Bytes of the word at the end of SRTCP that carries E bit and index.
pub(super) const INDEX_BYTES: usize = 4;
/// Bytes of RTCP's first header, which stay readable.
pub(super) const RTCP_HEADER: usize = 8;
/// The bit of that word which says "encrypted".
pub(super) const ENCRYPTED: u32 = 0x8000_0000;

const GCM_TAG: usize = Profile::Aead128Gcm.rtp_overhead();
const SHA1_TAG: usize = Profile::Aes128CmSha1_80.rtp_overhead();

pub(super) enum Cipher {
    Gcm(Gcm),
    Counter(Box<Counter>),
}

impl Cipher {
    pub fn new(profile: Profile, keys: &SessionKeys) -> Self {
        let key = &keys.key[..profile.key_len()];
        let aead = match profile {
            Profile::Aes128CmSha1_80 => return Self::Counter(Box::new(Counter::new(key, keys))),
            Profile::Aead128Gcm => &AES_128_GCM,
            Profile::Aead256Gcm => &AES_256_GCM,
        };
        let mut salt = [0; 12];
        salt.copy_from_slice(&keys.salt[..12]);
        let key = LessSafeKey::new(UnboundKey::new(aead, key).expect("a key of the profile's length"));
        Self::Gcm(Gcm { key, salt })
    }

    /// Encrypts what follows the header and fills the tag, for which room is at the end.
    #[inline]
    pub fn seal_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtp(packet, header_len, ssrc, index),
            Self::Counter(counter) => counter.seal_rtp(packet, header_len, ssrc, index),
        }
    }

    /// As [`Self::seal_rtp`], with the payload read from elsewhere.
    #[inline]
    pub fn seal_rtp_from(
        &self,
        payload: &[u8],
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtp_from(payload, packet, header_len, ssrc, index),
            Self::Counter(counter) => {
                let room = packet.get_mut(header_len..header_len + payload.len()).ok_or(Unspecified)?;
                room.copy_from_slice(payload);
                counter.seal_rtp(packet, header_len, ssrc, index)
            }
        }
    }

    /// Checks the tag, decrypts in place; gives the length without the tag.
    #[inline]
    pub fn open_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, SrtpError> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtp(packet, header_len, ssrc, index),
            Self::Counter(counter) => counter.open_rtp(packet, header_len, ssrc, index),
        }
    }

    /// Encrypts all after the first header, appends tag and index word (in the profile's order).
    pub fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) -> Result<(), Unspecified> {
        if packet.len() < RTCP_HEADER {
            return Err(Unspecified);
        }
        match self {
            Self::Gcm(gcm) => gcm.seal_rtcp(packet, ssrc, index),
            Self::Counter(counter) => counter.seal_rtcp(packet, ssrc, index),
        }
    }

    /// The index word of a protected RTCP packet; `None` where it is too short for one.
    pub fn rtcp_word(&self, packet: &[u8]) -> Option<u32> {
        // RFC 7714 puts the tag before the word, RFC 3711 after it.
        let (packet, needed) = match self {
            Self::Gcm(_) => (packet, RTCP_HEADER + GCM_TAG),
            Self::Counter(_) => (packet.split_last_chunk::<SHA1_TAG>()?.0, RTCP_HEADER),
        };
        let (before, word) = packet.split_last_chunk::<INDEX_BYTES>()?;
        (before.len() >= needed).then(|| u32::from_be_bytes(*word))
    }

    /// Checks the tag, decrypts in place; gives the length without tag and word.
    pub fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, word: u32) -> Result<usize, SrtpError> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtcp(packet, ssrc, word),
            Self::Counter(counter) => counter.open_rtcp(packet, ssrc, word),
        }
    }
}

pub(super) struct Gcm {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Gcm {
    /// RFC 7714, section 8.1: two zero bytes, SSRC, 48 bits of index, all XOR salt.
    #[inline]
    fn rtp_nonce(&self, ssrc: u32, index: u64) -> Nonce {
        self.nonce((u128::from(ssrc) << 48) | u128::from(index & 0xffff_ffff_ffff))
    }

    /// RFC 7714, section 9.1: two zero bytes, SSRC, two zero bytes, 31 bits of index, all XOR salt.
    fn rtcp_nonce(&self, ssrc: u32, word: u32) -> Nonce {
        self.nonce((u128::from(ssrc) << 48) | u128::from(word & !ENCRYPTED))
    }

    #[inline]
    fn nonce(&self, value: u128) -> Nonce {
        let mut nonce = self.salt;
        for (byte, value) in nonce.iter_mut().zip(&value.to_be_bytes()[4..]) {
            *byte ^= value;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    #[inline]
    fn seal_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        let (header, body) = packet.split_at_mut_checked(header_len).ok_or(Unspecified)?;
        let (payload, tag) = body.split_last_chunk_mut::<GCM_TAG>().ok_or(Unspecified)?;
        self.key.seal_in_place_scatter(self.rtp_nonce(ssrc, index), Aad::from(&*header), payload, &[], tag)
    }

    #[inline]
    fn seal_rtp_from(
        &self,
        source: &[u8],
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        let (header, body) = packet.split_at_mut_checked(header_len).ok_or(Unspecified)?;
        let (payload, tag) = body.split_last_chunk_mut::<GCM_TAG>().ok_or(Unspecified)?;
        let nonce = self.rtp_nonce(ssrc, index);
        self.key.seal_out_of_place_scatter(nonce, Aad::from(&*header), source, payload, &[], tag)
    }

    #[inline]
    fn open_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let (header, body) = packet.split_at_mut_checked(header_len).ok_or(SrtpError::Malformed)?;
        let (payload, tag) = body.split_last_chunk_mut::<GCM_TAG>().ok_or(SrtpError::Malformed)?;
        self.key
            .open_in_place_separate_tag(self.rtp_nonce(ssrc, index), Aad::from(&*header), tag, payload)
            .map_err(|_| SrtpError::Authentication)?;
        Ok(header_len + payload.len())
    }

    fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) -> Result<(), Unspecified> {
        let word = (index | ENCRYPTED).to_be_bytes();
        let plain_len = packet.len();
        packet.resize(plain_len + GCM_TAG, 0);
        let (header, body) = packet.split_at_mut(RTCP_HEADER);
        let (payload, tag) = body.split_last_chunk_mut::<GCM_TAG>().ok_or(Unspecified)?;
        let aad = rtcp_aad(header, word)?;
        self.key.seal_in_place_scatter(self.rtcp_nonce(ssrc, index), Aad::from(aad), payload, &[], tag)?;
        packet.extend_from_slice(&word);
        Ok(())
    }

    fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, word: u32) -> Result<usize, SrtpError> {
        let (header, body) = packet.split_at_mut_checked(RTCP_HEADER).ok_or(SrtpError::Malformed)?;
        let (body, _) = body.split_last_chunk_mut::<INDEX_BYTES>().ok_or(SrtpError::Malformed)?;
        let (payload, tag) = body.split_last_chunk_mut::<GCM_TAG>().ok_or(SrtpError::Malformed)?;
        let aad = rtcp_aad(header, word.to_be_bytes()).map_err(|_| SrtpError::Malformed)?;
        self.key
            .open_in_place_separate_tag(self.rtcp_nonce(ssrc, word), Aad::from(aad), tag, payload)
            .map_err(|_| SrtpError::Authentication)?;
        Ok(RTCP_HEADER + payload.len())
    }
}

/// RFC 7714, section 9.2: the first header, then the index word.
fn rtcp_aad(header: &[u8], word: [u8; INDEX_BYTES]) -> Result<[u8; RTCP_HEADER + INDEX_BYTES], Unspecified> {
    let mut aad = [0; RTCP_HEADER + INDEX_BYTES];
    let (first, last) = aad.split_at_mut(RTCP_HEADER);
    first.copy_from_slice(header.get(..RTCP_HEADER).ok_or(Unspecified)?);
    last.copy_from_slice(&word);
    Ok(aad)
}

pub(super) struct Counter {
    key: EncryptingKey,
    salt: [u8; 14],
    authentication: hmac::Key,
}

impl Counter {
    fn new(key: &[u8], keys: &SessionKeys) -> Self {
        Self {
            key: counter_mode(key),
            salt: keys.salt,
            authentication: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.authentication),
        }
    }

    /// RFC 3711, section 4.1.1: salt, XOR SSRC at bit 64, XOR index at bit 16.
    #[inline]
    fn apply(&self, data: &mut [u8], ssrc: u32, index: u64) -> Result<(), Unspecified> {
        let value = (u128::from(ssrc) << 64) | (u128::from(index & 0xffff_ffff_ffff) << 16);
        let mut counter = value.to_be_bytes();
        for (byte, salt) in counter.iter_mut().zip(&self.salt) {
            *byte ^= salt;
        }
        self.key.less_safe_encrypt(data, EncryptionContext::Iv128((&counter).into())).map(|_| ())
    }

    /// The tag of `authenticated`.
    #[inline]
    fn tag(&self, authenticated: &[u8]) -> [u8; SHA1_TAG] {
        let full = hmac::sign(&self.authentication, authenticated);
        let mut tag = [0; SHA1_TAG];
        tag.copy_from_slice(&full.as_ref()[..SHA1_TAG]);
        tag
    }

    /// Puts the roll-over counter where the tag goes, so that what is authenticated is one piece of memory
    /// (RFC 3711, section 4.2: packet, then counter).
    #[inline]
    fn rtp_tag(&self, packet: &mut [u8], index: u64) -> Result<[u8; SHA1_TAG], Unspecified> {
        let tag_at = packet.len().checked_sub(SHA1_TAG).ok_or(Unspecified)?;
        let end = tag_at + 4;
        let rollovers = ((index >> 16) as u32).to_be_bytes();
        packet.get_mut(tag_at..end).ok_or(Unspecified)?.copy_from_slice(&rollovers);
        Ok(self.tag(packet.get(..end).ok_or(Unspecified)?))
    }

    #[inline]
    fn seal_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        let (_, body) = packet.split_at_mut_checked(header_len).ok_or(Unspecified)?;
        let (payload, _) = body.split_last_chunk_mut::<SHA1_TAG>().ok_or(Unspecified)?;
        self.apply(payload, ssrc, index)?;
        let tag = self.rtp_tag(packet, index)?;
        *packet.last_chunk_mut().ok_or(Unspecified)? = tag;
        Ok(())
    }

    #[inline]
    fn open_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let (_, body) = packet.split_at_checked(header_len).ok_or(SrtpError::Malformed)?;
        let given = *body.last_chunk::<SHA1_TAG>().ok_or(SrtpError::Malformed)?;
        let tag = self.rtp_tag(packet, index).map_err(|_| SrtpError::Malformed)?;
        verify_slices_are_equal(&tag, &given).map_err(|_| SrtpError::Authentication)?;
        let len = packet.len() - SHA1_TAG;
        let payload = packet.get_mut(header_len..len).ok_or(SrtpError::Malformed)?;
        self.apply(payload, ssrc, index).map_err(|_| SrtpError::Malformed)?;
        Ok(len)
    }

    fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) -> Result<(), Unspecified> {
        self.apply(&mut packet[RTCP_HEADER..], ssrc, u64::from(index))?;
        packet.extend_from_slice(&(index | ENCRYPTED).to_be_bytes());
        let tag = self.tag(packet);
        packet.extend_from_slice(&tag);
        Ok(())
    }

    fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, word: u32) -> Result<usize, SrtpError> {
        let (authenticated, given) = packet.split_last_chunk_mut::<SHA1_TAG>().ok_or(SrtpError::Malformed)?;
        verify_slices_are_equal(&self.tag(authenticated), given).map_err(|_| SrtpError::Authentication)?;
        let (plain, _) = authenticated.split_last_chunk_mut::<INDEX_BYTES>().ok_or(SrtpError::Malformed)?;
        let len = plain.len();
        let payload = plain.get_mut(RTCP_HEADER..).ok_or(SrtpError::Malformed)?;
        self.apply(payload, ssrc, u64::from(word & !ENCRYPTED)).map_err(|_| SrtpError::Malformed)?;
        Ok(len)
    }
}
