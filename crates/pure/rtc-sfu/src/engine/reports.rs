//! What is due on a transport: its session's timers, reports, requests to the publisher, held-back packets.

use super::{Engine, Event, ProducerId, TransportFailure, TransportId, producer::Producer, wheel::together};
use crate::{
    Time, Transmit,
    rtcp::{ReportBlock, SenderInfo, write},
    send::consumer::Consumer,
};
use std::time::Duration;

/// Between reports.
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// Bytes of a compound at most.
const COMPOUND_BYTES: usize = 1100;
/// A picture was taken no longer ago than this, in microseconds; else the publisher's clock is wrong.
const REPORTED_AGO_MAX: i64 = 3_600_000_000;
/// Seconds between 1900 and 1970.
const NTP_UNIX: u64 = 2_208_988_800;

impl Engine {
    /// Our wall clock, in microseconds since 1900.
    pub(super) fn ntp_micros(&self, now: Time) -> u64 {
        NTP_UNIX * 1_000_000 + self.config.unix_epoch.as_micros() as u64 + now.as_micros()
    }

    /// Our wall clock as RTCP has it (32.32).
    pub(super) fn ntp(&self, now: Time) -> u64 {
        ((u128::from(self.ntp_micros(now)) << 32) / 1_000_000) as u64
    }

    pub(super) fn run_transport(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        self.run_session(now, id, out);
        let Some(transport) = self.transports.get(id) else { return };
        if transport.broken.is_some() || transport.srtp.is_none() {
            return;
        }
        self.send_feedback(now, id, out);
        self.send_requests(now, id, out);
        let Some(transport) = self.transports.get(id) else { return };
        if transport.report_at <= now {
            self.send_reports(now, id, out);
            self.weigh_quality(now, id);
            self.weigh_all_layers(now, id);
        }
        self.run_estimator(now, id, out);
        self.drain_queue(now, id, out);
    }

    fn run_session(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        if transport.report_at <= now && transport.srtp.is_none() {
            transport.report_at = together(now + REPORT_EVERY);
        }
        if transport.allocate_at <= now && transport.srtp.is_none() {
            transport.allocate_at = Time::NEVER;
        }
        if transport.ice.is_expired(now) {
            let connected = transport.ice.was_connected();
            let reason =
                if connected { TransportFailure::ConsentLost } else { TransportFailure::NeverConnected };
            return self.break_transport(id, reason);
        }
        // What a handshake sends needs somewhere to go.
        if let Some(dtls) = &mut transport.dtls
            && transport.ice.selected().is_some()
            && dtls.poll_timeout() <= now
            && dtls.handle_timeout(now).is_err()
        {
            return self.break_transport(id, TransportFailure::Dtls);
        }
        if let Some(data) = &mut transport.data
            && data.poll_timeout() <= now
        {
            data.handle_timeout(now);
        }
        self.pump_dtls(now, id, out);
    }

    /// Seals what was written and sends it, in several datagrams where it does not fit in one.
    fn send_rtcp(&mut self, id: TransportId, compound: &mut Vec<u8>, out: &mut impl Transmit) {
        if compound.is_empty() {
            return;
        }
        let Some(transport) = self.transports.get_mut(id) else { return };
        if let (Some(to), Some(srtp)) = (transport.ice.selected(), &mut transport.srtp) {
            while !compound.is_empty() {
                let mut rest = compound.split_off(fitting(compound));
                srtp.sender.protect_rtcp(compound);
                if !compound.is_empty() {
                    out.datagram(to, compound.len()).copy_from_slice(compound);
                }
                compound.clear();
                compound.append(&mut rest);
            }
        }
        compound.clear();
    }

