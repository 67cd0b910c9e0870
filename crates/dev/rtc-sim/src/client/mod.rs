//! A client: str0m, which somebody else wrote, in its packet mode.

mod channels;
mod receiving;
mod sending;

use crate::{
    Arrived, Decoder, Received,
    media::{OPUS, VP8, VP8_RTX},
};
use rtc_sfu::{Time, TransportCreated};
use rtc_types::ortc::{DtlsFingerprint, DtlsParameters, DtlsRole, IceParameters, RtpParameters};
use sending::{Sending, Voice};
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
    media::{Frequency, Mid},
    net::{Protocol, Receive},
    rtp::Extension,
};

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

    /// Takes the server's new ICE credentials.
    pub(crate) fn restart_ice(&mut self, ice: &IceParameters) {
        let mut api = self.rtc.direct_api();
        api.set_remote_ice_credentials(credentials(ice));
    }

    pub(crate) fn next(&self) -> Time {
        let video =
            self.sending.iter().filter(|_| self.connected).map(|sending| sending.source.next_at()).min();
        let voice = self.voice.as_ref().filter(|voice| self.connected && voice.active);
        let voice = voice.map_or(Time::NEVER, |voice| voice.due);
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
