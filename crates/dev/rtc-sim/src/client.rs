//! A client: str0m, which somebody else wrote, in its packet mode.

use crate::{
    Arrived, Decoder, Received, Stamp, VideoSource,
    media::{Frame, OPUS, VP8, VP8_RTX},
};
use rtc_sfu::{Consumed, Time, TransportCreated};
use rtc_types::ortc::{DtlsFingerprint, DtlsParameters, DtlsRole, IceParameters, RtpParameters};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};
use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig,
    channel::{ChannelConfig, ChannelId, Reliability},
    config::{DtlsVersion, Fingerprint},
    format::{Codec, FormatParams},
    ice::IceCreds,
    media::{Frequency, KeyframeRequest, KeyframeRequestKind, MediaKind, Mid, Rid},
    net::{Protocol, Receive},
    rtp::{Extension, ExtensionValues, RtpWrite, Ssrc},
};

/// The first SSRC of streams that are told apart by RID.
const UNTOLD_SSRC: u32 = 70_000;

/// A video that a client sends.
struct Sending {
    ssrc: Ssrc,
    source: VideoSource,
    sequence: u64,
    active: bool,
}

/// A voice that a client sends.
struct Voice {
    ssrc: Ssrc,
    due: Time,
    sequence: u64,
    level: u8,
    active: bool,
}

/// One client.
pub struct Client {
    rtc: Rtc,
    epoch: Instant,
    address: SocketAddr,
    server: SocketAddr,
    sending: Vec<Sending>,
    voice: Option<Voice>,
    next_timeout: Time,
    decoders: BTreeMap<u32, Decoder>,
    /// Why it gave up.
    pub failed: Option<String>,
    /// Whether media may flow.
    pub connected: bool,
    /// By SSRC.
    pub received: BTreeMap<u32, Received>,
    /// Key frames that the server asked for.
    pub key_frames_asked: u64,
    /// Messages that came, by the channel's SCTP stream.
    pub messages: Vec<(u16, Vec<u8>)>,
}

impl Client {
    pub(crate) fn new(epoch: Instant, now: Time, address: SocketAddr, server: SocketAddr) -> Self {
        let mut config = RtcConfig::new()
            .set_rtp_mode(true)
            .set_dtls_version(DtlsVersion::Dtls12)
            .clear_codecs()
            .clear_extension_map()
            .set_extension(1, Extension::RtpMid)
            .set_extension(2, Extension::RtpStreamId)
            .set_extension(3, Extension::RepairedRtpStreamId)
            .set_extension(4, Extension::AbsoluteSendTime)
            .set_extension(5, Extension::TransportSequenceNumber)
            .set_extension(6, Extension::AudioLevel);
        let codecs = config.codec_config();
        let video = FormatParams::default();
        codecs.add_config(VP8.into(), Some(VP8_RTX.into()), Codec::Vp8, Frequency::NINETY_KHZ, None, video);
        let voice = FormatParams::default();
        codecs.add_config(OPUS.into(), None, Codec::Opus, Frequency::FORTY_EIGHT_KHZ, Some(2), voice);
        let rtc = config.build(at(epoch, now));
        Self {
            rtc,
            epoch,
            address,
            server,
            sending: Vec::new(),
            voice: None,
            next_timeout: now,
            decoders: BTreeMap::new(),
            failed: None,
            connected: false,
            received: BTreeMap::new(),
            key_frames_asked: 0,
            messages: Vec::new(),
        }
    }

    /// Takes the server's parameters and starts; gives the client's own.
    pub(crate) fn start(&mut self, server: &TransportCreated) -> DtlsParameters {
        let host = Candidate::host(self.address, "udp").expect("an address");
        self.rtc.add_local_candidate(host);
        self.rtc.add_remote_candidate(Candidate::host(self.server, "udp").expect("an address"));
        let mut api = self.rtc.direct_api();
        let fingerprint = api.local_dtls_fingerprint().clone();
        api.set_ice_controlling(true);
        api.enable_twcc_feedback();
        api.set_remote_ice_credentials(credentials(&server.ice));
        let remote = &server.dtls.fingerprints[0];
        let bytes = remote.value.split(':').map(|hex| u8::from_str_radix(hex, 16).expect("hexadecimal"));
        api.set_remote_fingerprint(Fingerprint {
            hash_func: remote.algorithm.clone(),
            bytes: bytes.collect(),
        });
        api.start_dtls(true).expect("starts");
        if server.sctp.is_some() {
            api.start_sctp(true);
        }
        let hex: Vec<String> = fingerprint.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        DtlsParameters {
            role: DtlsRole::Client,
            fingerprints: vec![DtlsFingerprint { algorithm: fingerprint.hash_func, value: hex.join(":") }],
        }
    }

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

    /// Has a decoder give up: the consumer is gone.
    pub fn forget(&mut self, consumed: &Consumed) {
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("told by SSRC");
        self.decoders.remove(&ssrc);
        self.rtc.direct_api().remove_stream_rx(ssrc.into());
    }