    /// Transport-wide feedback to a publisher.
    fn send_feedback(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let mut compound = std::mem::take(&mut self.scratch.rtcp);
        compound.clear();
        if let Some(transport) = self.transports.get_mut(id)
            && transport.feedback_due() <= now
        {
            let media = transport.routes.first().map_or(0, |route| route.ssrc);
            let (ssrc, count) = (transport.ssrc, &mut transport.feedback_count);
            while let Some(feedback) = transport.arrivals.take(now) {
                let mut base = feedback.base;
                let mut rest = feedback.arrivals;
                while !rest.is_empty() && compound.len() < COMPOUND_BYTES {
                    let taken = write::transport_cc(&mut compound, (ssrc, media), *count, base, rest);
                    *count = count.wrapping_add(1);
                    rest = &rest[taken..];
                    let Some(next) = rest.first().filter(|next| taken > 0 || next.0 != base) else { break };
                    base = next.0;
                }
            }
        }
        self.send_rtcp(id, &mut compound, out);
        self.scratch.rtcp = compound;
    }

    /// What a publisher is asked for: lost packets, key frames.
    fn send_requests(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let mut compound = std::mem::take(&mut self.scratch.rtcp);
        let mut sequences = std::mem::take(&mut self.scratch.sequences);
        compound.clear();
        let Some(transport) = self.transports.get(id) else { return };
        let (ours, round_trip) = (transport.ssrc, transport.egress.round_trip);
        let mut asked = 0;
        for id in &transport.producers {
            let Some(producer) = self.producers.get_mut(*id) else { continue };
            asked += write_requests(now, ours, round_trip, producer, &mut sequences, &mut compound);
        }
        self.stats.key_frame_requests += asked;
        self.scratch.sequences = sequences;
        self.send_rtcp(id, &mut compound, out);
        self.scratch.rtcp = compound;
    }

    fn send_reports(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let (ntp, ntp_micros) = (self.ntp(now), self.ntp_micros(now));
        let Some(transport) = self.transports.get_mut(id) else { return };
        transport.report_at = together(now + REPORT_EVERY);
        let ours = transport.ssrc;
        let producers = transport.producers.clone();
        let consumers = transport.consumers.clone();
        let mut compound = std::mem::take(&mut self.scratch.rtcp);
        compound.clear();
        let blocks = self.report_blocks(now, &producers);
        if !blocks.is_empty() {
            write::receiver_report(&mut compound, ours, &blocks);
            self.send_rtcp(id, &mut compound, out);
        }
        for consumer in consumers {
            let info = self.sender_info(now, (ntp, ntp_micros), consumer);
            let Some(consumer) = self.consumers.get_mut(consumer) else { continue };
            consumer.tick(REPORT_EVERY);
            if let Some(info) = info {
                write::sender_report(&mut compound, &info, &[]);
                write::sdes(&mut compound, info.ssrc, &consumer.cname);
            }
            if compound.len() > COMPOUND_BYTES {
                self.send_rtcp(id, &mut compound, out);
            }
        }
        self.send_rtcp(id, &mut compound, out);
        self.scratch.rtcp = compound;
    }

    fn report_blocks(&mut self, now: Time, producers: &[ProducerId]) -> Vec<ReportBlock> {
        let mut blocks = Vec::new();
        for id in producers {
            let Some(producer) = self.producers.get_mut(*id) else { continue };
            for stream in &mut producer.streams {
                let Some(ssrc) = stream.ssrc.filter(|_| stream.is_active(now)) else { continue };
                let report = stream.receiver.report(now);
                blocks.push(ReportBlock {
                    ssrc,
                    fraction_lost: report.fraction_lost,
                    cumulative_lost: report.cumulative_lost,
                    highest_sequence: report.highest_sequence,
                    jitter: report.jitter,
                    last_sr: report.last_sr,
                    delay_since_last_sr: report.delay_since_last_sr,
                });
            }
        }
        blocks
    }

