//! Opening what we receive.

use super::{
    Profile, SrtpError,
    cipher::{Cipher, ENCRYPTED},
    keys::{Half, derive},
    replay::Window,
    sender::rtcp_ssrc,
};

/// An RTP packet that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unprotected {
    /// The extended sequence number: roll-overs × 65,536 + sequence number.
    pub index: u64,
    /// Bytes of header and plain payload.
    pub len: usize,
}

/// Opens all that a transport receives.
pub struct Receiver {
    profile: Profile,
    rtp: Cipher,
    rtcp: Cipher,
    rtp_streams: Streams,
    rtcp_streams: Streams,
}

impl Receiver {
    /// From the keying material's remote half. At most `streams_max` SSRCs are followed at a time, of RTP and of
    /// RTCP each.
    ///
    /// # Panics
    /// When key or salt are not as long as the profile says.
    pub fn new(profile: Profile, master_key: &[u8], master_salt: &[u8], streams_max: usize) -> Self {
        let cipher = |half| Cipher::new(profile, &derive(profile, half, master_key, master_salt));
        Self::with_ciphers(profile, cipher(Half::Rtp), cipher(Half::Rtcp), streams_max)
    }

    /// With session keys as the RFCs' examples give them.
    pub(super) fn with_ciphers(profile: Profile, rtp: Cipher, rtcp: Cipher, streams_max: usize) -> Self {
        Self {
            profile,
            rtp,
            rtcp,
            rtp_streams: Streams::new(streams_max),
            rtcp_streams: Streams::new(streams_max),
        }
    }

    /// How packets are protected.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Opens an RTP packet in place. `header_len` (CSRCs and extensions included), `ssrc` and `sequence` are
    /// what its header says.
    ///
    /// # Errors
    /// See [`SrtpError`]; nothing has changed then, and the packet's bytes are undefined.
    #[inline]
    pub fn unprotect_rtp(
        &mut self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        sequence: u16,
    ) -> Result<Unprotected, SrtpError> {
        let Some(at) = self.rtp_streams.find(ssrc) else {
            // A stream's first packet has roll-over counter 0 (RFC 3711, section 3.3.1).
            let index = u64::from(sequence);
            self.rtp_streams.room()?;
            let len = self.rtp.open_rtp(packet, header_len, ssrc, index)?;
            self.rtp_streams.insert(ssrc, index);
            return Ok(Unprotected { index, len });
        };
        let window = self.rtp_streams.window(at);
        let index = window.estimate(sequence).ok_or(SrtpError::Replayed)?;
        if !window.is_fresh(index) {
            return Err(SrtpError::Replayed);
        }
        let len = self.rtp.open_rtp(packet, header_len, ssrc, index)?;
        window.accept(index);
        Ok(Unprotected { index, len })
    }

    /// Opens a compound RTCP packet in place; gives its plain length. RTCP that is authentic but not encrypted
    /// is refused: browsers encrypt it always.
    ///
    /// # Errors
    /// See [`SrtpError`]; nothing has changed then, and the packet's bytes are undefined.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = rtcp_ssrc(packet).ok_or(SrtpError::Malformed)?;
        let word = self.rtcp.rtcp_word(packet).ok_or(SrtpError::Malformed)?;
        if word & ENCRYPTED == 0 {
            return Err(SrtpError::Malformed);
        }
        let index = u64::from(word & !ENCRYPTED);
        let Some(at) = self.rtcp_streams.find(ssrc) else {
            self.rtcp_streams.room()?;
            let len = self.rtcp.open_rtcp(packet, ssrc, word)?;
            self.rtcp_streams.insert(ssrc, index);
            return Ok(len);
        };
        let window = self.rtcp_streams.window(at);
        if !window.is_fresh(index) {
            return Err(SrtpError::Replayed);
        }
        let len = self.rtcp.open_rtcp(packet, ssrc, word)?;
        window.accept(index);
        Ok(len)
    }

    /// Forgets a stream, to make room for others. Its old packets would be taken as new afterwards, so call it
    /// where nothing is forwarded from that SSRC any more.
    pub fn remove_stream(&mut self, ssrc: u32) {
        self.rtp_streams.remove(ssrc);
        self.rtcp_streams.remove(ssrc);
    }

    /// Forgets the streams that are not to be kept, as [`Self::remove_stream`] does: to make room where there
    /// are as many as there may be. A stream that goes on after its roll-over is not understood any more once
    /// it was forgotten, so this is no way to tidy up.
    pub fn retain_streams(&mut self, keep: impl Fn(u32) -> bool) {
        self.rtp_streams.retain(&keep);
        self.rtcp_streams.retain(&keep);
    }

    /// RTP streams now followed.
    pub fn streams(&self) -> usize {
        self.rtp_streams.ssrcs.len()
    }
}

/// What came of each SSRC. A scan over a few dozen numbers is cheaper than any hash; the last hit is tried first.
struct Streams {
    ssrcs: Vec<u32>,
    windows: Vec<Window>,
    last: usize,
    max: usize,
}

impl Streams {
    fn new(max: usize) -> Self {
        Self { ssrcs: Vec::new(), windows: Vec::new(), last: 0, max }
    }

    #[inline]
    fn find(&mut self, ssrc: u32) -> Option<usize> {
        if self.ssrcs.get(self.last) != Some(&ssrc) {
            self.last = self.ssrcs.iter().position(|known| *known == ssrc)?;
        }
        Some(self.last)
    }

    /// `at` comes from [`Self::find`].
    #[inline]
    fn window(&mut self, at: usize) -> &mut Window {
        &mut self.windows[at]
    }

    fn room(&self) -> Result<(), SrtpError> {
        if self.ssrcs.len() < self.max { Ok(()) } else { Err(SrtpError::TooManyStreams) }
    }

    fn insert(&mut self, ssrc: u32, index: u64) {
        self.ssrcs.push(ssrc);
        self.windows.push(Window::starting_with(index));
    }

    fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        let (ssrcs, windows) = (std::mem::take(&mut self.ssrcs), std::mem::take(&mut self.windows));
        (self.ssrcs, self.windows) = ssrcs.into_iter().zip(windows).filter(|(ssrc, _)| keep(*ssrc)).unzip();
    }

    fn remove(&mut self, ssrc: u32) {
        if let Some(at) = self.ssrcs.iter().position(|known| *known == ssrc) {
            self.ssrcs.swap_remove(at);
            self.windows.swap_remove(at);
        }
    }
}