    /// Opens a channel on an SCTP stream that signaling agreed on.
    pub fn open_channel(&mut self, stream: u16, ordered: bool, reliability: Reliability) -> ChannelId {
        let config = ChannelConfig {
            label: "channel".into(),
            ordered,
            reliability,
            negotiated: Some(stream),
            protocol: String::new(),
        };
        self.rtc.direct_api().create_data_channel(config)
    }

    /// Sends a message; `false` where there is no room or the channel is not open yet.
    pub fn send_message(&mut self, channel: ChannelId, message: &[u8]) -> bool {
        self.next_timeout = Time::ZERO;
        self.rtc.channel(channel).is_some_and(|mut channel| channel.write(true, message).unwrap_or(false))
    }

    /// Takes the server's new ICE credentials.
    pub(crate) fn restart_ice(&mut self, ice: &IceParameters) {
        let mut api = self.rtc.direct_api();
        api.set_remote_ice_credentials(credentials(ice));
    }

    /// Stops or goes on with the video of that SSRC; it goes on with a key frame.
    pub fn set_active(&mut self, ssrc: u32, active: bool) {
        for sending in self.sending.iter_mut().filter(|sending| *sending.ssrc == ssrc) {
            sending.active = active;
            sending.source.want_key_frame();
        }
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

    pub(crate) fn next(&self) -> Time {
        let video =
            self.sending.iter().filter(|_| self.connected).map(|sending| sending.source.next_at()).min();
        let voice = self.voice.as_ref().filter(|_| self.connected).map_or(Time::NEVER, |voice| voice.due);
        let decoder = self.decoders.values().map(|decoder| decoder.check_at).min();
        let decoder = decoder.filter(|_| self.connected).unwrap_or(Time::NEVER);
        self.next_timeout.min(video.unwrap_or(Time::NEVER)).min(voice).min(decoder)
    }

    /// Takes a datagram in; gives what is to be sent. str0m wants to be emptied after each.
    pub(crate) fn receive(&mut self, now: Time, datagram: &[u8]) -> Vec<Vec<u8>> {
        let Ok(receive) = Receive::new(Protocol::Udp, self.server, self.address, datagram) else {
            return Vec::new();
        };
        let _ = self.rtc.handle_input(Input::Receive(at(self.epoch, now), receive));
        self.drain(now)
    }

    /// Does what is due; gives what is to be sent.
    pub(crate) fn run(&mut self, now: Time) -> Vec<Vec<u8>> {
        if self.connected {
            self.write_video(now);
            self.write_voice(now);
            self.decode(now);
        }
        if self.next_timeout <= now {
            let _ = self.rtc.handle_input(Input::Timeout(at(self.epoch, now)));
        }
        self.drain(now)
    }

    fn drain(&mut self, now: Time) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let output = match self.rtc.poll_output() {
                Ok(output) => output,
                Err(error) => {
                    self.failed = Some(error.to_string());
                    self.connected = false;
                    self.next_timeout = Time::NEVER;
                    return out;
                }
            };
            match output {
                Output::Timeout(due) => {
                    let micros = due.saturating_duration_since(self.epoch).as_micros() as u64;
                    self.next_timeout = Time::from_micros(micros + 1).max(now + Duration::from_micros(100));
                    return out;
                }
                Output::Transmit(transmit) => out.push(transmit.contents.to_vec()),
                Output::Event(event) => self.note(now, event),
            }
        }
    }

    fn decode(&mut self, now: Time) {
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

    fn write_video(&mut self, now: Time) {
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

    fn write_voice(&mut self, now: Time) {
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

    fn want_key_frame(&mut self, request: &KeyframeRequest) {
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

    fn note(&mut self, now: Time, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::RtpPacket(packet) => {
                let stream = self.received.entry(*packet.header.ssrc).or_default();
                let header = &packet.header;
                let arrived = Arrived::new(now, header.timestamp, header.marker, &packet.payload);
                stream.packets.entry(*packet.seq_no).or_insert(arrived);
            }
            Event::KeyframeRequest(request) => {
                self.key_frames_asked += 1;
                self.want_key_frame(&request);
            }
            Event::ChannelData(data) => {
                if let Some(stream) = self.rtc.direct_api().sctp_stream_id_by_channel_id(data.id) {
                    self.messages.push((stream, data.data));
                }
            }
            _ => {}
        }
    }
}

fn credentials(ice: &IceParameters) -> IceCreds {
    IceCreds { ufrag: ice.username_fragment.clone(), pass: ice.password.clone() }
}

fn mid(parameters: &RtpParameters) -> Mid {
    parameters.mid.as_deref().expect("has one").into()
}

fn at(epoch: Instant, now: Time) -> Instant {
    epoch + Duration::from_micros(now.as_micros())
}
