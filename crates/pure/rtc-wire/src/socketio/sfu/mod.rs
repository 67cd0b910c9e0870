//! Surface C's Socket.IO events: calls through the media server, in the shapes of `mediasoup-client`.

mod client;
mod payload;
mod server;
#[cfg(test)]
mod tests;

pub use client::{
    CallEvent, ConnectTransport, Consume, ConsumeData, CreateTransport, JoinCall, Produce, ProduceData,
    SetPreferredLayers, StatsRequest, TransportDirection,
};
pub use server::{
    ActiveSpeaker, CallInfo, ClosedTransport, ConsumerClosed, ConsumerId, ConsumerLayers, ConsumerScore,
    DataConsumed, DataConsumerClosed, DataProducer, DataProducerId, DataProducerRef, Done, IceRestarted,
    IceTransport, JoinedCall, NetworkQuality, Peer, Producer, ProducerId, ProducerRef, Producers,
    RouterCapabilities, Score, Stats, StatsAnswer, TrackConsumed,
};
