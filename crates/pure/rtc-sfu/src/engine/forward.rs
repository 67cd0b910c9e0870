//! A packet on its way out: chosen and numbered for a subscriber, copied into the send slot, sealed.
//!
//! All packets that a batch brought for one producer go to one subscriber before the next one's turn: its
//! state is touched once, and packets of one size to one address leave as one segmented send.

use super::{
    ConsumerId, Engine, EngineStats, Event, ProducerId, TransportId,
    producer::{Producer, Stream},
    transport::{Egress, Transport},
};
use crate::{
    Time, Transmit,
    rtp::values::AbsSendTime,
    send::{
        consumer::Consumer,
        history::Sent,
        marks::Mark,
        store::{PacketStore, Stored},
    },
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// How many packets that came before the first of a key frame are sent after it.
const CATCH_UP_MAX: u64 = 512;
/// A subscriber's turn to get what came of one track.
pub(super) struct Turn {
    transport: TransportId,
    voice: bool,
    producer: ProducerId,
    consumer: ConsumerId,
}

/// Padding of what fills a place.
const FILLER_BYTES: usize = 1;

impl Engine {
    /// Forwards what the last datagrams brought, once a picture is whole or was waited for long enough. Call it
    /// after each batch.
    pub fn flush(&mut self, now: Time, out: &mut impl Transmit) {
        if now < self.flush_at {
            return;
        }
        self.flush_at = Time::NEVER;
        self.discover_layers(now);
        let mut turns = std::mem::take(&mut self.scratch.turns);
        self.take_turns(&mut turns);
        for Turn { producer, consumer, .. } in &turns {
            let forwarded = catch_unwind(AssertUnwindSafe(|| self.forward(now, *producer, *consumer, out)));
            if forwarded.is_err()
                && let Some(consumer) = self.consumers.get(*consumer)
            {
                self.break_transport(consumer.transport, super::TransportFailure::Fault);
            }
        }
        turns.clear();
        self.scratch.turns = turns;
        while let Some(id) = self.dirty.pop() {
            let Some(producer) = self.producers.get_mut(id) else { continue };
            producer.dirty = false;
            for stream in &mut producer.streams {
                stream.pending.clear();
            }
        }
    }

    /// Who is served in which order: a subscriber's tracks behind one another, and the small packets of voices
    /// behind the pictures, so that they join into one segmented send.
    fn take_turns(&self, turns: &mut Vec<Turn>) {
        for id in &self.dirty {
            let Some(producer) = self.producers.get(*id) else { continue };
            let of = |consumer: &ConsumerId| {
                let transport = self.consumers.get(*consumer)?.transport;
                Some(Turn { transport, voice: !producer.video, producer: *id, consumer: *consumer })
            };
            turns.extend(producer.consumers.iter().filter_map(of));
        }
        if self.dirty.len() > 1 {
            turns.sort_by_key(|turn| (turn.transport, turn.voice));
        }
    }

    fn forward(&mut self, now: Time, producer: ProducerId, id: ConsumerId, out: &mut impl Transmit) {
        let Some(producer) = self.producers.get(producer) else { return };
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        if !consumer.is_live() {
            return;
        }
        let Some(transport) = self.transports.get_mut(consumer.transport) else { return };
        if transport.srtp.is_none() {
            return;
        }
        let waited = transport.egress.queue.is_empty();
        let mut lane = Lane { now, id, consumer, transport, stats: &mut self.stats, out, starved: false };
        for (index, stream) in producer.streams.iter().enumerate() {
            let mut pending = stream.pending.as_slice();
            while let Some((sequence, rest)) = pending.split_first() {
                lane.take(producer, index as u8, stream, *sequence, rest);
                pending = rest;
            }
        }
        let starved = lane.starved;
        let at = consumer.transport;
        let layers = consumer.selector.current();
        if layers != consumer.told && consumer.video {
            consumer.told = layers;
            self.events.push_back(Event::ConsumerLayers { consumer: id, layers });
        }
        if starved {
            transport.allocate_at = now;
            self.set_timer(at, now);
        } else if waited && !transport.egress.queue.is_empty() {
            let due = transport.egress.release_at;
            self.set_timer(at, due);
        }
    }

    /// Sends what the pacer held back and lets go now.
    pub(super) fn drain_queue(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        while let Some((consumer_id, number, late)) = transport.egress.queue.front(now) {
            let Some(consumer) = self.consumers.get_mut(consumer_id) else {
                transport.egress.queue.remove(consumer_id, |_| {});
                continue;
            };
            if late {
                starve(now, consumer_id, consumer, &mut transport.egress);
                transport.allocate_at = now;
                continue;
            }
            let found = self.producers.get(consumer.producer).and_then(|producer| {
                let sent = *consumer.history.get(number)?;
                let store = &producer.streams.get(usize::from(sent.stream))?.store;
                Some((sent, *store.get(sent.source)?, store))
            });
            if let Some((sent, stored, store)) = found {
                let wait = transport.egress.pacer.allow(now, usize::from(stored.len));
                if !wait.is_zero() {
                    transport.egress.release_at = now + wait;
                    return;
                }
                let (stats, starved) = (&mut self.stats, false);
                let mut lane = Lane { now, id: consumer_id, consumer, transport, stats, out, starved };
                lane.emit(&sent, &stored, store);
            }
            transport.egress.queue.pop();
        }
    }

    /// Sends a packet on the retransmission stream that nobody asked for. Gives its bytes, 0 where there is none.
    pub(super) fn repeat(
        &mut self,
        now: Time,
        id: ConsumerId,
        number: u64,
        out: &mut impl Transmit,
    ) -> usize {
        let Some(consumer) = self.consumers.get_mut(id).filter(|consumer| consumer.rtx.is_some()) else {
            return 0;
        };
        let Some(producer) = self.producers.get(consumer.producer) else { return 0 };
        let Some(transport) = self.transports.get_mut(consumer.transport) else { return 0 };
        let Some(sent) = consumer.history.get(number).copied() else { return 0 };
        let Some(stream) = producer.streams.get(usize::from(sent.stream)) else { return 0 };
        let Some(stored) = stream.store.get(sent.source).copied() else { return 0 };
        let mut lane = Lane { now, id, consumer, transport, stats: &mut self.stats, out, starved: false };
        lane.emit_again(&sent, &stored, &stream.store);
        usize::from(stored.len)
    }

    /// Sends packets again that a subscriber lacks.
    pub(super) fn resend(
        &mut self,
        now: Time,
        id: ConsumerId,
        numbers: impl Iterator<Item = u16>,
        out: &mut impl Transmit,
    ) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        let Some(producer) = self.producers.get(consumer.producer) else { return };
        let Some(transport) = self.transports.get_mut(consumer.transport) else { return };
        if transport.srtp.is_none() {
            return;
        }
        let quiet = (transport.egress.round_trip.as_millis() as u32).clamp(10, 200);
        let mut lane = Lane { now, id, consumer, transport, stats: &mut self.stats, out, starved: false };
        for low in numbers {
            lane.stats.nacked += 1;
            lane.consumer.counters.nacked += 1;
            let number = lane.consumer.number_near(low);
            if !lane.transport.egress.may_resend(now, number < lane.consumer.key_frame) {
                continue;
            }
            let Some(sent) = lane.consumer.history.resend(now, number, quiet) else { continue };
            let Some(stream) = producer.streams.get(usize::from(sent.stream)) else { continue };
            if let Some(stored) = stream.store.get(sent.source) {
                lane.emit_again(&sent, stored, &stream.store);
                lane.transport.egress.resends.charge(usize::from(stored.len));
            }
        }
    }
}

