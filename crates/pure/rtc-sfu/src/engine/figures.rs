//! Figures on demand, and the quality that is told as it changes.

use super::{
    ConsumerId, ConsumerStats, Engine, EngineStats, Event, ProducerId, ProducerStats, ReceivedStream,
    TransportId, TransportStats,
};
use crate::Time;

/// Loss above which a way is poor, and in steps below it: quality 1 to 5.
const LOSS_STEPS: [f32; 4] = [0.12, 0.06, 0.03, 0.01];

impl Engine {
    /// Sums.
    pub fn stats(&self) -> EngineStats {
        EngineStats {
            routers: self.routers.len() as u64,
            transports: self.transports.len() as u64,
            producers: self.producers.len() as u64,
            consumers: self.consumers.len() as u64,
            data_producers: self.data_producers.len() as u64,
            data_consumers: self.data_consumers.len() as u64,
            ..self.stats
        }
    }

    /// Entries of all maps but that of routers: 0 where nobody is left.
    pub fn entries(&self) -> usize {
        let things = self.transports.len() + self.producers.len() + self.consumers.len();
        let channels = self.data_producers.len() + self.data_consumers.len();
        let members: usize = self.routers.values().map(|router| router.transports.len()).sum();
        things + channels + members + self.by_tuple.len() + self.by_ufrag.len()
    }

    /// A transport's figures.
    pub fn transport_stats(&self, now: Time, id: TransportId) -> Option<TransportStats> {
        let transport = self.transports.get(id)?;
        let estimator = transport.egress.estimator.as_ref();
        let consumers = transport.consumers.iter().filter_map(|id| self.consumers.get(*id));
        Some(TransportStats {
            round_trip: transport.egress.round_trip.as_secs_f32(),
            available_bitrate: estimator.map_or(0, |estimator| estimator.estimate()),
            bitrate_out: consumers.map(|consumer| consumer.counters.bitrate).sum(),
            bitrate_in: transport.rate_in.bitrate(now),
            quality: transport.quality,
        })
    }

    /// A producer's figures.
    pub fn producer_stats(&self, now: Time, id: ProducerId) -> Option<ProducerStats> {
        let producer = self.producers.get(id)?;
        let streams = producer.streams.iter().map(|stream| ReceivedStream {
            ssrc: stream.ssrc.unwrap_or_default(),
            rid: stream.rid.clone(),
            packets: stream.receiver.packets(),
            bytes: stream.receiver.bytes(),
            bitrate: stream.receiver.bitrate(now),
            lost: stream.receiver.lost(),
            fraction_lost: stream.receiver.fraction_lost(),
            jitter: stream.receiver.jitter_seconds(),
            nacks_sent: stream.nacks_sent,
            retransmitted: stream.retransmitted,
            key_frames: stream.key_frames,
            score: stream.receiver.score(now),
        });
        Some(ProducerStats {
            producer: id,
            streams: streams.collect(),
            key_frame_requests: producer.key_frame_requests,
        })
    }

    /// A consumer's figures.
    pub fn consumer_stats(&self, id: ConsumerId) -> Option<ConsumerStats> {
        let consumer = self.consumers.get(id)?;
        let counters = &consumer.counters;
        Some(ConsumerStats {
            consumer: id,
            ssrc: consumer.ssrc,
            packets: counters.packets,
            bytes: counters.bytes,
            bitrate: counters.bitrate,
            fraction_lost: counters.fraction_lost,
            jitter: counters.jitter,
            nacked: counters.nacked,
            retransmitted: counters.retransmitted,
            plis: counters.plis,
            layers: consumer.selector.current(),
            score: counters.score,
        })
    }

    /// Weighs the ways from and to a peer once a second, and tells what changed.
    pub(super) fn weigh_quality(&mut self, now: Time, id: TransportId) {
        let Some(transport) = self.transports.get(id) else { return };
        let mut worst: f32 = 0.0;
        for consumer_id in &transport.consumers {
            let Some(consumer) = self.consumers.get_mut(*consumer_id) else { continue };
            worst = worst.max(consumer.counters.fraction_lost);
            let score = score_of(consumer.counters.fraction_lost);
            consumer.counters.score = score;
            if score != consumer.told_score {
                consumer.told_score = score;
                let best = self.producers.get(consumer.producer).map_or(0, |producer| {
                    producer.streams.iter().map(|stream| stream.receiver.score(now)).max().unwrap_or(0)
                });
                let event = Event::ConsumerScore { consumer: *consumer_id, score, producer_score: best };
                self.events.push_back(event);
            }
        }
        for producer in &transport.producers {
            let Some(producer) = self.producers.get(*producer) else { continue };
            for stream in producer.streams.iter().filter(|stream| stream.is_active(now)) {
                worst = worst.max(stream.receiver.fraction_lost());
            }
        }
        let quality = 1 + LOSS_STEPS.iter().filter(|step| worst < **step).count() as u8;
        let Some(transport) = self.transports.get_mut(id) else { return };
        if quality != transport.quality {
            transport.quality = quality;
            self.events.push_back(Event::NetworkQuality { transport: id, quality });
        }
    }
}

/// 10 without loss, 0 from half of all packets lost.
fn score_of(fraction_lost: f32) -> u8 {
    (10.0 - (fraction_lost.clamp(0.0, 0.5) * 20.0)).round() as u8
}
