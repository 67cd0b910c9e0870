//! The engine: what its owner calls.

use super::*;
use crate::{Time, Transmit, Tuple, send::Layers};
use rtc_types::ortc::{DtlsParameters, IceParameters, RtpCapabilities, SctpStreamParameters};

/// One worker's media; see the crate's page for how it is driven.
pub struct Engine {}

impl Engine {
    /// An engine without rooms.
    pub fn new(_config: EngineConfig) -> Self {
        unimplemented!()
    }
    /// Takes a datagram in. Replies to it (ICE, DTLS) are written at once, media is forwarded by
    /// [`Self::flush`]. The buffer is decrypted in place.
    pub fn handle_datagram(
        &mut self,
        _now: Time,
        _from: Tuple,
        _datagram: &mut [u8],
        _out: &mut impl Transmit,
    ) {
        unimplemented!()
    }
    /// Forwards what the last datagrams brought. Call it after each batch.
    pub fn flush(&mut self, _now: Time, _out: &mut impl Transmit) {
        unimplemented!()
    }
    /// When [`Self::handle_timeout`] is next due; [`Time::NEVER`] where nothing is.
    pub fn poll_timeout(&self) -> Time {
        unimplemented!()
    }
    /// Does what is due. Call it after commands too: what they cause to be sent is due at once.
    pub fn handle_timeout(&mut self, _now: Time, _out: &mut impl Transmit) {
        unimplemented!()
    }
    /// The next fact, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        unimplemented!()
    }
    /// A TCP connection (a [`Tuple`] with [`crate::Protocol::Tcp`]) has ended.
    pub fn handle_disconnect(&mut self, _now: Time, _tuple: Tuple) {
        unimplemented!()
    }

    /// What routers have: codecs and header extensions, as `mediasoup-client` loads them. Equal for all.
    pub fn router_capabilities() -> &'static RtpCapabilities {
        unimplemented!()
    }
    /// Makes a router.
    pub fn create_router(&mut self) -> RouterId {
        unimplemented!()
    }
    /// Closes a router with all transports in it. No events follow for what it held.
    pub fn close_router(&mut self, _router: RouterId) {
        unimplemented!()
    }
    /// Makes a transport in a router.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn create_transport(
        &mut self,
        _now: Time,
        _router: RouterId,
        _options: TransportOptions,
    ) -> Result<TransportCreated, TransportError> {
        unimplemented!()
    }
    /// Tells the peer's DTLS parameters: the handshake may begin. Gives the role that we take.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn connect_transport(
        &mut self,
        _now: Time,
        _transport: TransportId,
        _remote: &DtlsParameters,
    ) -> Result<rtc_types::ortc::DtlsRole, TransportError> {
        unimplemented!()
    }
    /// New ICE credentials; the old ones hold until the first check with the new.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn restart_ice(
        &mut self,
        _now: Time,
        _transport: TransportId,
    ) -> Result<IceParameters, TransportError> {
        unimplemented!()
    }
    /// Closes a transport with its producers and consumers. Consumers elsewhere have events.
    pub fn close_transport(&mut self, _now: Time, _transport: TransportId) {
        unimplemented!()
    }
    /// Receives a track.
    ///
    /// # Errors
    /// See [`ProduceError`].
    pub fn produce(
        &mut self,
        _now: Time,
        _transport: TransportId,
        _options: ProduceOptions,
    ) -> Result<Produced, ProduceError> {
        unimplemented!()
    }
    /// Stops receiving a track.
    pub fn close_producer(&mut self, _now: Time, _producer: ProducerId) {
        unimplemented!()
    }
    /// Pauses or resumes forwarding of a track, for all.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_producer_paused(
        &mut self,
        _now: Time,
        _producer: ProducerId,
        _paused: bool,
    ) -> Result<(), UnknownId> {
        unimplemented!()
    }
    /// Sends a track to a peer.
    ///
    /// # Errors
    /// See [`ConsumeError`].
    pub fn consume(
        &mut self,
        _now: Time,
        _transport: TransportId,
        _options: ConsumeOptions,
    ) -> Result<Consumed, ConsumeError> {
        unimplemented!()
    }
    /// Stops sending a track.
    pub fn close_consumer(&mut self, _now: Time, _consumer: ConsumerId) {
        unimplemented!()
    }
    /// Pauses or resumes a track towards one peer; a resumed video begins with a key frame.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_consumer_paused(
        &mut self,
        _now: Time,
        _consumer: ConsumerId,
        _paused: bool,
    ) -> Result<(), UnknownId> {
        unimplemented!()
    }
    /// The layers to send at most; `None`: the best.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_preferred_layers(
        &mut self,
        _now: Time,
        _consumer: ConsumerId,
        _layers: Option<Layers>,
    ) -> Result<(), UnknownId> {
        unimplemented!()
    }
    /// The size at which the receiver shows the video; 0 × 0 pauses it.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_visible_size(
        &mut self,
        _now: Time,
        _consumer: ConsumerId,
        _size: VisibleSize,
    ) -> Result<(), UnknownId> {
        unimplemented!()
    }
    /// Asks the producer for a key frame, merged with others' requests.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn request_key_frame(&mut self, _now: Time, _consumer: ConsumerId) -> Result<(), UnknownId> {
        unimplemented!()
    }
    /// Receives a data channel on a stream id agreed by signaling.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn produce_data(
        &mut self,
        _now: Time,
        _transport: TransportId,
        _parameters: SctpStreamParameters,
        _label: String,
        _protocol: String,
    ) -> Result<DataProducerId, DataError> {
        unimplemented!()
    }
    /// Sends a data channel to a peer.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn consume_data(
        &mut self,
        _now: Time,
        _transport: TransportId,
        _producer: DataProducerId,
    ) -> Result<DataConsumed, DataError> {
        unimplemented!()
    }
    /// Stops receiving a data channel.
    pub fn close_data_producer(&mut self, _now: Time, _producer: DataProducerId) {
        unimplemented!()
    }
    /// Stops sending a data channel.
    pub fn close_data_consumer(&mut self, _now: Time, _consumer: DataConsumerId) {
        unimplemented!()
    }
    /// Sends a message on a channel that the peer announced.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn send_data(
        &mut self,
        _now: Time,
        _transport: TransportId,
        _stream: u16,
        _binary: bool,
        _payload: &[u8],
    ) -> Result<(), DataError> {
        unimplemented!()
    }

    /// Sums.
    pub fn stats(&self) -> EngineStats {
        unimplemented!()
    }
    /// A transport's figures.
    pub fn transport_stats(&self, _transport: TransportId) -> Option<TransportStats> {
        unimplemented!()
    }
    /// A producer's figures.
    pub fn producer_stats(&self, _producer: ProducerId) -> Option<ProducerStats> {
        unimplemented!()
    }
    /// A consumer's figures.
    pub fn consumer_stats(&self, _consumer: ConsumerId) -> Option<ConsumerStats> {
        unimplemented!()
    }
}