/// A video for which there is no room stops and begins anew, when it may. What waited of it is dropped, and not
/// to be asked for: it would only take the room of what comes then.
fn starve(now: Time, id: ConsumerId, consumer: &mut Consumer, egress: &mut Egress) {
    egress.queue.remove(id, |number| consumer.history.forget(number));
    consumer.starve(now);
}

/// One subscriber's way out.
struct Lane<'a, T: Transmit> {
    now: Time,
    id: ConsumerId,
    consumer: &'a mut Consumer,
    transport: &'a mut Transport,
    stats: &'a mut EngineStats,
    out: &'a mut T,
    /// What waited was dropped for want of room.
    starved: bool,
}

impl<T: Transmit> Lane<'_, T> {
    /// Takes a packet that came; `rest` are those of the batch whose turn is yet to come.
    fn take(&mut self, producer: &Producer, index: u8, stream: &Stream, sequence: u64, rest: &[u64]) {
        let Some(stored) = stream.store.get(sequence) else { return };
        let before = self.consumer.selector.is_sending(index);
        self.pass(producer, index, stream, stored);
        if self.consumer.video && !before && self.consumer.selector.is_sending(index) {
            // The rest of a key frame whose first packet came late is there already, with gaps maybe.
            let newest = stream.store.highest().unwrap_or(sequence).min(sequence + CATCH_UP_MAX);
            for next in sequence + 1..=newest {
                if !rest.contains(&next)
                    && let Some(stored) = stream.store.get(next)
                {
                    self.pass(producer, index, stream, stored);
                }
            }
        }
    }

    #[inline]
    fn pass(&mut self, producer: &Producer, index: u8, stream: &Stream, stored: &Stored) {
        let taken = |stream, timestamp| Producer::taken(&producer.streams, stream, timestamp);
        let Some(sent) = self.consumer.plan(self.now, index, stored, taken) else { return };
        let egress = &mut self.transport.egress;
        if !self.consumer.video {
            egress.pacer.charge(self.now, usize::from(stored.len));
        } else if egress.estimator.is_some() {
            let behind = !egress.queue.is_empty();
            let wait =
                if behind { Duration::ZERO } else { egress.pacer.allow(self.now, usize::from(stored.len)) };
            if behind || !wait.is_zero() {
                if !behind {
                    egress.release_at = self.now + wait;
                }
                if !egress.queue.push(self.now, self.id, sent.number) {
                    self.consumer.history.forget(sent.number);
                    starve(self.now, self.id, self.consumer, egress);
                    self.starved = true;
                }
                return;
            }
        }
        self.emit(&sent, stored, &stream.store);
    }

    /// Copies a packet into its slot under the subscriber's numbers, and seals it.
    #[inline]
    fn emit(&mut self, sent: &Sent, stored: &Stored, store: &PacketStore) {
        self.emit_marked(sent, stored, store, None);
    }

    /// The same, with the marks that it was sent with before.
    #[inline]
    fn emit_marked(&mut self, sent: &Sent, stored: &Stored, store: &PacketStore, mark: Option<Mark>) {
        let Some(to) = self.transport.ice.selected() else { return };
        let Some(srtp) = &self.transport.srtp else { return };
        let bytes = store.bytes(stored);
        let header_len = usize::from(stored.header_len);
        let (Some(header), Some(payload)) = (bytes.get(..header_len), bytes.get(header_len..)) else {
            return;
        };
        let payload_len = if sent.filler { FILLER_BYTES } else { payload.len() };
        let len = header_len + payload_len + srtp.sender.profile().rtp_overhead();
        let slot = self.out.datagram(to, len);
        slot[..header_len].copy_from_slice(header);
        slot[1] = slot[1] & 0x7f | u8::from(sent.marker) << 7;
        slot[2..4].copy_from_slice(&(sent.number as u16).to_be_bytes());
        slot[4..8].copy_from_slice(&sent.timestamp.to_be_bytes());
        slot[8..12].copy_from_slice(&self.consumer.ssrc.to_be_bytes());
        let estimator = &mut self.transport.egress.estimator;
        let mark = mark.unwrap_or_else(|| fresh_mark(self.now, stored, estimator, len));
        if let Some(marks) = &mut self.consumer.marks {
            marks.note(sent.number, mark);
        }
        write_slots(slot, stored, self.consumer, mark);
        if sent.filler {
            slot[0] |= 0x20;
            slot[header_len] = FILLER_BYTES as u8;
            srtp.sender.protect_rtp(slot, header_len, self.consumer.ssrc, sent.number);
        } else if self.consumer.is_vp8() {
            slot[header_len..header_len + payload_len].copy_from_slice(payload);
            Consumer::patch(sent, stored, &mut slot[header_len..header_len + payload_len]);
            srtp.sender.protect_rtp(slot, header_len, self.consumer.ssrc, sent.number);
        } else {
            srtp.sender.protect_rtp_from(payload, slot, header_len, self.consumer.ssrc, sent.number);
        }
        self.consumer.counters.reported_packets += 1;
        self.consumer.counters.reported_octets += payload_len as u64;
        self.count(len);
    }

    /// Sends a packet once more: on the retransmission stream, or where there is none exactly as it was.
    fn emit_again(&mut self, sent: &Sent, stored: &Stored, store: &PacketStore) {
        let Some(rtx) = &mut self.consumer.rtx else {
            return self.emit_as_before(sent, stored, store);
        };
        if sent.filler {
            return;
        }
        let Some(to) = self.transport.ice.selected() else { return };
        let Some(srtp) = &self.transport.srtp else { return };
        let (ssrc, number) = (rtx.ssrc, rtx.next);
        rtx.next += 1;
        let payload_type = rtx.payload_type;
        let bytes = store.bytes(stored);
        let header_len = usize::from(stored.header_len);
        let (Some(header), Some(payload)) = (bytes.get(..header_len), bytes.get(header_len..)) else {
            return;
        };
        let len = header_len + 2 + payload.len() + srtp.sender.profile().rtp_overhead();
        let slot = self.out.datagram(to, len);
        slot[..header_len].copy_from_slice(header);
        slot[1] = payload_type | u8::from(sent.marker) << 7;
        slot[2..4].copy_from_slice(&(number as u16).to_be_bytes());
        slot[4..8].copy_from_slice(&sent.timestamp.to_be_bytes());
        slot[8..12].copy_from_slice(&ssrc.to_be_bytes());
        let mark = fresh_mark(self.now, stored, &mut self.transport.egress.estimator, len);
        write_slots(slot, stored, self.consumer, mark);
        slot[header_len..header_len + 2].copy_from_slice(&(sent.number as u16).to_be_bytes());
        let body = header_len + 2..header_len + 2 + payload.len();
        slot[body.clone()].copy_from_slice(payload);
        if self.consumer.is_vp8() {
            Consumer::patch(sent, stored, &mut slot[body]);
        }
        srtp.sender.protect_rtp(slot, header_len, ssrc, number);
        self.transport.egress.pacer.charge(self.now, len);
        self.count(len);
        self.count_again();
    }

    /// The same number with other content would break the cipher: it is sent byte for byte as it was.
    fn emit_as_before(&mut self, sent: &Sent, stored: &Stored, store: &PacketStore) {
        let Some(mark) = self.consumer.marks.as_ref().and_then(|marks| marks.get(sent.number)) else {
            return;
        };
        if stored.slots.wide != 0
            && let Some(estimator) = &mut self.transport.egress.estimator
        {
            estimator.on_resent(mark.wide);
        }
        self.emit_marked(sent, stored, store, Some(mark));
        self.transport.egress.pacer.charge(self.now, usize::from(stored.len));
        self.count_again();
    }

    fn count(&mut self, bytes: usize) {
        let counters = &mut self.consumer.counters;
        counters.packets += 1;
        counters.bytes += bytes as u64;
        self.stats.rtp_packets_out += 1;
        self.stats.rtp_bytes_out += bytes as u64;
    }

    fn count_again(&mut self) {
        self.consumer.counters.retransmitted += 1;
        self.stats.retransmissions += 1;
    }
}

/// What a packet that is sent now is marked with.
#[inline]
fn fresh_mark(
    now: Time,
    stored: &Stored,
    estimator: &mut Option<Box<crate::bwe::Estimator>>,
    len: usize,
) -> Mark {
    let mut mark = Mark::default();
    if stored.slots.sent_at != 0 {
        mark.sent_at = AbsSendTime::from_time(now).to_bytes();
    }
    if stored.slots.wide != 0
        && let Some(estimator) = estimator
    {
        mark.wide = estimator.on_sent(now, len);
    }
    mark
}

#[inline]
fn write_slots(slot: &mut [u8], stored: &Stored, consumer: &Consumer, mark: Mark) {
    consumer.mid.write(slot, stored.slots.mid);
    if stored.slots.sent_at != 0 {
        let at = usize::from(stored.slots.sent_at);
        slot[at..at + 3].copy_from_slice(&mark.sent_at);
    }
    if stored.slots.wide != 0 {
        let at = usize::from(stored.slots.wide);
        slot[at..at + 2].copy_from_slice(&mark.wide.to_be_bytes());
    }
    if let Some(numbers) = &consumer.numbers {
        numbers.write(slot, usize::from(stored.header_len));
    }
}
