//! An engine, and peers whose way up is cut short: they have their keys without a handshake.

use crate::{
    ConsumeOptions, Consumed, Engine, EngineConfig, Event, ProduceOptions, ProducerId, Protocol, RouterId,
    Time, TransportCreated, TransportId, TransportOptions, Tuple,
    dtls::Identity,
    engine::transport::Srtp,
    rtp::{Header, uri},
    srtp::{KeyingMaterial, Profile, Receiver, Sender},
    stun::{Class, IntegrityKey, Method, TransactionId, Writer},
};
use rtc_types::{
    MediaKind,
    ortc::{
        RtcpFeedback, RtpCodecParameters, RtpEncodingParameters, RtpHeaderExtensionParameters, RtpParameters,
        RtxParameters,
    },
};
use std::{sync::Arc, time::Duration};

pub(super) const VP8: u8 = 101;
const VP8_RTX: u8 = 102;
const OPUS: u8 = 100;
const PROFILE: Profile = Profile::Aead128Gcm;

pub(super) struct Bench {
    pub(super) engine: Engine,
    pub(super) now: Time,
    pub(super) out: Vec<(Tuple, Vec<u8>)>,
    pub(super) events: Vec<Event>,
    /// How often the engine asked to be woken.
    pub(super) wakes: usize,
    router: RouterId,
}

/// One end of a transport.
pub(super) struct Peer {
    pub(super) transport: TransportId,
    tuple: Tuple,
    sender: Sender,
    receiver: Receiver,
}

/// What a subscriber got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Got {
    pub(super) ssrc: u32,
    pub(super) index: u64,
    pub(super) timestamp: u32,
    pub(super) marker: bool,
    pub(super) payload: Vec<u8>,
}

impl Bench {
    #[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "the DTLS library wants one")]
    pub(super) fn new() -> Self {
        let mut engine = Engine::new(EngineConfig {
            seed: [5; 32],
            unix_epoch: Duration::from_secs(1_700_000_000),
            instant_epoch: std::time::Instant::now(),
            identity: Arc::new(Identity::generate().expect("makes a certificate")),
            consent_timeout: Duration::from_secs(3600),
        });
        let router = engine.create_router();
        let now = Time::from_millis(10_000);
        Self { engine, now, out: Vec::new(), events: Vec::new(), wakes: 0, router }
    }

    pub(super) fn transport(&mut self) -> TransportCreated {
        let options = TransportOptions::default();
        self.engine.create_transport(self.now, self.router, options).expect("there is room")
    }

    /// Passes an ICE check.
    pub(super) fn check(&mut self, created: &TransportCreated, port: u16) -> Tuple {
        let tuple = Tuple { protocol: Protocol::Udp, local: 0, remote: ([192, 0, 2, 1], port).into() };
        let mut id = [0; 12];
        id[..2].copy_from_slice(&port.to_be_bytes());
        let mut request = Vec::new();
        Writer::new(&mut request, Class::Request, Method::BINDING, TransactionId(id))
            .username(&format!("{}:theirs", created.ice.username_fragment))
            .priority(1)
            .ice_controlling(5)
            .use_candidate()
            .integrity(&IntegrityKey::new(created.ice.password.as_bytes()))
            .fingerprint()
            .finish()
            .expect("fits");
        self.engine.handle_datagram(self.now, tuple, &mut request, &mut self.out);
        tuple
    }

    /// A peer that is connected.
    pub(super) fn peer(&mut self, port: u16) -> Peer {
        let created = self.transport();
        let tuple = self.check(&created, port);
        let keys = |local: u8, remote: u8| KeyingMaterial {
            profile: PROFILE,
            local_key: vec![local; PROFILE.key_len()],
            local_salt: vec![local; PROFILE.salt_len()],
            remote_key: vec![remote; PROFILE.key_len()],
            remote_salt: vec![remote; PROFILE.salt_len()],
        };
        let (ours, theirs) = (keys(1, 2), keys(2, 1));
        let transport = self.engine.transports.get_mut(created.transport).expect("made");
        transport.srtp = Some(Srtp { sender: ours.sender(), receiver: ours.receiver(128) });
        transport.connected = true;
        transport.allocate_at = self.now;
        self.engine.arm(created.transport);
        Peer { transport: created.transport, tuple, sender: theirs.sender(), receiver: theirs.receiver(128) }
    }

    pub(super) fn produce(&mut self, peer: &Peer, kind: MediaKind, parameters: RtpParameters) -> ProducerId {
        let options = ProduceOptions { kind, parameters, paused: false, screen: false };
        self.engine.produce(self.now, peer.transport, options).expect("the router has the codec").producer
    }

