//! What a client sends: videos and a voice.

use super::{Client, at, mid};
use crate::{
    Stamp, VideoSource,
    media::{Frame, OPUS, VP8},
};
use rtc_sfu::Time;
use rtc_types::ortc::RtpParameters;
use std::time::Duration;
use str0m::{
    media::{KeyframeRequest, MediaKind, Rid},
    rtp::{ExtensionValues, RtpWrite, Ssrc},
};

/// The first SSRC of streams that are told apart by RID.
const UNTOLD_SSRC: u32 = 70_000;

/// A video that a client sends.
pub(super) struct Sending {
    pub(super) ssrc: Ssrc,
    pub(super) source: VideoSource,
    pub(super) sequence: u64,
    pub(super) active: bool,
}

/// A voice that a client sends.
pub(super) struct Voice {
    pub(super) ssrc: Ssrc,
    pub(super) due: Time,
    pub(super) sequence: u64,
    pub(super) level: u8,
    pub(super) active: bool,
}

impl Client {
    /// Sends a video (or several sizes of one), announced by `parameters`.
    pub(crate) fn send_video(&mut self, parameters: &RtpParameters, sources: Vec<VideoSource>) {
        let mid = mid(parameters);
        let several = parameters.encodings.len() > 1;
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, MediaKind::Video);
        for (index, (encoding, source)) in parameters.encodings.iter().zip(sources).enumerate() {
            // Where streams are told apart by RID, SSRCs are the client's secret.
            let number = encoding.ssrc.unwrap_or(UNTOLD_SSRC + 2 * index as u32);
            let ssrc: Ssrc = number.into();
            let rtx = encoding.rtx.map_or(number + 1, |rtx| rtx.ssrc);
            // str0m sends one stream a RID only; told apart by SSRC, the name means nothing to the server.
            let told = encoding.rid.as_deref().map(Rid::from);
            let rid = told.or_else(|| several.then(|| Rid::from(["s0", "s1", "s2", "s3"][index & 3])));
            api.declare_stream_tx(ssrc, Some(rtx.into()), mid, rid);
            self.sending.push(Sending { ssrc, source, sequence: 1000, active: true });
        }
    }

    /// Sends a voice of 50 packets a second with that level (0 is loudest, 127 silence).
    pub(crate) fn send_voice(&mut self, now: Time, parameters: &RtpParameters, level: u8) {
        let mid = mid(parameters);
        let ssrc: Ssrc = parameters.encodings[0].ssrc.expect("told by SSRC").into();
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, MediaKind::Audio);
        api.declare_stream_tx(ssrc, None, mid, None);
        self.voice = Some(Voice { ssrc, due: now, sequence: 1000, level, active: true });
    }

    /// Changes the voice's level.
    pub fn set_level(&mut self, level: u8) {
        if let Some(voice) = &mut self.voice {
            voice.level = level;
        }
    }

    /// Stops or goes on with the voice.
    pub fn set_voice_active(&mut self, active: bool) {
        if let Some(voice) = &mut self.voice {
            voice.active = active;
        }
    }

    /// Ends the video of that SSRC for good.
    pub fn stop(&mut self, ssrc: u32) {
        self.sending.retain(|sending| *sending.ssrc != ssrc);
        self.rtc.direct_api().remove_stream_tx(ssrc.into());
    }

    /// Stops or goes on with the video of that SSRC; it goes on with a key frame.
    pub fn set_active(&mut self, ssrc: u32, active: bool) {
        for sending in self.sending.iter_mut().filter(|sending| *sending.ssrc == ssrc) {
            sending.active = active;
            sending.source.want_key_frame();
        }
    }

    pub(super) fn write_video(&mut self, now: Time) {
        let wallclock = at(self.epoch, now);
        for sending in &mut self.sending {
            if !sending.active {
                sending.source.skip(now);
                continue;
            }
            while let Some(frame) = sending.source.poll(now) {
                let Frame { timestamp, packets, .. } = frame;
                let last = packets.len() - 1;
                for (index, payload) in packets.into_iter().enumerate() {
                    let write =
                        RtpWrite::new(VP8.into(), sending.sequence.into(), timestamp, wallclock, payload)
                            .marker(index == last)
                            .nackable(true);
                    sending.sequence += 1;
                    let mut api = self.rtc.direct_api();
                    if let Some(stream) = api.stream_tx(&sending.ssrc) {
                        stream.write_rtp(write);
                    }
                }
            }
        }
    }

    pub(super) fn write_voice(&mut self, now: Time) {
        let wallclock = at(self.epoch, now);
        let Some(voice) = &mut self.voice else { return };
        while voice.due <= now {
            voice.due += Duration::from_millis(20);
            voice.sequence += 1;
            if !voice.active {
                continue;
            }
            let values = ExtensionValues {
                audio_level: Some(-(voice.level as i8)),
                voice_activity: Some(voice.level < 60),
                ..ExtensionValues::default()
            };
            let time = (voice.sequence * 960) as u32;
            let mut payload = vec![7; 80];
            Stamp { tag: 0, picture: voice.sequence as u16, index: 0, sent_at: now }.write(&mut payload);
            let write =
                RtpWrite::new(OPUS.into(), voice.sequence.into(), time, wallclock, payload).ext_vals(values);
            if let Some(stream) = self.rtc.direct_api().stream_tx(&voice.ssrc) {
                stream.write_rtp(write);
            }
        }
    }

    pub(super) fn want_key_frame(&mut self, request: &KeyframeRequest) {
        let asked = self
            .rtc
            .direct_api()
            .stream_tx_by_mid(request.mid, request.rid)
            .map(|stream| stream.ssrc())
            .filter(|_| request.rid.is_some());
        for sending in &mut self.sending {
            if asked.is_none_or(|ssrc| ssrc == sending.ssrc) {
                sending.source.want_key_frame();
            }
        }
    }
}
