//! Which layers each subscriber gets: what it wants, cut to what its path bears; and which layers a publisher
//! need send at all.

use super::{ConsumerId, Engine, Event, ProducerId, TransportId, producer::Producer, wheel::together};
use crate::{
    Time, Transmit,
    bwe::{self, Choice, Demand, LayerRate, Priority},
    send::Layers,
};
use rtc_types::ortc::ProducerType;
use std::time::Duration;

/// Between two weighings of a subscriber's layers.
const WEIGH_EVERY: Duration = Duration::from_millis(250);
/// For how long a layer must be unwanted before its publisher is told.
const UNWANTED_FOR: Duration = Duration::from_secs(2);

/// What one video towards a subscriber would have.
struct Offer {
    consumer: ConsumerId,
    wanted: Option<Layers>,
    priority: Priority,
    layers: Vec<LayerRate>,
    choice: Choice,
    /// Whether the picture comes in several sizes, so that there is a smaller one to fall back on.
    sizes: bool,
}

impl Engine {
    /// A consumer's circumstances have changed: weigh its subscriber's layers now.
    pub(super) fn reconsider(&mut self, now: Time, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        let (transport, producer) = (consumer.transport, consumer.producer);
        if !consumer.video {
            let target = consumer.is_live().then(Layers::default);
            consumer.selector.set_target(target);
            return;
        }
        self.weigh_transport(now, transport);
        self.weigh_layers(now, producer);
    }

    /// The same for all who get a track.
    pub(super) fn reconsider_all(&mut self, id: ProducerId) {
        let Some(producer) = self.producers.get(id) else { return };
        for consumer in producer.consumers.clone() {
            let Some(transport) = self.consumers.get(consumer).map(|consumer| consumer.transport) else {
                continue;
            };
            if let Some(known) = self.transports.get_mut(transport) {
                known.allocate_at = Time::ZERO;
            }
            self.set_timer(transport, Time::ZERO);
        }
    }

