//! What peers report and ask for.

use super::{ConsumerId, Engine, TransportId};
use crate::{
    Time, Transmit,
    rtcp::{Packet, ReportBlock, SenderReport, TransportCc, middle_of_ntp, packets},
};
use std::time::Duration;

/// Requests for retransmission that one datagram may make.
const NACKS_MAX: usize = 512;
/// Packets that the accounts of arrivals in one datagram may cover.
const FEEDBACK_MAX: usize = 4096;
/// Round trips above this are taken for broken reports.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(10);

/// Work that one datagram may still cause: a few bytes of it can ask for much. And what its reports say
/// together.
struct Budget {
    nacks: usize,
    feedback: usize,
    /// The fractions lost of all streams by their rates, and the sum of those.
    lost: f64,
    rates: f64,
}

impl Engine {
    pub(super) fn handle_rtcp(
        &mut self,
        now: Time,
        id: TransportId,
        datagram: &mut [u8],
        out: &mut impl Transmit,
    ) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let Some(srtp) = &mut transport.srtp else { return };
        let len = match srtp.receiver.unprotect_rtcp(datagram) {
            Ok(len) => len,
            Err(error) => return self.note_srtp_error(id, error),
        };
        if !transport.allowance.take(now) {
            self.stats.dropped.over_limit += 1;
            return;
        }
        let mut budget = Budget { nacks: NACKS_MAX, feedback: FEEDBACK_MAX, lost: 0.0, rates: 0.0 };
        for packet in packets(&datagram[..len]) {
            match packet {
                Ok(packet) => self.handle_report(now, id, packet, &mut budget, out),
                Err(_) => self.stats.dropped.malformed += 1,
            }
        }
        self.note_loss(now, id, &budget);
    }

    fn handle_report(
        &mut self,
        now: Time,
        id: TransportId,
        packet: Packet<'_>,
        budget: &mut Budget,
        out: &mut impl Transmit,
    ) {
        match packet {
            Packet::SenderReport(report) => {
                self.note_sender_report(now, id, &report);
                for block in report.blocks() {
                    self.note_block(now, id, block, budget);
                }
            }
            Packet::ReceiverReport(report) => {
                for block in report.blocks() {
                    self.note_block(now, id, block, budget);
                }
            }
            Packet::Nack(nack) => {
                if let Some((consumer, false)) = self.consumer_of(id, nack.media) {
                    let granted = budget.nacks;
                    let asked = nack.sequences().take(granted).inspect(|_| budget.nacks -= 1);
                    self.resend(now, consumer, asked, out);
                }
            }
            Packet::Pli(pli) => self.note_picture_loss(now, id, pli.media),
            Packet::Fir(fir) => {
                for (media, _) in fir.entries() {
                    self.note_picture_loss(now, id, media);
                }
            }
            Packet::TransportCc(feedback) => self.note_feedback(now, id, &feedback, budget),
            Packet::Remb(_) | Packet::Sdes(_) | Packet::Bye(_) | Packet::ExtendedReport(_) => {}
            Packet::Unknown { .. } => {}
        }
    }

    fn consumer_of(&self, id: TransportId, ssrc: u32) -> Option<(ConsumerId, bool)> {
        self.transports.get(id)?.by_ssrc.get(&ssrc).copied()
    }

    fn note_picture_loss(&mut self, now: Time, id: TransportId, media: u32) {
        let Some((consumer, _)) = self.consumer_of(id, media) else { return };
        if let Some(consumer) = self.consumers.get_mut(consumer) {
            consumer.counters.plis += 1;
            // It stands because there is no room: a key frame would not get through.
            if consumer.is_starved(now) {
                return;
            }
            let layer = consumer.selector.current().or(consumer.selector.target()).unwrap_or_default();
            let producer = consumer.producer;
            self.want_key_frame(producer, layer.spatial);
        }
    }

    fn note_sender_report(&mut self, now: Time, id: TransportId, report: &SenderReport<'_>) {
        let info = &report.info;
        let ours = self.ntp_micros(now);
        let Some(transport) = self.transports.get_mut(id) else { return };
        let Some(route) = transport.route(info.ssrc).filter(|route| !route.rtx) else { return };
        let theirs = ((u128::from(info.ntp) * 1_000_000) >> 32) as i64;
        transport.clock_offset.get_or_insert(ours as i64 - theirs);
        let stream = self
            .producers
            .get_mut(route.producer)
            .and_then(|producer| producer.streams.get_mut(usize::from(route.stream)));
        if let Some(stream) = stream {
            stream.receiver.on_sender_report(now, info.ntp, info.rtp_timestamp);
        }
    }

    fn note_block(&mut self, now: Time, id: TransportId, block: ReportBlock, budget: &mut Budget) {
        let now_middle = middle_of_ntp(self.ntp(now));
        let Some(transport) = self.transports.get_mut(id) else { return };
        let Some((consumer, rtx)) = transport.by_ssrc.get(&block.ssrc).copied() else { return };
        if block.last_sr != 0 {
            let units = now_middle.wrapping_sub(block.last_sr).wrapping_sub(block.delay_since_last_sr);
            let round_trip = Duration::from_micros((u64::from(units) * 1_000_000) >> 16);
            if round_trip < ROUND_TRIP_MAX {
                let known = transport.egress.round_trip;
                transport.egress.round_trip =
                    if known.is_zero() { round_trip } else { (known * 7 + round_trip) / 8 };
            }
        }
        let Some(consumer) = self.consumers.get_mut(consumer).filter(|_| !rtx) else { return };
        let fraction = f32::from(block.fraction_lost) / 256.0;
        consumer.counters.fraction_lost = fraction;
        consumer.counters.jitter = block.jitter as f32 / consumer.clock_rate as f32;
        let rate = consumer.counters.bitrate.max(1) as f64;
        budget.lost += f64::from(fraction) * rate;
        budget.rates += rate;
    }

    /// Tells the estimator what a datagram's reports said of all streams together.
    fn note_loss(&mut self, now: Time, id: TransportId, told: &Budget) {
        let Some(transport) = self.transports.get_mut(id).filter(|_| told.rates > 0.0) else { return };
        let round_trip = transport.egress.round_trip;
        if let Some(estimator) = &mut transport.egress.estimator {
            let fraction = (told.lost / told.rates) as f32;
            estimator.on_loss_report(now, fraction, (!round_trip.is_zero()).then_some(round_trip));
        }
    }

    fn note_feedback(&mut self, now: Time, id: TransportId, feedback: &TransportCc<'_>, budget: &mut Budget) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let Some(estimator) = &mut transport.egress.estimator else { return };
        let before = estimator.estimate();
        estimator.on_feedback(now, feedback.statuses().take(budget.feedback));
        budget.feedback = budget.feedback.saturating_sub(usize::from(feedback.status_count));
        let after = estimator.estimate();
        transport.egress.pacer.set_estimate(after);
        // A tenth less is acted upon at once, more at the next weighing.
        if after < before - before / 10 {
            transport.allocate_at = now;
            self.set_timer(id, now);
        }
    }
}
