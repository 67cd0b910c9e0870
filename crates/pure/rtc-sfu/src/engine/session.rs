//! A transport's way up: ICE checks, the DTLS handshake, and what it carries besides media.

use super::{Engine, Event, TransportFailure, TransportId, transport::Srtp};
use crate::{
    Time, Transmit, Tuple,
    dtls::{DtlsError, DtlsOutput},
    ice::CheckOutcome,
    stun::Message,
};

impl Engine {
    pub(super) fn handle_stun(&mut self, now: Time, from: Tuple, datagram: &[u8], out: &mut impl Transmit) {
        let Ok(message) = Message::parse(datagram) else {
            self.stats.dropped.malformed += 1;
            return;
        };
        let id = message.receiver_ufrag().and_then(|ufrag| self.by_ufrag.get(ufrag)).copied();
        let Some(id) = id else {
            self.stats.dropped.stun_rejected += 1;
            return;
        };
        self.guarded(id, |engine| engine.handle_check(now, id, from, &message, out));
    }

    fn handle_check(
        &mut self,
        now: Time,
        id: TransportId,
        from: Tuple,
        message: &Message<'_>,
        out: &mut impl Transmit,
    ) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let mut reply = std::mem::take(&mut self.scratch.reply);
        reply.clear();
        let ufrags = transport.ice.ufrags().count();
        let outcome = transport.ice.handle_check(now, from, message, &mut reply);
        if !reply.is_empty() {
            out.datagram(from, reply.len()).copy_from_slice(&reply);
        }
        self.scratch.reply = reply;
        let CheckOutcome::Answered { new_tuple, dropped_tuple, .. } = outcome else {
            self.stats.dropped.stun_rejected += 1;
            return;
        };
        if transport.ice.ufrags().count() != ufrags {
            let current = transport.ice.local().ufrag.clone();
            self.by_ufrag.retain(|ufrag, other| *other != id || *ufrag == current);
        }
        if let Some(tuple) = dropped_tuple {
            self.last_tuple = None;
            self.by_tuple.remove(&tuple);
        }
        if let Some(tuple) = new_tuple {
            // Two sessions of one browser never share an address: the newer one has it.
            self.last_tuple = None;
            if let Some(before) = self.by_tuple.insert(tuple, id)
                && before != id
                && let Some(before) = self.transports.get_mut(before)
            {
                before.ice.remove_tuple(tuple);
            }
        }
        self.pump_dtls(now, id, out);
        self.arm(id);
    }

    pub(super) fn handle_dtls(
        &mut self,
        now: Time,
        id: TransportId,
        datagram: &[u8],
        out: &mut impl Transmit,
    ) {
        let Some(dtls) = self.transports.get_mut(id).and_then(|transport| transport.dtls.as_mut()) else {
            return;
        };
        if let Err(error) = dtls.handle_datagram(now, datagram) {
            self.note_dtls_error(id, &error);
        }
        self.pump_dtls(now, id, out);
        self.arm(id);
    }

    fn note_dtls_error(&mut self, id: TransportId, error: &DtlsError) {
        let reason = match error {
            DtlsError::FingerprintMismatch => TransportFailure::FingerprintMismatch,
            _ => TransportFailure::Dtls,
        };
        self.break_transport(id, reason);
    }

    /// Carries out what DTLS has to say, and SCTP on it.
    pub(super) fn pump_dtls(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        self.pump_data(now, id);
        loop {
            let Some(transport) = self.transports.get_mut(id) else { return };
            let Some(to) = transport.ice.selected() else { return };
            let Some(output) = transport.dtls.as_mut().and_then(|dtls| dtls.poll_output()) else { return };
            match output {
                DtlsOutput::Datagram(bytes) => out.datagram(to, bytes.len()).copy_from_slice(&bytes),
                DtlsOutput::Connected(keys) => {
                    transport.srtp = Some(Srtp {
                        sender: keys.sender(),
                        receiver: keys.receiver(super::transport::STREAMS_IN_MAX),
                    });
                    transport.connected = true;
                    if !transport.data_producers.is_empty() || !transport.data_consumers.is_empty() {
                        transport.associate(now);
                    }
                    transport.allocate_at = now;
                    self.events.push_back(Event::TransportConnected(id));
                    self.pump_data(now, id);
                }
                DtlsOutput::Data(packet) => {
                    if let Some(data) = transport.associate(now) {
                        data.handle_packet(now, &packet);
                        self.pump_data(now, id);
                    }
                }
                DtlsOutput::Failed(error) => self.note_dtls_error(id, &error),
                DtlsOutput::Closed => self.break_transport(id, TransportFailure::ClosedByPeer),
            }
        }
    }
}
