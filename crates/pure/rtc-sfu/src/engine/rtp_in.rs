//! A packet on its way in: opened, told apart, counted, and kept for those who will get it.

use super::{
    Engine, ProducerId, TransportId,
    producer::{PayloadRoute, Producer},
    transport::{Route, STREAMS_IN_MAX, Transport},
    wheel::together,
};
use crate::{
    Time,
    codec::{self, Payload},
    rtp::{Header, find_extension, values},
    send::{Layers, packet::shape, store::Entry},
    srtp::SrtpError,
};
use std::time::Duration;

/// Packets of a picture that come close behind one another are forwarded together, as one segmented send a
/// subscriber; for its end they are waited for no longer than this.
const GATHER: Duration = Duration::from_micros(500);
/// Nor for more than these.
const GATHERED_MAX: usize = 32;

/// A packet, as far as it was read.
struct Arrival<'a> {
    header: Header,
    /// Extended.
    sequence: u64,
    /// Header and payload, opened.
    plain: &'a [u8],
    payload: &'a [u8],
    route: PayloadRoute,
    stream: usize,
    retransmitted: bool,
}

impl Engine {
    pub(super) fn handle_rtp(&mut self, now: Time, id: TransportId, datagram: &mut [u8]) {
        let Ok(header) = Header::parse(datagram) else {
            self.stats.dropped.malformed += 1;
            return;
        };
        let Some(transport) = self.transports.get_mut(id) else { return };
        let Some(srtp) = &mut transport.srtp else { return };
        let opened = match srtp.receiver.unprotect_rtp(datagram, header.len, header.ssrc, header.sequence) {
            Ok(opened) => opened,
            Err(error) => return self.note_srtp_error(id, error),
        };
        if !transport.allowance.take(now) {
            self.stats.dropped.over_limit += 1;
            return;
        }
        transport.rate_in.add(now, datagram.len());
        self.stats.rtp_packets_in += 1;
        self.stats.rtp_bytes_in += datagram.len() as u64;
        let plain = &datagram[..opened.len];
        self.note_arrival(now, id, &header, plain);
        let Some(route) = self.route(now, id, &header, plain) else {
            self.stats.dropped.unknown_stream += 1;
            return;
        };
        self.take_in(now, id, route, header, opened.index, plain);
    }

    pub(super) fn note_srtp_error(&mut self, id: TransportId, error: SrtpError) {
        let dropped = &mut self.stats.dropped;
        match error {
            SrtpError::Malformed => dropped.malformed += 1,
            SrtpError::Authentication => dropped.srtp_rejected += 1,
            SrtpError::Replayed => dropped.srtp_replayed += 1,
            SrtpError::TooManyStreams => {
                dropped.over_limit += 1;
                self.forget_strays(id);
            }
        }
    }

