//! Spatial layers that signaling did not tell of: an offer in SDP has no word for them. Key frames tell how many
//! there are, and a stream that turns out to have some is layered from there on.

use super::{
    Engine, ProducerId,
    producer::{LAYERS_MAX, Producer},
};
use crate::{Time, codec::Codec};
use rtc_types::ortc::ProducerType;

impl Engine {
    /// Looks for key frames with more layers than are known, among what came since the last flush and is about to be
    /// forwarded.
    pub(super) fn discover_layers(&mut self, now: Time) {
        let told = |id: &ProducerId| Some((*id, unknown_layers(self.producers.get(*id)?)?));
        // It is none nearly always, and costs nothing then.
        let found: Vec<(ProducerId, u8)> = self.dirty.iter().filter_map(told).collect();
        for (id, layers) in found {
            self.become_layered(now, id, layers);
        }
    }

    /// Subscribers get what they want of all layers, until what their paths bear is weighed next.
    fn become_layered(&mut self, now: Time, id: ProducerId, layers: u8) {
        let Some(producer) = self.producers.get_mut(id) else { return };
        producer.kind = ProducerType::Svc;
        producer.best.spatial = layers.saturating_sub(1);
        let sizes = producer.sizes();
        for consumer in &producer.consumers {
            let Some(consumer) = self.consumers.get_mut(*consumer) else { continue };
            consumer.best.spatial = producer.best.spatial;
            let wanted = consumer.wanted(&sizes);
            consumer.selector.become_layered(wanted);
        }
        self.weigh_layers(now, id);
    }
}

/// How many spatial layers the newest packets tell of, where that is more than was known.
fn unknown_layers(producer: &Producer) -> Option<u8> {
    let can = matches!(producer.codec, Codec::Vp9 | Codec::Av1) && producer.kind != ProducerType::Simulcast;
    let stream = producer.streams.first().filter(|_| can)?;
    let told = stream.pending.iter().filter_map(|sequence| {
        let payload = &stream.store.get(*sequence)?.payload;
        (payload.key_frame && payload.start_of_frame).then_some(payload.spatial_layers)
    });
    told.max().map(|told| told.min(LAYERS_MAX as u8)).filter(|told| *told > producer.best.spatial + 1)
}
