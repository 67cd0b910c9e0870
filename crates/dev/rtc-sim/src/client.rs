//! A client: str0m, which somebody else wrote, in its packet mode.

use crate::media::{Frame, OPUS, VP8, VP8_RTX, VideoSource};
use rtc_sfu::{Time, TransportCreated};
use rtc_types::ortc::{DtlsFingerprint, DtlsParameters, DtlsRole, RtpParameters};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};
use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig,
    config::{DtlsVersion, Fingerprint},
    format::{Codec, FormatParams},
    ice::IceCreds,
    media::{Frequency, KeyframeRequestKind, MediaKind, Mid},
    net::{Protocol, Receive},
    rtp::{Extension, ExtensionValues, RtpWrite, Ssrc},
};

/// What a client got on one stream.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Extended sequence number to what arrived under it: when, the RTP time, the marker, the payload.
    pub packets: BTreeMap<u64, (Time, u32, bool, Vec<u8>)>,
}

impl Received {
    /// The fraction of numbers, from the first to the last, that arrived.
    pub fn complete(&self) -> f64 {
        match (self.packets.first_key_value(), self.packets.last_key_value()) {
            (Some((first, _)), Some((last, _))) => self.packets.len() as f64 / (last - first + 1) as f64,
            _ => 0.0,
        }
    }

    /// Numbers between the first and the last that never arrived.
    pub fn missing(&self) -> u64 {
        match (self.packets.first_key_value(), self.packets.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last - first + 1 - self.packets.len() as u64,
            _ => 0,
        }
    }
}

/// A video that a client sends.
struct Sending {
    ssrc: Ssrc,
    source: VideoSource,
    sequence: u64,
    active: bool,
}

/// One client.
pub struct Client {
    rtc: Rtc,
    epoch: Instant,
    address: SocketAddr,
    server: SocketAddr,
    sending: Vec<Sending>,
    voice: Option<(Ssrc, Time, u64, u8)>,
    next_timeout: Time,
    /// Whether media may flow.
    pub connected: bool,
    /// By SSRC.
    pub received: BTreeMap<u32, Received>,
    /// Key frames that the server asked for.
    pub key_frames_asked: u64,
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
            connected: false,
            received: BTreeMap::new(),
            key_frames_asked: 0,
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
        api.set_remote_ice_credentials(IceCreds {
            ufrag: server.ice.username_fragment.clone(),
            pass: server.ice.password.clone(),
        });
        let remote = &server.dtls.fingerprints[0];
        let bytes = remote.value.split(':').map(|hex| u8::from_str_radix(hex, 16).expect("hexadecimal"));
        api.set_remote_fingerprint(Fingerprint {
            hash_func: remote.algorithm.clone(),
            bytes: bytes.collect(),
        });
        api.start_dtls(true).expect("starts");
        let hex: Vec<String> = fingerprint.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        DtlsParameters {
            role: DtlsRole::Client,
            fingerprints: vec![DtlsFingerprint { algorithm: fingerprint.hash_func, value: hex.join(":") }],
        }
    }

    /// Sends a video (or several sizes of one), announced by `parameters`.
    pub(crate) fn send_video(&mut self, parameters: &RtpParameters, sources: Vec<VideoSource>) {
        let mid = mid(parameters);
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, MediaKind::Video);
        for (encoding, source) in parameters.encodings.iter().zip(sources) {
            let ssrc: Ssrc = encoding.ssrc.expect("told by SSRC").into();
            let rtx = encoding.rtx.map(|rtx| rtx.ssrc.into());
            api.declare_stream_tx(ssrc, rtx, mid, None);
            self.sending.push(Sending { ssrc, source, sequence: 1000, active: true });
        }
    }

    /// Sends a voice of 50 packets a second with that level (0 is loudest, −127 silence).
    pub(crate) fn send_voice(&mut self, now: Time, parameters: &RtpParameters, level: u8) {
        let mid = mid(parameters);
        let ssrc: Ssrc = parameters.encodings[0].ssrc.expect("told by SSRC").into();
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, MediaKind::Audio);
        api.declare_stream_tx(ssrc, None, mid, None);
        self.voice = Some((ssrc, now, 1000, level));
    }

    /// Changes the voice's level.
    pub fn set_level(&mut self, level: u8) {
        if let Some(voice) = &mut self.voice {
            voice.3 = level;
        }
    }

    /// Stops or goes on with the video of that SSRC.
    pub fn set_active(&mut self, ssrc: u32, active: bool) {
        for sending in self.sending.iter_mut().filter(|sending| *sending.ssrc == ssrc) {
            sending.active = active;
        }
    }

    /// Expects what a consumer's parameters announce.
    pub(crate) fn expect(&mut self, parameters: &RtpParameters, video: bool) {
        let mid = mid(parameters);
        let encoding = &parameters.encodings[0];
        let mut api = self.rtc.direct_api();
        api.declare_media(mid, if video { MediaKind::Video } else { MediaKind::Audio });
        let rtx = encoding.rtx.map(|rtx| rtx.ssrc.into());
        api.expect_stream_rx(encoding.ssrc.expect("told by SSRC").into(), rtx, mid, None);
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
        let voice = self.voice.filter(|_| self.connected).map_or(Time::NEVER, |voice| voice.1);
        self.next_timeout.min(video.unwrap_or(Time::NEVER)).min(voice)
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
            self.write_media(now);
        }
        if self.next_timeout <= now {
            let _ = self.rtc.handle_input(Input::Timeout(at(self.epoch, now)));
        }
        self.drain(now)
    }

    fn drain(&mut self, now: Time) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            match self.rtc.poll_output().expect("str0m goes on") {
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

    fn write_media(&mut self, now: Time) {
        let wallclock = at(self.epoch, now);
        for sending in &mut self.sending {
            while let Some(frame) = sending.source.poll(now) {
                if !sending.active {
                    continue;
                }
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
        if let Some((ssrc, due, sequence, level)) = &mut self.voice {
            while *due <= now {
                *due += Duration::from_millis(20);
                *sequence += 1;
                let values = ExtensionValues {
                    audio_level: Some(-(*level as i8)),
                    voice_activity: Some(*level < 60),
                    ..ExtensionValues::default()
                };
                let time = (*sequence * 960) as u32;
                let write = RtpWrite::new(OPUS.into(), (*sequence).into(), time, wallclock, vec![7; 80])
                    .ext_vals(values);
                if let Some(stream) = self.rtc.direct_api().stream_tx(ssrc) {
                    stream.write_rtp(write);
                }
            }
        }
    }

    fn note(&mut self, now: Time, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::RtpPacket(packet) => {
                let stream = self.received.entry(*packet.header.ssrc).or_default();
                let entry = (now, packet.header.timestamp, packet.header.marker, packet.payload.to_vec());
                stream.packets.insert(*packet.seq_no, entry);
            }
            Event::KeyframeRequest(_) => {
                self.key_frames_asked += 1;
                for sending in &mut self.sending {
                    sending.source.want_key_frame();
                }
            }
            _ => {}
        }
    }
}

fn mid(parameters: &RtpParameters) -> Mid {
    parameters.mid.as_deref().expect("has one").into()
}

fn at(epoch: Instant, now: Time) -> Instant {
    epoch + Duration::from_micros(now.as_micros())
}