    /// Makes room for streams, at the expense of those that belong to nothing. They are followed until then:
    /// a track that is announced late, or announced again, goes on with the roll-overs that it had.
    fn forget_strays(&mut self, id: TransportId) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let routes = &transport.routes;
        if let Some(srtp) = &mut transport.srtp {
            srtp.receiver.retain_streams(|ssrc| routes.iter().any(|route| route.ssrc == ssrc));
        }
    }

    /// Transport-wide feedback counts every packet, known or not.
    fn note_arrival(&mut self, now: Time, id: TransportId, header: &Header, plain: &[u8]) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let number = transport.extensions.transport_cc;
        if number == 0 {
            return;
        }
        let Some(block) = header.extension else { return };
        if let Some(wide) = find_extension(plain, block, number).and_then(values::transport_cc) {
            transport.arrivals.on_packet(now, wide);
            let due = transport.feedback_due();
            if due < transport.timer {
                self.set_timer(id, due);
            }
        }
    }

    fn route(&mut self, now: Time, id: TransportId, header: &Header, plain: &[u8]) -> Option<Route> {
        let transport = self.transports.get_mut(id)?;
        if let Some(route) = transport.route(header.ssrc) {
            return Some(route);
        }
        let route = learn(transport, &self.producers, header, plain)?;
        if transport.routes.len() >= STREAMS_IN_MAX {
            return None;
        }
        let producer = self.producers.get_mut(route.producer)?;
        let stream = producer.streams.get_mut(usize::from(route.stream))?;
        // Another SSRC for the same thing counts once the first is silent: two at a time would be forwarded
        // as one.
        if !route.rtx && stream.ssrc.is_some() && stream.is_active(now) {
            return None;
        }
        let known = if route.rtx { &mut stream.rtx_ssrc } else { &mut stream.ssrc };
        let before = known.replace(route.ssrc);
        transport.routes.retain(|other| Some(other.ssrc) != before);
        transport.routes.push(route);
        if !route.rtx {
            if before.is_some() {
                stream.begin_anew(producer.clock_rate, producer.video);
                for consumer in &producer.consumers {
                    if let Some(consumer) = self.consumers.get_mut(*consumer) {
                        consumer.begin_anew(route.stream);
                    }
                }
            }
            // A stream that appears begins with a key frame, so that subscribers can.
            self.want_key_frame(route.producer, route.stream);
            self.reconsider_all(route.producer);
        }
        Some(route)
    }

    fn take_in(
        &mut self,
        now: Time,
        id: TransportId,
        route: Route,
        header: Header,
        index: u64,
        plain: &[u8],
    ) {
        let Some(producer) = self.producers.get_mut(route.producer) else { return };
        let Some(arrival) = read(producer, route, header, index, plain) else { return };
        let stream = &mut producer.streams[arrival.stream];
        let (sequence, bytes) = (arrival.sequence, plain.len());
        let update = stream.nack.on_packet(now, sequence);
        // Probes are repetitions of what was here already.
        if !(arrival.retransmitted && update.stale) {
            stream.receiver.on_packet(now, sequence, arrival.header.timestamp, bytes, arrival.retransmitted);
            stream.retransmitted += u64::from(arrival.retransmitted);
        }
        let key_frame_due = if stream.key_frame_wanted { stream.key_frame_due() } else { Time::NEVER };
        let nack_due = stream.nack.poll_timeout();
        let paused = producer.paused;
        if !producer.video {
            self.note_level(now, id, route.producer, &arrival);
        }
        if !paused {
            self.keep(now, route.producer, &arrival);
        }
        if update.gap {
            self.set_timer(id, nack_due);
        }
        if key_frame_due != Time::NEVER {
            self.set_timer(id, key_frame_due);
        }
    }

    fn note_level(&mut self, now: Time, id: TransportId, producer: ProducerId, arrival: &Arrival<'_>) {
        let Some(known) = self.producers.get(producer) else { return };
        let Some(block) = arrival.header.extension else { return };
        if known.extensions.audio_level == 0 || known.paused {
            return;
        }
        let level = find_extension(arrival.plain, block, known.extensions.audio_level)
            .and_then(values::AudioLevel::parse);
        let Some(level) = level else { return };
        let Some(router) = self.transports.get(id).map(|transport| transport.router) else { return };
        let Some(router) = self.routers.get_mut(router) else { return };
        router.speakers.on_level(now, producer, level.level);
        self.speakers_at = self.speakers_at.min(together(router.speakers.poll_timeout()));
    }

    /// Keeps the packet in the form that subscribers share, and has it forwarded.
    fn keep(&mut self, now: Time, id: ProducerId, arrival: &Arrival<'_>) {
        let Some(producer) = self.producers.get_mut(id) else { return };
        let stream = &mut producer.streams[arrival.stream];
        let descriptor = arrival
            .header
            .extension
            .filter(|_| producer.extensions.dependency_descriptor != 0)
            .and_then(|block| find_extension(arrival.plain, block, producer.extensions.dependency_descriptor))
            .and_then(|bytes| stream.descriptors.read(bytes));
        let payload = match arrival.payload.is_empty() && producer.video {
            // Nothing but padding: a probe of the publisher's. It has a number, that is all.
            true => Payload::default(),
            false => codec::parse(arrival.route.codec, arrival.payload, descriptor.as_ref()),
        };
        let shaped = shape(
            &mut self.scratch.packet,
            arrival.plain,
            &arrival.header,
            arrival.payload,
            &producer.extensions,
            arrival.route.to,
            producer.video,
        );
        let Some(shaped) = shaped else {
            self.stats.dropped.malformed += 1;
            return;
        };
        let entry = Entry {
            sequence: arrival.sequence,
            timestamp: arrival.header.timestamp,
            header_len: shaped.header_len as u16,
            marker: arrival.header.marker,
            slots: shaped.slots,
            payload,
        };
        if !stream.store.insert(now, entry, &self.scratch.packet[..shaped.len]) {
            return;
        }
        if producer.video && !arrival.payload.is_empty() {
            stream.count_layer(
                now,
                Layers { spatial: payload.spatial, temporal: payload.temporal },
                shaped.len,
            );
        }
        if payload.key_frame && payload.start_of_frame {
            stream.note_key_frame();
            stream.nack.on_key_frame(arrival.sequence);
        }
        if payload.key_frame && payload.start_of_frame {
            let told = codec::layer_sizes(arrival.route.codec, arrival.payload, descriptor.as_ref());
            for (known, told) in stream.sizes.iter_mut().zip(told).filter(|(_, told)| told.0 > 0) {
                *known = told;
            }
        }
        stream.pending.push(arrival.sequence);
        let whole = !producer.video || arrival.header.marker || stream.pending.len() >= GATHERED_MAX;
        self.flush_at = self.flush_at.min(if whole { now } else { now + GATHER });
        if !producer.dirty {
            producer.dirty = true;
            self.dirty.push(id);
        }
    }
}