    pub(super) fn run_estimator(&mut self, now: Time, id: TransportId, out: &mut impl Transmit) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        if transport.allocate_at <= now {
            self.weigh_transport(now, id);
        }
        let Some(transport) = self.transports.get_mut(id) else { return };
        let Some(estimator) = &mut transport.egress.estimator else { return };
        if estimator.poll_timeout() <= now {
            estimator.handle_timeout(now);
        }
        transport.egress.pacer.set_estimate(estimator.estimate());
        self.probe(now, id, out);
    }

    /// Chooses the layers of all video that a subscriber gets.
    fn weigh_transport(&mut self, now: Time, id: TransportId) {
        let Some(transport) = self.transports.get_mut(id) else { return };
        let consumers = transport.consumers.clone();
        let mut offers = Vec::new();
        for consumer_id in consumers {
            let Some(consumer) = self.consumers.get(consumer_id).filter(|consumer| consumer.video) else {
                continue;
            };
            let Some(producer) = self.producers.get(consumer.producer) else { continue };
            let wanted = consumer.wanted(&producer.sizes()).map(|wanted| present(now, producer, wanted));
            offers.push(Offer {
                consumer: consumer_id,
                wanted,
                priority: if producer.screen { Priority::Screen } else { Priority::Camera },
                layers: wanted.map_or_else(Vec::new, |wanted| rates(now, producer, wanted)),
                choice: consumer.choice,
                sizes: producer.kind == ProducerType::Simulcast,
            });
        }
        self.share(now, id, &mut offers);
        if let Some(transport) = self.transports.get_mut(id) {
            transport.allocate_at = if offers.is_empty() { Time::NEVER } else { together(now + WEIGH_EVERY) };
        }
        for offer in offers {
            if let Some(consumer) = self.consumers.get_mut(offer.consumer) {
                consumer.choice = offer.choice;
            }
            self.set_target(now, offer.consumer, offer.choice.layers);
        }
        self.arm(id);
    }

    /// Gives everybody what they want, or their share of what the path bears.
    fn share(&mut self, now: Time, id: TransportId, offers: &mut [Offer]) {
        // Who wants nothing demands nothing, and keeps nothing of what was chosen before.
        for offer in offers.iter_mut().filter(|offer| offer.wanted.is_none()) {
            offer.choice.layers = None;
        }
        let Some(transport) = self.transports.get_mut(id) else { return };
        if let Some(estimator) = transport.egress.estimator.as_mut().filter(|_| transport.connected) {
            let voices = transport.consumers.iter().filter_map(|id| self.consumers.get(*id));
            let audio: u64 =
                voices.filter(|consumer| !consumer.video).map(|consumer| consumer.counters.bitrate).sum();
            let bitrate = estimator.estimate().saturating_sub(audio);
            let budget = bwe::Budget { bitrate, limited: estimator.is_limited(now) };
            let mut demands: Vec<Demand<'_>> = offers
                .iter_mut()
                .filter(|offer| !offer.layers.is_empty())
                .map(|offer| Demand {
                    priority: offer.priority,
                    layers: &offer.layers,
                    wanted: offer.wanted.unwrap_or_default(),
                    floor: !offer.sizes,
                    choice: &mut offer.choice,
                })
                .collect();
            let allocation = bwe::allocate(now, budget, &mut demands);
            estimator.set_wanted(allocation.wanted + audio);
            let crowded = allocation.used > budget.bitrate && estimator.is_at_limit(now);
            transport.egress.pacer.set_crowded(crowded);
            transport.egress.pacer.set_estimate(estimator.estimate());
        } else {
            for offer in offers.iter_mut() {
                offer.choice.layers = offer.wanted;
            }
        }
        for offer in offers.iter_mut().filter(|offer| offer.choice.layers.is_none()) {
            if offer.layers.is_empty() {
                // Nothing comes yet: what comes first is sent.
                offer.choice.layers = offer.wanted;
            }
        }
    }

    fn set_target(&mut self, now: Time, id: ConsumerId, target: Option<Layers>) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        let changed = consumer.selector.target() != target;
        consumer.selector.set_target(target);
        let producer = consumer.producer;
        if changed && target.is_none() && consumer.told.take().is_some() {
            self.events.push_back(Event::ConsumerLayers { consumer: id, layers: None });
        }
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        if let Some(layer) = consumer.selector.key_frame_needed().filter(|_| !consumer.is_starved(now)) {
            self.want_key_frame(producer, layer);
        }
        if changed {
            self.weigh_layers(now, producer);
        }
    }

    /// The same for all that a peer sends: what is wanted less for a while is told when that has passed.
    pub(super) fn weigh_all_layers(&mut self, now: Time, id: TransportId) {
        let Some(transport) = self.transports.get(id) else { return };
        for producer in transport.producers.clone() {
            self.weigh_layers(now, producer);
        }
    }

    /// Tells the owner which of a producer's layers anybody wants (dynacast): more at once, fewer after a while.
    pub(super) fn weigh_layers(&mut self, now: Time, id: ProducerId) {
        let Some(producer) = self.producers.get(id).filter(|producer| producer.video) else { return };
        let full = u8::MAX >> (7 - producer.best.spatial.min(7));
        let mask =
            producer.consumers.iter().filter_map(|id| self.consumers.get(*id)).fold(0, |mask, consumer| {
                let wanted = consumer.is_live().then(|| consumer.wanted(&producer.sizes())).flatten();
                let bits = match (producer.kind, wanted) {
                    (_, None) => 0,
                    // The layer that is sent, and the one that is to be.
                    (ProducerType::Simulcast, Some(wanted)) => {
                        let sent = consumer.selector.current().map_or(0, |layers| 1 << layers.spatial.min(7));
                        let target =
                            consumer.selector.target().map_or(0, |layers| 1 << layers.spatial.min(7));
                        sent | target | 1 << wanted.spatial.min(7)
                    }
                    (_, Some(wanted)) => u8::MAX >> (7 - wanted.spatial.min(7)),
                };
                mask | bits
            });
        // The lowest stays, to fall back on.
        let mask = if mask == 0 { 0 } else { (mask | 1) & full };
        let Some(producer) = self.producers.get_mut(id) else { return };
        let told = producer.wanted_mask & full;
        if mask == told {
            producer.unwanted_since = None;
            return;
        }
        let more = mask & !told != 0;
        let since = *producer.unwanted_since.get_or_insert(now);
        if more || now.since(since) >= UNWANTED_FOR {
            producer.unwanted_since = None;
            producer.wanted_mask = mask;
            self.events.push_back(Event::LayersWanted { producer: id, mask });
        }
    }
}

/// `wanted` where its stream is being received, else the next lower one that is, else the next higher.
fn present(now: Time, producer: &Producer, wanted: Layers) -> Layers {
    if producer.kind != ProducerType::Simulcast {
        return wanted;
    }
    let active = |spatial: &u8| {
        producer.streams.get(usize::from(*spatial)).is_some_and(|stream| stream.is_active(now))
    };
    let lower = (0..=wanted.spatial).rev().find(active);
    let higher = (wanted.spatial..producer.streams.len() as u8).find(active);
    Layers { spatial: lower.or(higher).unwrap_or(wanted.spatial), ..wanted }
}

/// What the layers up to `wanted` cost, the cheapest first.
fn rates(now: Time, producer: &Producer, wanted: Layers) -> Vec<LayerRate> {
    let mut rates = Vec::new();
    for spatial in 0..=wanted.spatial {
        let index = if producer.kind == ProducerType::Simulcast { usize::from(spatial) } else { 0 };
        let Some(stream) = producer.streams.get(index).filter(|stream| stream.is_active(now)) else {
            continue;
        };
        let of_stream = if producer.kind == ProducerType::Simulcast { 0 } else { spatial };
        for temporal in 0..=wanted.temporal {
            let upto = Layers { spatial: of_stream, temporal };
            let known = stream.has_layer(upto);
            if known {
                let bitrate = stream.bitrate_upto(now, upto);
                rates.push(LayerRate { layers: Layers { spatial, temporal }, bitrate });
            }
        }
        if let Some(last) = rates.last_mut().filter(|last| last.layers.spatial == spatial) {
            // Temporal layers that nobody has seen yet come for free.
            last.layers.temporal = wanted.temporal.max(last.layers.temporal);
        }
    }
    rates
}