    pub(super) fn consume(&mut self, peer: &Peer, producer: ProducerId) -> Consumed {
        let capabilities = Engine::router_capabilities().clone();
        let options = ConsumeOptions { producer, capabilities, paused: false, mid: None };
        self.engine.consume(self.now, peer.transport, options).expect("can be consumed")
    }

    /// Consumes for a peer that knows of no retransmission streams.
    pub(super) fn consume_without_rtx(&mut self, peer: &Peer, producer: ProducerId) -> Consumed {
        let mut capabilities = Engine::router_capabilities().clone();
        capabilities.codecs.retain(|codec| !codec.mime_type.ends_with("/rtx"));
        let options = ConsumeOptions { producer, capabilities, paused: false, mid: None };
        self.engine.consume(self.now, peer.transport, options).expect("can be consumed")
    }

    /// Sends a packet, as yet without [`Self::flush`]. `index` is the extended sequence number.
    pub(super) fn send(&mut self, peer: &Peer, ssrc: u32, index: u64, timestamp: u32, payload: &[u8]) {
        self.send_raw(peer, ssrc, index, timestamp, [0x90, VP8], payload);
    }

    /// Sends a packet that is marked as the last of its picture.
    pub(super) fn send_last(&mut self, peer: &Peer, ssrc: u32, index: u64, timestamp: u32, payload: &[u8]) {
        self.send_raw(peer, ssrc, index, timestamp, [0x90, 0x80 | VP8], payload);
    }

