//! A peer that a test writes every datagram of: with real keys, and no protocol of its own.

use crate::{World, media::VP8};
use rtc_sfu::{
    Time, TransportCreated, TransportId, Tuple,
    dtls::{Dtls, DtlsOutput, Identity},
    srtp::{Receiver, Sender},
    stun::{Class, IntegrityKey, Method, TransactionId, Writer},
};
use rtc_types::ortc::{DtlsFingerprint, DtlsParameters, DtlsRole};
use std::{sync::Arc, time::Instant};

/// Streams that it can open.
const STREAMS_MAX: usize = 64;

/// A peer under a test's control.
pub struct RawPeer {
    /// Its address.
    pub tuple: Tuple,
    /// Its connection.
    pub transport: TransportId,
    /// Its certificate's fingerprint.
    pub fingerprint: DtlsFingerprint,
    /// Its DTLS.
    pub dtls: Dtls,
    /// Data that came over DTLS: SCTP packets.
    pub data: Vec<Vec<u8>>,
    ufrag: String,
    key: IntegrityKey,
    checks: u64,
    sender: Option<Sender>,
    receiver: Option<Receiver>,
}

impl RawPeer {
    pub(crate) fn new(
        now: Time,
        epoch: Instant,
        identity: &Arc<Identity>,
        server: &TransportCreated,
        tuple: Tuple,
    ) -> Self {
        let fingerprints = server.dtls.fingerprints.clone();
        Self {
            tuple,
            transport: server.transport,
            fingerprint: identity.fingerprint().clone(),
            dtls: Dtls::new(now, epoch, identity, DtlsRole::Client, fingerprints).expect("can be checked"),
            data: Vec::new(),
            ufrag: server.ice.username_fragment.clone(),
            key: IntegrityKey::new(server.ice.password.as_bytes()),
            checks: 0,
            sender: None,
            receiver: None,
        }
    }

    /// A new ICE check that chooses the path it comes on.
    pub fn check(&mut self) -> Vec<u8> {
        self.check_with(&self.key.clone())
    }

    /// The same, signed with another password.
    pub fn check_with(&mut self, key: &IntegrityKey) -> Vec<u8> {
        self.checks += 1;
        let mut transaction = [self.tuple.remote.port() as u8; 12];
        transaction[..8].copy_from_slice(&self.checks.to_be_bytes());
        let mut check = Vec::new();
        let writer = Writer::new(&mut check, Class::Request, Method::BINDING, TransactionId(transaction))
            .username(&format!("{}:raw", self.ufrag))
            .priority(1)
            .ice_controlling(1)
            .use_candidate()
            .integrity(key)
            .fingerprint();
        writer.finish().expect("fits");
        check
    }

    /// Signaling's part: tells the engine of this peer's certificate.
    pub fn announce(&self, world: &mut World) {
        let fingerprints = vec![self.fingerprint.clone()];
        let dtls = DtlsParameters { role: DtlsRole::Client, fingerprints };
        world.engine.connect_transport(world.now(), self.transport, &dtls).expect("connects once");
    }

    /// Announces itself, proves its address and shakes hands.
    pub fn connect(&mut self, world: &mut World) {
        self.announce(world);
        self.prove(world);
        self.dtls.handle_timeout(world.now()).expect("begins");
        self.pump(world);
        assert!(self.sender.is_some(), "the handshake ends at once on a path without delay");
    }

    /// Proves its address, and keeps its consent.
    pub fn prove(&mut self, world: &mut World) {
        let check = self.check();
        world.send_from(self.tuple, check);
    }

    /// Carries DTLS datagrams both ways until there are none. Gives what else came, still sealed.
    pub fn pump(&mut self, world: &mut World) -> Vec<Vec<u8>> {
        let mut media = Vec::new();
        loop {
            let mut moved = false;
            while let Some(output) = self.dtls.poll_output() {
                match output {
                    DtlsOutput::Datagram(datagram) => {
                        moved = true;
                        world.send_from(self.tuple, datagram);
                    }
                    DtlsOutput::Connected(keys) => {
                        self.sender = Some(keys.sender());
                        self.receiver = Some(keys.receiver(STREAMS_MAX));
                    }
                    DtlsOutput::Data(packet) => self.data.push(packet),
                    DtlsOutput::Failed(_) | DtlsOutput::Closed => return media,
                }
            }
            for datagram in world.take_strays(self.tuple) {
                if matches!(datagram.first(), Some(20..=63)) {
                    moved = true;
                    // A refused handshake ends in an error, which is the test's to see.
                    let _ = self.dtls.handle_datagram(world.now(), &datagram);
                } else if matches!(datagram.first(), Some(128..=191)) {
                    media.push(datagram);
                }
            }
            if !moved {
                return media;
            }
        }
    }

    /// Whether keys were made.
    pub fn is_connected(&self) -> bool {
        self.sender.is_some()
    }

    /// Seals an RTP packet, whatever is in it. `header_len` bytes stay plain; `index` is the extended number.
    pub fn seal_rtp(&self, plain: &[u8], header_len: usize, index: u64) -> Vec<u8> {
        let sender = self.sender.as_ref().expect("connected");
        let mut packet = plain.to_vec();
        packet.resize(plain.len() + sender.profile().rtp_overhead(), 0);
        let ssrc = u32::from_be_bytes([plain[8], plain[9], plain[10], plain[11]]);
        sender.protect_rtp(&mut packet, header_len, ssrc, index);
        packet
    }

    /// Seals a compound RTCP packet, whatever is in it.
    pub fn seal_rtcp(&mut self, mut compound: Vec<u8>) -> Vec<u8> {
        self.sender.as_mut().expect("connected").protect_rtcp(&mut compound);
        compound
    }

    /// Opens RTCP; `None` where it is none.
    pub fn open_rtcp(&mut self, mut datagram: Vec<u8>) -> Option<Vec<u8>> {
        let len = self.receiver.as_mut()?.unprotect_rtcp(&mut datagram).ok()?;
        datagram.truncate(len);
        Some(datagram)
    }
}

/// A VP8 packet of that stream and number without header extensions: a whole key frame where `key`.
pub fn rtp_packet(ssrc: u32, sequence: u16, timestamp: u32, key: bool, bytes: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 0x80 | VP8];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x90, 0x80, 0x80 | (sequence >> 8) as u8 & 0x7f, sequence as u8, u8::from(!key)]);
    if key {
        packet.extend([0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    }
    packet.resize(12 + bytes.max(30), 0xab);
    packet
}
