//! A track that a peer sends us: its streams, as received and as kept for subscribers.

use super::{ConsumerId, DataConsumerId, TransportId};
use crate::{
    Time,
    codec::{Codec, DescriptorReader},
    receive::{NackGenerator, RateMeter, StreamReceiver},
    send::{Layers, packet::ExtensionIds, store::PacketStore},
};
use rtc_types::ortc::{ProducerType, RtpParameters, SctpStreamParameters};
use std::time::Duration;

/// The least time between two requests for a key frame of one stream.
pub(crate) const KEY_FRAME_EVERY: Duration = Duration::from_millis(500);
/// The same, where the first request was not answered: it, or the answer, was lost.
const KEY_FRAME_AGAIN: Duration = Duration::from_millis(300);
/// The same, for a publisher that does not answer.
const KEY_FRAME_SLOW: Duration = Duration::from_secs(3);
const ASKS_IN_HASTE: u8 = 4;
/// A stream that has been silent for so many requests is asked again when it is heard.
const ASKS_OF_THE_SILENT: u8 = 8;
/// Spatial and temporal layers at most.
pub(crate) const LAYERS_MAX: usize = 4;

/// How a payload type of the publisher is passed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PayloadRoute {
    pub(crate) from: u8,
    pub(crate) to: u8,
    pub(crate) codec: Codec,
    /// It carries retransmissions of this payload type.
    pub(crate) rtx_of: Option<u8>,
}

/// One stream (encoding) of a producer.
pub(crate) struct Stream {
    pub(crate) ssrc: Option<u32>,
    pub(crate) rtx_ssrc: Option<u32>,
    pub(crate) rid: Option<String>,
    pub(crate) receiver: StreamReceiver,
    pub(crate) nack: NackGenerator,
    pub(crate) store: PacketStore,
    /// Reads dependency descriptors.
    pub(crate) descriptors: DescriptorReader,
    /// Rates by spatial (SVC only) and temporal layer.
    pub(crate) rates: Vec<(Layers, RateMeter)>,
    /// Width and height, by spatial layer, where the codec tells.
    pub(crate) sizes: [(u16, u16); LAYERS_MAX],
    pub(crate) key_frames: u64,
    pub(crate) nacks_sent: u64,
    pub(crate) retransmitted: u64,
    /// When a key frame was last asked for.
    pub(crate) asked_at: Option<Time>,
    /// How often, since the last one came.
    pub(crate) asks: u8,
    /// Somebody waits for a key frame.
    pub(crate) key_frame_wanted: bool,
    /// Packets that came since the last flush.
    pub(crate) pending: Vec<u64>,
}

impl Stream {
    /// Another source takes this one's place: nothing that was counted or kept of the old one holds.
    pub(crate) fn begin_anew(&mut self, clock_rate: u32, video: bool) {
        self.receiver = StreamReceiver::new(clock_rate);
        self.nack = NackGenerator::new();
        self.store = if video { PacketStore::for_video() } else { PacketStore::for_audio() };
        self.descriptors = DescriptorReader::default();
        self.rates.clear();
        self.pending.clear();
        self.asks = 0;
    }

    /// Whether packets came of late.
    pub(crate) fn is_active(&self, now: Time) -> bool {
        self.receiver.is_active(now)
    }

    /// bit/s of the layers up to and with `upto`.
    pub(crate) fn bitrate_upto(&self, now: Time, upto: Layers) -> u64 {
        self.rates
            .iter()
            .filter(|(layers, _)| layers.spatial <= upto.spatial && layers.temporal <= upto.temporal)
            .map(|(_, rate)| rate.bitrate(now))
            .sum()
    }

    /// Whether packets of that layer came.
    pub(crate) fn has_layer(&self, layers: Layers) -> bool {
        self.rates.iter().any(|(known, _)| *known == layers)
    }

    /// Counts bytes of a layer.
    pub(crate) fn count_layer(&mut self, now: Time, layers: Layers, bytes: usize) {
        if let Some((_, rate)) = self.rates.iter_mut().find(|(known, _)| *known == layers) {
            rate.add(now, bytes);
        } else if self.rates.len() < LAYERS_MAX * LAYERS_MAX {
            let mut rate = RateMeter::default();
            rate.add(now, bytes);
            self.rates.push((layers, rate));
        }
    }