    /// Sends a packet with these header extensions besides the media id. `index` is the extended number.
    pub(super) fn send_extended(
        &mut self,
        peer: &Peer,
        (payload_type, marker): (u8, bool),
        (ssrc, index, timestamp): (u32, u64, u32),
        extensions: &[(u8, Vec<u8>)],
        payload: &[u8],
    ) {
        let mut packet = vec![0x90, payload_type | u8::from(marker) << 7];
        packet.extend((index as u16).to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        let mut block = vec![1, 1, b'v'];
        for (id, value) in extensions {
            block.extend([*id, value.len() as u8]);
            block.extend(value);
        }
        block.resize(block.len().next_multiple_of(4), 0);
        packet.extend([0x10, 0, 0, (block.len() / 4) as u8]);
        packet.extend(block);
        let header = packet.len();
        packet.extend(payload);
        packet.resize(packet.len() + PROFILE.rtp_overhead(), 0);
        peer.sender.protect_rtp(&mut packet, header, ssrc, index);
        self.engine.handle_datagram(self.now, peer.tuple, &mut packet, &mut self.out);
    }

    /// Sends nothing but padding.
    pub(super) fn pad(&mut self, peer: &Peer, ssrc: u32, index: u64, timestamp: u32) {
        self.send_raw(peer, ssrc, index, timestamp, [0xb0, VP8], &[0, 0, 0, 4]);
    }

    fn send_raw(
        &mut self,
        peer: &Peer,
        ssrc: u32,
        index: u64,
        timestamp: u32,
        first: [u8; 2],
        payload: &[u8],
    ) {
        let mut packet = first.to_vec();
        packet.extend((index as u16).to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        // The media id "v".
        packet.extend([0xbe, 0xde, 0, 1, 0x10, b'v', 0, 0]);
        let header = packet.len();
        packet.extend(payload);
        packet.resize(packet.len() + PROFILE.rtp_overhead(), 0);
        peer.sender.protect_rtp(&mut packet, header, ssrc, index);
        self.engine.handle_datagram(self.now, peer.tuple, &mut packet, &mut self.out);
    }

    pub(super) fn report(&mut self, peer: &mut Peer, mut compound: Vec<u8>) {
        peer.sender.protect_rtcp(&mut compound);
        self.engine.handle_datagram(self.now, peer.tuple, &mut compound, &mut self.out);
    }

    /// Has what came forwarded; time passes where the end of a picture is waited for.
    pub(super) fn flush(&mut self) {
        if self.engine.flush_at != Time::NEVER {
            self.now = self.now.max(self.engine.flush_at);
        }
        self.engine.flush(self.now, &mut self.out);
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, length: Duration) {
        let end = self.now + length;
        while self.now < end {
            let due = self.engine.poll_timeout();
            if due <= end {
                self.wakes += 1;
            }
            self.now = due.min(end).max(self.now);
            self.engine.handle_timeout(self.now, &mut self.out);
            while let Some(event) = self.engine.poll_event() {
                self.events.push(event);
            }
        }
    }

    /// Media packets for a peer since the last call, as they went out.
    pub(super) fn sealed(&mut self, peer: &Peer) -> Vec<Vec<u8>> {
        let out = std::mem::take(&mut self.out).into_iter();
        out.filter(|(to, bytes)| *to == peer.tuple && bytes[0] >= 128 && !(192..=223).contains(&bytes[1]))
            .map(|(_, bytes)| bytes)
            .collect()
    }

    /// The media that a peer got since the last call; padding has an empty payload.
    pub(super) fn got(&mut self, peer: &mut Peer) -> Vec<Got> {
        let (mine, others) = std::mem::take(&mut self.out).into_iter().partition(|(to, _)| *to == peer.tuple);
        self.out = others;
        let mine: Vec<(Tuple, Vec<u8>)> = mine;
        mine.into_iter().filter_map(|(_, mut datagram)| peer.open(&mut datagram)).collect()
    }
}

impl Peer {
    fn open(&mut self, datagram: &mut [u8]) -> Option<Got> {
        let header = Header::parse(datagram).ok().filter(|_| !(192..=223).contains(&datagram[1]))?;
        let opened =
            self.receiver.unprotect_rtp(datagram, header.len, header.ssrc, header.sequence).expect("ours");
        let payload = header.payload(&datagram[..opened.len]).expect("well formed").to_vec();
        let Header { ssrc, timestamp, marker, .. } = header;
        Some(Got { ssrc, index: opened.index, timestamp, marker, payload })
    }
}

/// A packet of a VP8 picture with a 15-bit picture id.
pub(super) fn vp8(key: bool, first: bool, picture: u16) -> Vec<u8> {
    let mut payload = vec![0x80 | u8::from(first) << 4, 0x80, 0x80 | (picture >> 8) as u8, picture as u8];
    payload.push(u8::from(!key));
    payload.extend([0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    payload
}

fn feedback(kind: &str, parameter: &str) -> RtcpFeedback {
    RtcpFeedback { kind: kind.into(), parameter: parameter.into() }
}

fn codec(mime: &str, payload_type: u8, clock_rate: u32, channels: Option<u8>) -> RtpCodecParameters {
    RtpCodecParameters {
        mime_type: mime.into(),
        payload_type,
        clock_rate,
        channels,
        parameters: Default::default(),
        rtcp_feedback: Vec::new(),
    }
}

/// A picture with the media id "v", of one stream; `ssrc` 0: to be told by its packets.
pub(super) fn video(ssrc: u32) -> RtpParameters {
    let mut vp8 = codec("video/VP8", VP8, 90_000, None);
    vp8.rtcp_feedback = vec![feedback("nack", ""), feedback("nack", "pli"), feedback("transport-cc", "")];
    let mut rtx = codec("video/rtx", VP8_RTX, 90_000, None);
    rtx.parameters.insert("apt".into(), VP8.into());
    let encoding = RtpEncodingParameters {
        ssrc: (ssrc != 0).then_some(ssrc),
        rtx: (ssrc != 0).then_some(RtxParameters { ssrc: ssrc + 1 }),
        ..Default::default()
    };
    parameters("v", vec![vp8, rtx], encoding)
}

/// A picture in layers within one stream, with the media id "v" and dependency descriptors as extension 12.
pub(super) fn layered(ssrc: u32, mime: &str, payload_type: u8, mode: &str) -> RtpParameters {
    let mut codec = codec(mime, payload_type, 90_000, None);
    codec.rtcp_feedback = vec![feedback("nack", ""), feedback("nack", "pli"), feedback("transport-cc", "")];
    let encoding =
        RtpEncodingParameters { ssrc: Some(ssrc), scalability_mode: Some(mode.into()), ..Default::default() };
    let mut parameters = parameters("v", vec![codec], encoding);
    parameters.header_extensions.push(RtpHeaderExtensionParameters {
        uri: uri::DEPENDENCY_DESCRIPTOR.into(),
        id: 12,
        encrypt: false,
        parameters: Default::default(),
    });
    parameters
}

/// A voice.
pub(super) fn audio(ssrc: u32) -> RtpParameters {
    let encoding = RtpEncodingParameters { ssrc: Some(ssrc), ..Default::default() };
    parameters("a", vec![codec("audio/opus", OPUS, 48_000, Some(2))], encoding)
}

fn parameters(mid: &str, codecs: Vec<RtpCodecParameters>, encoding: RtpEncodingParameters) -> RtpParameters {
    let mid_extension = RtpHeaderExtensionParameters {
        uri: uri::MID.into(),
        id: 1,
        encrypt: false,
        parameters: Default::default(),
    };
    RtpParameters {
        mid: Some(mid.into()),
        codecs,
        header_extensions: vec![mid_extension],
        encodings: vec![encoding],
        ..RtpParameters::default()
    }
}