    /// The same moment by our wall clock and by the stream's. Where the publisher told how its clocks relate,
    /// sound and picture of one publisher are related alike, so that they play in step.
    pub(super) fn sender_info(
        &self,
        now: Time,
        (ntp, ntp_micros): (u64, u64),
        id: super::ConsumerId,
    ) -> Option<SenderInfo> {
        let consumer: &Consumer = self.consumers.get(id)?;
        let producer: &Producer = self.producers.get(consumer.producer)?;
        let (stream, source, timestamp, at) = consumer.last_sent()?;
        let offset = self.transports.get(producer.transport)?.clock_offset;
        let taken =
            producer.streams.get(usize::from(stream)).and_then(|stream| stream.receiver.ntp_of(source));
        let ago = taken
            .zip(offset)
            .map(|(taken, offset)| ntp_micros as i64 - (taken as i64 + offset))
            .filter(|ago| ago.abs() < REPORTED_AGO_MAX)
            .unwrap_or_else(|| now.since(at).as_micros() as i64);
        let ticks = ago * i64::from(consumer.clock_rate) / 1_000_000;
        Some(SenderInfo {
            ssrc: consumer.ssrc,
            ntp,
            rtp_timestamp: timestamp.wrapping_add(ticks as u32),
            packets: consumer.counters.reported_packets as u32,
            octets: consumer.counters.reported_octets as u32,
        })
    }

    /// Has the publisher asked for a key frame of a layer, once for all who want one.
    pub(super) fn want_key_frame(&mut self, id: ProducerId, layer: u8) {
        let Some(producer) = self.producers.get_mut(id) else { return };
        if !producer.video || producer.paused {
            return;
        }
        let index = usize::from(layer).min(producer.streams.len().saturating_sub(1));
        let Some(stream) = producer.streams.get_mut(index) else { return };
        stream.want_key_frame();
        let (due, transport) = (stream.key_frame_due(), producer.transport);
        self.set_timer(transport, due);
    }

    pub(super) fn weigh_speakers(&mut self, now: Time) {
        self.speakers_at = Time::NEVER;
        for (id, router) in &mut self.routers {
            if router.speakers.poll_timeout() <= now
                && let Some(producer) = router.speakers.handle_timeout(now)
            {
                self.events.push_back(Event::ActiveSpeaker { router: id, producer });
            }
            self.speakers_at = self.speakers_at.min(together(router.speakers.poll_timeout()));
        }
    }
}

/// The bytes of the first packets that fit in one datagram; one packet at least.
fn fitting(compound: &[u8]) -> usize {
    let mut at = 0;
    while at < compound.len() {
        let words = compound.get(at + 2..at + 4).map_or(0, |words| u16::from_be_bytes([words[0], words[1]]));
        let end = at + 4 * (usize::from(words) + 1);
        if at > 0 && end > COMPOUND_BYTES {
            return at;
        }
        at = end;
    }
    compound.len()
}

/// Gives the number of key frames asked for.
fn write_requests(
    now: Time,
    ours: u32,
    round_trip: Duration,
    producer: &mut Producer,
    sequences: &mut Vec<u16>,
    compound: &mut Vec<u8>,
) -> u64 {
    let mut asked = 0;
    for stream in &mut producer.streams {
        let Some(ssrc) = stream.ssrc else { continue };
        if stream.nack.poll_timeout() <= now {
            sequences.clear();
            if stream.nack.take_due(now, round_trip, sequences) && producer.video {
                stream.key_frame_wanted = true;
            }
            if !sequences.is_empty() && producer.nack {
                let mut rest = sequences.as_slice();
                while !rest.is_empty() {
                    let taken = write::nack(compound, ours, ssrc, rest);
                    stream.nacks_sent += taken as u64;
                    rest = &rest[taken..];
                }
            }
        }
        if stream.key_frame_due() > now {
            continue;
        }
        stream.note_key_frame_asked(now);
        asked += 1;
        producer.key_frame_requests += 1;
        if producer.pli {
            write::pli(compound, ours, ssrc);
        } else if producer.fir {
            producer.fir_number = producer.fir_number.wrapping_add(1);
            write::fir(compound, ours, &[(ssrc, producer.fir_number)]);
        }
    }
    asked
}
