//! Peers that go beyond the limits.

use super::*;
use dcsctp::api::{
    DcSctpSocket, Message, Options, PpId, SendOptions, Socket, SocketEvent, SocketTime, StreamId,
    ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS,
};

/// A peer that keeps to SCTP and to none of our limits.
struct Attacker {
    socket: Socket,
    ours: Association,
    now: Time,
    events: Vec<DataEvent>,
}

impl Attacker {
    fn new(mtu: usize) -> Self {
        let options = Options {
            mtu,
            max_message_size: usize::MAX,
            max_send_buffer_size: usize::MAX,
            per_stream_send_queue_limit: usize::MAX,
            cwnd_mtus_initial: 10_000,
            zero_checksum_alternate_error_detection_method:
                ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS,
            ..Options::default()
        };
        let mut attacker = Self {
            socket: Socket::new("", &options),
            ours: Association::new(Time::ZERO, AssociationOptions::default()),
            now: Time::ZERO,
            events: Vec::new(),
        };
        attacker.socket.connect();
        attacker.run(Duration::from_secs(1));
        assert_eq!(std::mem::take(&mut attacker.events), [DataEvent::Connected]);
        attacker
    }

    fn send(&mut self, stream: u16, bytes: usize) {
        let message = Message::new(StreamId(stream), PpId(53), vec![0; bytes]);
        self.socket.send(message, &SendOptions::default()).expect("taken");
    }

    fn run(&mut self, length: Duration) {
        let end = self.now + length;
        while self.now < end {
            self.socket.advance_time(SocketTime::zero() + self.now.since(Time::ZERO));
            while let Some(event) = self.socket.poll_event() {
                if let SocketEvent::SendPacket(packet) = event {
                    self.ours.handle_packet(self.now, &packet);
                }
            }
            if self.ours.poll_timeout() <= self.now {
                self.ours.handle_timeout(self.now);
            }
            while let Some(packet) = self.ours.poll_packet() {
                self.socket.handle_input(&packet);
            }
            self.events.extend(std::iter::from_fn(|| self.ours.poll_event()));
            self.now += Duration::from_millis(1);
        }
    }

    fn refused(&self) -> Option<&DataEvent> {
        self.events.iter().find(|event| matches!(event, DataEvent::Closed(_)))
    }
}

#[test]
fn a_stream_over_the_limit_ends_the_association() {
    let mut attacker = Attacker::new(1191);
    attacker.send(1023, 100);
    attacker.run(Duration::from_secs(1));
    assert_eq!(attacker.events.len(), 1);
    attacker.send(1024, 100);
    attacker.run(Duration::from_secs(1));
    assert_eq!(attacker.refused(), Some(&DataEvent::Closed(CloseReason::Violation(Violation::Stream))));
    // For good: it is not set up again, and nothing can be sent.
    attacker.socket.connect();
    attacker.run(Duration::from_secs(5));
    assert!(!attacker.ours.is_connected());
    assert_eq!(attacker.ours.send(attacker.now, 0, true, &reliable(), b"x"), Err(SendError::Closed));
    assert_eq!(attacker.ours.poll_timeout(), Time::NEVER);
}

#[test]
fn messages_over_the_limit_end_the_association() {
    for bytes in [MESSAGE_BYTES_MAX + 1, 64 * MESSAGE_BYTES_MAX] {
        let mut attacker = Attacker::new(1191);
        attacker.send(0, bytes);
        attacker.run(Duration::from_secs(60));
        let expected = DataEvent::Closed(CloseReason::Violation(Violation::MessageSize));
        assert_eq!(attacker.refused(), Some(&expected), "{bytes}");
    }
}

/// Chunks for an association that agreed to leave the checksum out, behind the header of `packet`.
fn craft(packet: &[u8], chunks: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut crafted = packet[..8].to_vec();
    crafted.extend([0; 4]);
    chunks.for_each(|chunk| crafted.extend(chunk));
    crafted
}

#[test]
fn fragments_that_cost_more_than_they_carry_end_the_association() {
    let mut attacker = Attacker::new(1191);
    attacker.send(0, 1);
    attacker.socket.advance_time(SocketTime::zero() + attacker.now.since(Time::ZERO));
    let template = std::iter::from_fn(|| attacker.socket.poll_event()).find_map(|event| match event {
        SocketEvent::SendPacket(packet) if packet[12] == 0 => Some(packet),
        _ => None,
    });
    let template = template.expect("a packet with data");
    let first = u32::from_be_bytes(template[16..20].try_into().expect("four bytes"));
    let mut tsns = first..;
    for packet in 0..700 {
        let fragments = tsns.by_ref().take(50).map(|tsn| {
            let is_beginning = tsn == first;
            let mut chunk = vec![0, if is_beginning { 2 } else { 0 }, 0, 17];
            chunk.extend_from_slice(&tsn.to_be_bytes());
            chunk.extend_from_slice(&[0, 9, 0, 0, 0, 0, 0, 53, b'x', 0, 0, 0]);
            chunk
        });
        let datagram = craft(&template, fragments);
        attacker.ours.handle_packet(attacker.now, &datagram);
        attacker.events.extend(std::iter::from_fn(|| attacker.ours.poll_event()));
        assert_eq!(attacker.refused().is_some(), packet >= 655, "{packet}");
    }
    assert_eq!(attacker.refused(), Some(&DataEvent::Closed(CloseReason::Violation(Violation::Overhead))));
}

#[test]
fn an_extension_that_was_not_announced_ends_the_association() {
    for kind in [64, 194] {
        let mut attacker = Attacker::new(1191);
        let datagram = craft(&[0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4], std::iter::once(vec![kind, 3, 0, 4]));
        attacker.ours.handle_packet(attacker.now, &datagram);
        attacker.run(Duration::from_millis(10));
        let expected = DataEvent::Closed(CloseReason::Violation(Violation::Extension));
        assert_eq!(attacker.refused(), Some(&expected));
    }
}
