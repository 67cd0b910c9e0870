//! What a client gets, and what its decoders make of it.

use super::{Client, mid};
use crate::{Decoder, Received};
use rtc_sfu::{Consumed, Time};
use rtc_types::ortc::RtpParameters;
use str0m::media::{KeyframeRequestKind, MediaKind};

impl Client {
    /// What arrived of a consumer.
    pub fn got(&self, consumed: &Consumed) -> Received {
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("told by SSRC");
        self.received.get(&ssrc).cloned().unwrap_or_default()
    }

    /// What a decoder makes of a consumer's video.
    pub fn decoder(&self, consumed: &Consumed) -> &Decoder {
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("told by SSRC");
        &self.decoders[&ssrc]
    }

    /// Forgets all that came, and decodes nothing of it: for long runs.
    pub fn forget_all(&mut self) {
        self.received.clear();
        self.decoders.clear();
    }

    /// Has a decoder give up: the consumer is gone.
    pub fn forget(&mut self, consumed: &Consumed) {
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("told by SSRC");
        self.decoders.remove(&ssrc);
        self.rtc.direct_api().remove_stream_rx(ssrc.into());
    }

    /// Expects what a consumer's parameters announce.
    pub(crate) fn expect(&mut self, now: Time, parameters: &RtpParameters, video: bool) {
        let mid = mid(parameters);
        let encoding = &parameters.encodings[0];
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, if video { MediaKind::Video } else { MediaKind::Audio });
        let rtx = encoding.rtx.map(|rtx| rtx.ssrc.into());
        let ssrc = encoding.ssrc.expect("told by SSRC");
        api.expect_stream_rx(ssrc.into(), rtx, mid, None);
        if video {
            self.decoders.insert(ssrc, Decoder::new(now));
        }
    }

    /// Asks for a key frame, as a decoder that lost its way does.
    pub fn ask_for_key_frame(&mut self, ssrc: u32) {
        if let Some(stream) = self.rtc.direct_api().stream_rx(&ssrc.into()) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    pub(super) fn decode(&mut self, now: Time) {
        let mut ask = Vec::new();
        for (ssrc, decoder) in self.decoders.iter_mut().filter(|(_, decoder)| decoder.check_at <= now) {
            let received = self.received.entry(*ssrc).or_default();
            if decoder.check(now, received) {
                ask.push(*ssrc);
            }
        }
        for ssrc in ask {
            self.ask_for_key_frame(ssrc);
        }
    }
}
