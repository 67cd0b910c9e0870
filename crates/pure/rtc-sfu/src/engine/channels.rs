//! Data channels: messages of one peer, passed on to those who asked for them.

use super::{
    DataConsumed, DataConsumerId, DataError, DataMode, DataProducerId, Engine, Event, TransportId, UnknownId,
    producer::{DataConsumer, DataProducer},
};
use crate::{
    Time,
    data::{CloseReason, DataEvent},
};
use rtc_types::ortc::SctpStreamParameters;

/// Data channels of one peer connection, each way.
const CHANNELS_MAX: usize = 256;
/// SCTP streams that we take part in.
const STREAMS_MAX: u16 = 1024;

impl Engine {
    /// Receives a data channel on a stream id agreed by signaling.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn produce_data(
        &mut self,
        now: Time,
        id: TransportId,
        parameters: SctpStreamParameters,
        label: String,
        protocol: String,
    ) -> Result<DataProducerId, DataError> {
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        if transport.options.data == DataMode::Off {
            return Err(DataError::NoSctp);
        }
        if transport.data_producers.len() >= CHANNELS_MAX {
            return Err(DataError::TooMany(CHANNELS_MAX));
        }
        let stream = parameters.stream_id;
        let taken = |id: &DataProducerId| {
            self.data_producers.get(*id).is_some_and(|producer| producer.parameters.stream_id == stream)
        };
        if stream >= STREAMS_MAX || transport.data_producers.iter().any(taken) {
            return Err(DataError::StreamId(stream));
        }
        let producer = DataProducer { transport: id, parameters, label, protocol, consumers: Vec::new() };
        let key = self.data_producers.insert(producer);
        transport.data_producers.push(key);
        transport.associate(now);
        self.set_timer(id, now);
        Ok(key)
    }

    /// Sends a data channel to a peer.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn consume_data(
        &mut self,
        now: Time,
        id: TransportId,
        producer_id: DataProducerId,
    ) -> Result<DataConsumed, DataError> {
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        let producer = self.data_producers.get_mut(producer_id).ok_or(UnknownId("data producer"))?;
        if transport.options.data == DataMode::Off {
            return Err(DataError::NoSctp);
        }
        if self
            .routers
            .get(transport.router)
            .is_none_or(|router| !router.transports.contains(&producer.transport))
        {
            return Err(DataError::OtherRouter);
        }
        if transport.data_consumers.len() >= CHANNELS_MAX {
            return Err(DataError::TooMany(CHANNELS_MAX));
        }
        let taken: Vec<u16> = transport
            .data_consumers
            .iter()
            .filter_map(|id| self.data_consumers.get(*id))
            .map(|consumer| consumer.parameters.stream_id)
            .collect();
        let free = (0..STREAMS_MAX).find(|stream| !taken.contains(stream));
        let stream_id = free.ok_or(DataError::TooMany(CHANNELS_MAX))?;
        let parameters = SctpStreamParameters { stream_id, ..producer.parameters };
        let consumer = DataConsumer { transport: id, producer: producer_id, parameters };
        let key = self.data_consumers.insert(consumer);
        producer.consumers.push(key);
        transport.data_consumers.push(key);
        transport.associate(now);
        let (label, protocol) = (producer.label.clone(), producer.protocol.clone());
        self.set_timer(id, now);
        Ok(DataConsumed { consumer: key, parameters, label, protocol })
    }

    /// Stops receiving a data channel.
    pub fn close_data_producer(&mut self, now: Time, id: DataProducerId) {
        let Some(producer) = self.data_producers.remove(id) else { return };
        for consumer in producer.consumers {
            self.events.push_back(Event::DataConsumerClosed(consumer));
            self.close_data_consumer(now, consumer);
        }
        if let Some(transport) = self.transports.get_mut(producer.transport) {
            transport.data_producers.retain(|other| *other != id);
            if let Some(data) = &mut transport.data {
                data.close_stream(now, producer.parameters.stream_id);
            }
            self.set_timer(producer.transport, now);
        }
    }

    /// Stops sending a data channel.
    pub fn close_data_consumer(&mut self, now: Time, id: DataConsumerId) {
        let Some(consumer) = self.data_consumers.remove(id) else { return };
        if let Some(producer) = self.data_producers.get_mut(consumer.producer) {
            producer.consumers.retain(|other| *other != id);
        }
        if let Some(transport) = self.transports.get_mut(consumer.transport) {
            transport.data_consumers.retain(|other| *other != id);
            if let Some(data) = &mut transport.data {
                data.close_stream(now, consumer.parameters.stream_id);
            }
            self.set_timer(consumer.transport, now);
        }
    }

    /// Opens a channel in band and gives its stream. DTLS has to be up; messages may be sent at once. Of
    /// `parameters` the stream id is not looked at.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn open_channel(
        &mut self,
        now: Time,
        id: TransportId,
        label: &str,
        parameters: SctpStreamParameters,
    ) -> Result<u16, DataError> {
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        if transport.options.data != DataMode::Announced {
            return Err(DataError::NoSctp);
        }
        if transport.channels.len() >= CHANNELS_MAX {
            return Err(DataError::TooMany(CHANNELS_MAX));
        }
        let data = transport.associate(now).ok_or(DataError::NoSctp)?;
        let opened = data.open(now, label, "", &parameters);
        let stream_id = opened.map_err(|_| DataError::TooMany(CHANNELS_MAX))?;
        transport.channels.insert(stream_id, SctpStreamParameters { stream_id, ..parameters });
        self.set_timer(id, now);
        Ok(stream_id)
    }

    /// Sends a message on an announced channel, as reliably as the channel was opened to.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn send_data(
        &mut self,
        now: Time,
        id: TransportId,
        stream: u16,
        binary: bool,
        payload: &[u8],
    ) -> Result<(), DataError> {
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        let data = transport.data.as_mut().ok_or(DataError::NoSctp)?;
        let parameters = *transport.channels.get(&stream).ok_or(DataError::StreamId(stream))?;
        data.send(now, stream, binary, &parameters, payload).map_err(|_| DataError::StreamId(stream))?;
        self.set_timer(id, now);
        Ok(())
    }

    /// Passes on what SCTP brought, and gives DTLS what SCTP has to send.
    pub(super) fn pump_data(&mut self, now: Time, id: TransportId) {
        loop {
            let Some(data) = self.transports.get_mut(id).and_then(|transport| transport.data.as_mut()) else {
                return;
            };
            let Some(event) = data.poll_event() else { break };
            self.handle_data_event(now, id, event);
        }
        let Some(transport) = self.transports.get_mut(id) else { return };
        let (Some(data), Some(dtls)) = (&mut transport.data, &mut transport.dtls) else { return };
        while let Some(packet) = data.poll_packet() {
            if dtls.send(&packet).is_err() {
                return;
            }
        }
    }

    fn handle_data_event(&mut self, now: Time, id: TransportId, event: DataEvent) {
        match event {
            DataEvent::Message { stream, binary, payload } => {
                self.pass_message(now, id, stream, binary, payload)
            }
            DataEvent::Opened { stream, label, parameters, .. } => {
                if let Some(transport) = self.transports.get_mut(id) {
                    let parameters = SctpStreamParameters { stream_id: stream, ..parameters };
                    transport.channels.insert(stream, parameters);
                }
                self.events.push_back(Event::DataChannelOpened { transport: id, stream, label });
            }
            DataEvent::StreamClosed { stream } => {
                if let Some(transport) = self.transports.get_mut(id) {
                    transport.channels.remove(&stream);
                }
            }
            DataEvent::Closed(CloseReason::Violation(_)) => {
                self.stats.dropped.over_limit += 1;
                self.close_channels(now, id);
            }
            _ => {}
        }
    }

    /// Closes all data channels of a peer that went beyond a limit, and tells of it. Its media goes on.
    fn close_channels(&mut self, now: Time, id: TransportId) {
        let Some(transport) = self.transports.get(id) else { return };
        let (producers, consumers) = (transport.data_producers.clone(), transport.data_consumers.clone());
        for producer in producers {
            self.events.push_back(Event::DataProducerClosed(producer));
            self.close_data_producer(now, producer);
        }
        for consumer in consumers {
            self.events.push_back(Event::DataConsumerClosed(consumer));
            self.close_data_consumer(now, consumer);
        }
    }

    fn pass_message(&mut self, now: Time, id: TransportId, stream: u16, binary: bool, payload: Vec<u8>) {
        let Some(transport) = self.transports.get(id) else { return };
        if transport.options.data == DataMode::Announced {
            self.events.push_back(Event::DataChannelMessage { transport: id, stream, binary, payload });
            return;
        }
        let producer = transport
            .data_producers
            .iter()
            .filter_map(|id| self.data_producers.get(*id))
            .find(|producer| producer.parameters.stream_id == stream);
        for consumer in producer.map(|producer| producer.consumers.clone()).unwrap_or_default() {
            let Some(consumer) = self.data_consumers.get(consumer) else { continue };
            let Some(to) = self.transports.get_mut(consumer.transport) else { continue };
            let Some(data) = &mut to.data else { continue };
            let parameters = consumer.parameters;
            if data.send(now, parameters.stream_id, binary, &parameters, &payload).is_err() {
                self.stats.data_messages_dropped += 1;
            }
            let at = consumer.transport;
            self.set_timer(at, now);
        }
    }
}
