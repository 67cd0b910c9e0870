//! Protecting what we send.

use super::{
    Profile,
    cipher::{Cipher, ENCRYPTED, RTCP_HEADER},
    keys::{Half, derive},
};

/// Protects all that a transport sends; keys are expanded once.
pub struct Sender {
    profile: Profile,
    rtp: Cipher,
    rtcp: Cipher,
    /// Of the next RTCP packet, 31 bits; one counter serves all our SSRCs.
    rtcp_index: u32,
}

impl Sender {
    /// From the keying material's local half.
    ///
    /// # Panics
    /// When key or salt are not as long as the profile says.
    pub fn new(profile: Profile, master_key: &[u8], master_salt: &[u8]) -> Self {
        let cipher = |half| Cipher::new(profile, &derive(profile, half, master_key, master_salt));
        Self { profile, rtp: cipher(Half::Rtp), rtcp: cipher(Half::Rtcp), rtcp_index: 0 }
    }

    /// With session keys as the RFCs' examples give them.
    #[cfg(test)]
    pub(super) fn with_ciphers(profile: Profile, rtp: Cipher, rtcp: Cipher, rtcp_index: u32) -> Self {
        Self { profile, rtp, rtcp, rtcp_index }
    }

    /// How packets are protected.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Encrypts a packet in place. `packet` is a header of `header_len` bytes (CSRCs and extensions included),
    /// the payload, and room for [`Profile::rtp_overhead`] bytes; `ssrc` is that of the header, and `index` the
    /// extended sequence number (roll-overs × 65,536 + sequence number; 48 bits), never used twice with other
    /// content. A packet too short for header and tag becomes zeros, so that plain media cannot leave.
    #[inline]
    pub fn protect_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) {
        if self.rtp.seal_rtp(packet, header_len, ssrc, index).is_err() {
            debug_assert!(false, "a packet of {} bytes with a header of {header_len}", packet.len());
            packet.fill(0);
        }
    }

    /// As [`Self::protect_rtp`] for a payload that lies elsewhere (a buffer that many receivers share): it is
    /// encrypted on its way into `packet`, which holds the header and is exactly as long as header, payload and
    /// tag together.
    #[inline]
    pub fn protect_rtp_from(
        &self,
        payload: &[u8],
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) {
        if self.rtp.seal_rtp_from(payload, packet, header_len, ssrc, index).is_err() {
            debug_assert!(false, "{} bytes into {} after {header_len}", payload.len(), packet.len());
            packet.fill(0);
        }
    }

    /// Encrypts a compound RTCP packet in place; [`Profile::rtcp_overhead`] bytes are appended. What is shorter
    /// than a header, or comes after 2³¹ packets with one key, is emptied: nothing may be sent of it.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) {
        let Some(ssrc) = rtcp_ssrc(packet).filter(|_| self.rtcp_index < ENCRYPTED) else {
            packet.clear();
            return;
        };
        if self.rtcp.seal_rtcp(packet, ssrc, self.rtcp_index).is_err() {
            packet.clear();
            return;
        }
        self.rtcp_index += 1;
    }
}

/// The sender's SSRC of a compound RTCP packet; `None` where it is shorter than a header.
pub(super) fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    let ssrc = packet.get(RTCP_HEADER - 4..RTCP_HEADER)?.first_chunk()?;
    Some(u32::from_be_bytes(*ssrc))
}
