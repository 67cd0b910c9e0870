//! What the engine has to say.

use super::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use crate::send::Layers;

/// A fact for the owner.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// ICE and DTLS are up: media may flow.
    TransportConnected(TransportId),
    /// The transport is gone, with its producers and consumers; each of its producers' consumers elsewhere has
    /// its own event before.
    TransportClosed {
        /// Which.
        transport: TransportId,
        /// Why.
        reason: TransportFailure,
    },
    /// The producer went with its transport, or was replaced.
    ProducerClosed(ProducerId),
    /// The consumer's producer is gone, and so is the consumer.
    ConsumerClosed(ConsumerId),
    /// What is sent has changed; `None`: nothing for now.
    ConsumerLayers {
        /// Which.
        consumer: ConsumerId,
        /// The layers now sent.
        layers: Option<Layers>,
    },
    /// The quality of a consumer has changed.
    ConsumerScore {
        /// Which.
        consumer: ConsumerId,
        /// 0 (bad) – 10 (good), of the way to the receiver.
        score: u8,
        /// 0–10, of the producer's best stream.
        producer_score: u8,
    },
    /// The quality of the way from and to a peer has changed: 1 (poor) – 5 (excellent).
    NetworkQuality {
        /// Whose.
        transport: TransportId,
        /// 1–5.
        quality: u8,
    },
    /// Another peer speaks, or nobody.
    ActiveSpeaker {
        /// Where.
        router: RouterId,
        /// Whose track.
        producer: Option<ProducerId>,
    },
    /// Which of a producer's spatial layers anybody looks at has changed (dynacast): bit 0 is the lowest.
    LayersWanted {
        /// Which.
        producer: ProducerId,
        /// One bit a layer; 0: pause all.
        mask: u8,
    },
    /// The data producer went with its transport.
    DataProducerClosed(DataProducerId),
    /// The data consumer's producer is gone, and so is the consumer.
    DataConsumerClosed(DataConsumerId),
    /// The peer opened a channel in band ([`super::DataMode::Announced`]).
    DataChannelOpened {
        /// Whose.
        transport: TransportId,
        /// The SCTP stream.
        stream: u16,
        /// Its label.
        label: String,
    },
    /// A message on an announced channel.
    DataChannelMessage {
        /// Whose.
        transport: TransportId,
        /// The SCTP stream.
        stream: u16,
        /// Whether it is binary, else UTF-8 text.
        binary: bool,
        /// The message.
        payload: Vec<u8>,
    },
}

/// Why the engine closed a transport by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFailure {
    /// No authenticated ICE check for the consent timeout.
    ConsentLost,
    /// It never connected.
    NeverConnected,
    /// The peer's certificate is not the one that signaling told of.
    FingerprintMismatch,
    /// DTLS failed otherwise.
    Dtls,
    /// The peer closed DTLS.
    ClosedByPeer,
    /// A fault of ours; the session was ended so that others go on.
    Fault,
}