    /// Asks for a key frame, unless one was asked for just now; then it is asked for when the time has passed.
    pub(crate) fn want_key_frame(&mut self) {
        self.key_frame_wanted = true;
    }

    /// When a wanted key frame is to be asked for.
    pub(crate) fn key_frame_due(&self) -> Time {
        match (self.key_frame_wanted && self.ssrc.is_some(), self.asked_at) {
            (false, _) => Time::NEVER,
            (true, None) => Time::ZERO,
            (true, Some(asked)) if self.asks == 1 => asked + KEY_FRAME_AGAIN,
            (true, Some(asked)) if self.asks < ASKS_IN_HASTE => asked + KEY_FRAME_EVERY,
            (true, Some(asked))
                if self.asks >= ASKS_OF_THE_SILENT && self.receiver.last_arrival() <= asked =>
            {
                Time::NEVER
            }
            (true, Some(asked)) => asked + KEY_FRAME_SLOW,
        }
    }

    /// A key frame was asked for; it is asked for again until it comes.
    pub(crate) fn note_key_frame_asked(&mut self, now: Time) {
        self.asked_at = Some(now);
        self.asks = self.asks.saturating_add(1);
    }

    /// A key frame came.
    pub(crate) fn note_key_frame(&mut self) {
        self.key_frames += 1;
        self.key_frame_wanted = false;
        self.asks = 0;
    }
}

/// A track.
pub(crate) struct Producer {
    pub(crate) transport: TransportId,
    pub(crate) video: bool,
    pub(crate) screen: bool,
    pub(crate) kind: ProducerType,
    pub(crate) codec: Codec,
    pub(crate) clock_rate: u32,
    pub(crate) paused: bool,
    pub(crate) mid: Option<String>,
    pub(crate) extensions: ExtensionIds,
    pub(crate) payloads: Vec<PayloadRoute>,
    /// In the router's numbers.
    pub(crate) consumable: RtpParameters,
    /// The best layers by its parameters.
    pub(crate) best: Layers,
    pub(crate) streams: Vec<Stream>,
    pub(crate) consumers: Vec<ConsumerId>,
    /// Whether it stands in the list of producers to be flushed.
    pub(crate) dirty: bool,
    /// Whether PLI or FIR is understood.
    pub(crate) pli: bool,
    pub(crate) fir: bool,
    /// Whether lost packets can be asked for.
    pub(crate) nack: bool,
    pub(crate) fir_number: u8,
    pub(crate) key_frame_requests: u64,
    /// The layers that subscribers want, as last told.
    pub(crate) wanted_mask: u8,
    /// When fewer layers than told came to be wanted.
    pub(crate) unwanted_since: Option<Time>,
}

impl Producer {
    /// The route of a payload type.
    pub(crate) fn payload(&self, payload_type: u8) -> Option<&PayloadRoute> {
        self.payloads.iter().find(|route| route.from == payload_type)
    }

    /// When the picture of a stream with that timestamp was taken, by sender reports: in microseconds by the
    /// publisher's wall clock.
    pub(crate) fn taken(streams: &[Stream], stream: u8, timestamp: u32) -> Option<i64> {
        streams.get(usize::from(stream))?.receiver.ntp_of(timestamp).map(|ntp| ntp as i64)
    }

    /// Sizes by spatial layer, as far as they are known.
    pub(crate) fn sizes(&self) -> [(u16, u16); LAYERS_MAX] {
        match self.kind {
            ProducerType::Simulcast => {
                let mut sizes = [(0, 0); LAYERS_MAX];
                for (size, stream) in sizes.iter_mut().zip(&self.streams) {
                    *size = stream.sizes[0];
                }
                sizes
            }
            _ => self.streams.first().map_or([(0, 0); LAYERS_MAX], |stream| stream.sizes),
        }
    }
}

/// A data channel that a peer sends on.
pub(crate) struct DataProducer {
    pub(crate) transport: TransportId,
    pub(crate) parameters: SctpStreamParameters,
    pub(crate) label: String,
    pub(crate) protocol: String,
    pub(crate) consumers: Vec<DataConsumerId>,
}

/// A data channel that we send on.
pub(crate) struct DataConsumer {
    pub(crate) transport: TransportId,
    pub(crate) producer: super::DataProducerId,
    pub(crate) parameters: SctpStreamParameters,
}