/// Reads what a producer's packet holds; a retransmission becomes the packet that it repeats.
fn read<'a>(
    producer: &Producer,
    route: Route,
    mut header: Header,
    index: u64,
    plain: &'a [u8],
) -> Option<Arrival<'a>> {
    let mut payload = header.payload(plain).ok()?;
    let mut codec = *producer.payload(header.payload_type)?;
    let mut sequence = index;
    let stream = usize::from(route.stream);
    if let Some(original) = codec.rtx_of {
        let (number, rest) = payload.split_first_chunk::<2>()?;
        let near = producer.streams.get(stream)?.store.highest()?;
        header.sequence = u16::from_be_bytes(*number);
        sequence = nearest(near, header.sequence)?;
        header.payload_type = original;
        codec = *producer.payload(original)?;
        payload = rest;
    } else if route.rtx {
        return None;
    }
    let retransmitted = route.rtx;
    Some(Arrival { header, sequence, plain, payload, route: codec, stream, retransmitted })
}

/// The extended number next to `near` that ends in `low`; `None` where that lies before the first.
fn nearest(near: u64, low: u16) -> Option<u64> {
    let distance = low.wrapping_sub(near as u16) as i16;
    near.checked_add_signed(i64::from(distance))
}

/// Tells a stream by what its packet says of itself: its media id, its RID, its payload type.
fn learn(
    transport: &Transport,
    producers: &slotmap::SlotMap<ProducerId, Producer>,
    header: &Header,
    plain: &[u8],
) -> Option<Route> {
    let ids = &transport.extensions;
    let text = |id: u8| {
        let value = (id != 0).then(|| find_extension(plain, header.extension?, id)).flatten()?;
        std::str::from_utf8(value).ok()
    };
    let (mid, rid, repaired) = (text(ids.mid), text(ids.rid), text(ids.repaired_rid));
    let mine = transport.producers.iter().filter_map(|id| Some((*id, producers.get(*id)?)));
    for (id, producer) in mine {
        if mid.is_some() && producer.mid.as_deref() != mid {
            continue;
        }
        let Some(codec) = producer.payload(header.payload_type) else { continue };
        let rtx = codec.rtx_of.is_some();
        let stream = match repaired.filter(|_| rtx).or(rid) {
            Some(rid) => producer.streams.iter().position(|stream| stream.rid.as_deref() == Some(rid)),
            None => (producer.streams.len() == 1 && mid.is_some()).then_some(0),
        };
        if let Some(stream) = stream {
            return Some(Route { ssrc: header.ssrc, producer: id, stream: stream as u8, rtx });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_number_is_extended_to_the_nearest() {
        assert_eq!(nearest(65_530, 2), Some(65_538));
        assert_eq!(nearest(65_538, 65_530), Some(65_530));
        assert_eq!(nearest(100, 90), Some(90));
        assert_eq!(nearest(5, 65_530), None, "before the first there is none");
    }
}
