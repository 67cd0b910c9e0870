//! Commands on producers and consumers.

use super::{
    ConsumeError, ConsumeOptions, Consumed, ConsumerId, Engine, Event, ProduceError, ProduceOptions,
    Produced, ProducerId, TransportId, UnknownId, VisibleSize,
    producer::{PayloadRoute, Producer, Stream},
    transport::{Route, Transport},
};
use crate::{
    Time,
    codec::{Codec, DescriptorReader},
    ortc::{self, Numbers, ProducerMapping},
    receive::{NackGenerator, StreamReceiver},
    send::{
        Layers,
        consumer::{Consumer, ConsumerSetup, Rtx},
        packet::{ExtensionIds, MidElement},
        store::PacketStore,
    },
};
use rtc_types::{
    MediaKind,
    ortc::{ProducerType, RtpCodecParameters, RtpParameters},
};

/// Tracks that one peer connection may send us.
const PRODUCERS_MAX: usize = 32;
/// Tracks that one peer connection may be sent.
const CONSUMERS_MAX: usize = 2000;

impl Engine {
    /// Receives a track.
    ///
    /// # Errors
    /// See [`ProduceError`].
    pub fn produce(
        &mut self,
        now: Time,
        id: TransportId,
        options: ProduceOptions,
    ) -> Result<Produced, ProduceError> {
        let transport = self.transports.get(id).ok_or(UnknownId("transport"))?;
        let parameters = &options.parameters;
        let capabilities = ortc::router_capabilities();
        let mapping = ortc::validate_producer(options.kind, parameters, capabilities)?;
        let replaced = self.taken_by(transport, parameters);
        if transport.producers.len() >= PRODUCERS_MAX + usize::from(replaced.is_some()) {
            return Err(ProduceError::TooMany(PRODUCERS_MAX));
        }
        let mut consumable = ortc::consumable_parameters(options.kind, parameters, capabilities, &mapping);
        if let Some(replaced) = replaced {
            self.events.push_back(Event::ProducerClosed(replaced));
            self.close_producer(now, replaced);
        }
        consumable.rtcp.cname = self.cname(id, consumable.rtcp.cname.take());
        let producer = new_producer(id, &options, &mapping, consumable);
        let kind = producer.kind;
        let routes = signalled_routes(&producer);
        let extensions = producer.extensions;
        let key = self.producers.insert(producer);
        if let Some(transport) = self.transports.get_mut(id) {
            transport.producers.push(key);
            transport.extensions.merge(&extensions);
            transport.routes.extend(routes.into_iter().map(|route| Route { producer: key, ..route }));
        }
        Ok(Produced { producer: key, kind, replaced })
    }

    /// What all tracks of a peer are told to belong together by, so that they are played in step. Clients leave
    /// it empty for some of their tracks: the first one's holds for all, or one of ours.
    fn cname(&mut self, id: TransportId, given: Option<String>) -> Option<String> {
        let ours = self.random.u64();
        let known = &mut self.transports.get_mut(id)?.cname;
        let given = given.filter(|given| !given.is_empty());
        Some(known.get_or_insert_with(|| given.unwrap_or_else(|| format!("{ours:016x}"))).clone())
    }

    /// A producer of the transport that has the same media id or SSRC. Browsers use media ids again, and the
    /// clients that we serve need not say that they closed a track.
    fn taken_by(&self, transport: &Transport, parameters: &RtpParameters) -> Option<ProducerId> {
        let same = |producer: &Producer| {
            let mid = parameters.mid.is_some() && producer.mid == parameters.mid;
            let ssrc = parameters.encodings.iter().filter_map(|encoding| encoding.ssrc).any(|ssrc| {
                producer
                    .streams
                    .iter()
                    .any(|stream| stream.ssrc == Some(ssrc) || stream.rtx_ssrc == Some(ssrc))
            });
            mid || ssrc
        };
        transport.producers.iter().copied().find(|id| self.producers.get(*id).is_some_and(same))
    }

    /// Stops receiving a track.
    pub fn close_producer(&mut self, now: Time, id: ProducerId) {
        let Some(producer) = self.producers.remove(id) else { return };
        for consumer in &producer.consumers {
            self.events.push_back(Event::ConsumerClosed(*consumer));
            self.close_consumer(now, *consumer);
        }
        let Some(transport) = self.transports.get_mut(producer.transport) else { return };
        transport.producers.retain(|other| *other != id);
        transport.routes.retain(|route| route.producer != id);
        let router = transport.router;
        if let Some(Some(speaker)) = self.routers.get_mut(router).map(|router| router.speakers.remove(id)) {
            self.events.push_back(Event::ActiveSpeaker { router, producer: speaker });
        }
    }

    /// Pauses or resumes forwarding of a track, for all.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_producer_paused(&mut self, now: Time, id: ProducerId, paused: bool) -> Result<(), UnknownId> {
        let producer = self.producers.get_mut(id).ok_or(UnknownId("producer"))?;
        if producer.paused == paused {
            return Ok(());
        }
        producer.paused = paused;
        for consumer in producer.consumers.clone() {
            if let Some(consumer) = self.consumers.get_mut(consumer) {
                consumer.producer_paused = paused;
                consumer.selector.restart();
            }
            self.reconsider(now, consumer);
        }
        Ok(())
    }

    /// Sends a track to a peer that takes the router's numbers.
    ///
    /// # Errors
    /// See [`ConsumeError`].
    pub fn consume(
        &mut self,
        now: Time,
        id: TransportId,
        options: ConsumeOptions,
    ) -> Result<Consumed, ConsumeError> {
        self.send_track(now, id, options, None)
    }

    /// [`Self::consume`] for a peer that makes the offers and therefore has numbers of its own. The parameters
    /// that come back are in the router's.
    ///
    /// # Errors
    /// See [`ConsumeError`].
    pub fn consume_numbered(
        &mut self,
        now: Time,
        id: TransportId,
        options: ConsumeOptions,
        numbers: Numbers,
    ) -> Result<Consumed, ConsumeError> {
        self.send_track(now, id, options, Some(Box::new(numbers)))
    }

    fn send_track(
        &mut self,
        now: Time,
        id: TransportId,
        options: ConsumeOptions,
        numbers: Option<Box<Numbers>>,
    ) -> Result<Consumed, ConsumeError> {
        let transport = self.transports.get_mut(id).ok_or(UnknownId("transport"))?;
        let producer = self.producers.get_mut(options.producer).ok_or(UnknownId("producer"))?;
        if self
            .routers
            .get(transport.router)
            .is_none_or(|router| !router.transports.contains(&producer.transport))
        {
            return Err(ConsumeError::OtherRouter);
        }
        if transport.consumers.len() >= CONSUMERS_MAX {
            return Err(ConsumeError::TooMany(CONSUMERS_MAX));
        }
        if !ortc::can_consume(&producer.consumable, &options.capabilities)? {
            return Err(ConsumeError::CannotConsume);
        }
        let (ssrc, first) = (transport.new_ssrc(), self.random.u64() & 0x3fff);
        let mid = options.mid.unwrap_or_else(|| {
            transport.next_mid += 1;
            (transport.next_mid - 1).to_string()
        });
        let parameters =
            ortc::consumer_parameters(&producer.consumable, &options.capabilities, ssrc, ssrc + 1, &mid)?;
        let setup = ConsumerSetup {
            transport: id,
            producer: options.producer,
            kind: producer.kind,
            video: producer.video,
            vp8: producer.codec == Codec::Vp8,
            clock_rate: producer.clock_rate,
            ssrc,
            rtx: rtx_of(&parameters, first),
            nack: parameters.codecs.iter().any(|codec| has_feedback(codec, "nack", "")),
            mid: MidElement::new(&mid),
            cname: parameters.rtcp.cname.clone().unwrap_or_default(),
            first_number: first,
            paused: options.paused,
            best: producer.best,
            numbers,
        };
        let mut consumer = Consumer::new(setup);
        consumer.producer_paused = producer.paused;
        let rtx = consumer.rtx;
        let wide = producer.video
            && parameters.header_extensions.iter().any(|ext| ext.uri == crate::rtp::uri::TRANSPORT_CC);
        let key = self.consumers.insert(consumer);
        producer.consumers.push(key);
        transport.consumers.push(key);
        transport.by_ssrc.insert(ssrc, (key, false));
        if let Some(rtx) = rtx {
            transport.by_ssrc.insert(rtx.ssrc, (key, true));
        }
        if wide {
            transport.estimate();
        }
        let (kind, producer_paused) = (producer.kind, producer.paused);
        self.reconsider(now, key);
        Ok(Consumed { consumer: key, parameters, kind, producer_paused })
    }

    /// Stops sending a track.
    pub fn close_consumer(&mut self, now: Time, id: ConsumerId) {
        let Some(consumer) = self.consumers.remove(id) else { return };
        if let Some(transport) = self.transports.get_mut(consumer.transport) {
            transport.consumers.retain(|other| *other != id);
            transport.by_ssrc.retain(|_, (other, _)| *other != id);
            transport.egress.queue.remove(id, |_| {});
            transport.allocate_at = now;
        }
        if let Some(producer) = self.producers.get_mut(consumer.producer) {
            producer.consumers.retain(|other| *other != id);
        }
        self.weigh_layers(now, consumer.producer);
        self.arm(consumer.transport);
    }

    /// Pauses or resumes a track towards one peer; a resumed video begins with a key frame.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_consumer_paused(&mut self, now: Time, id: ConsumerId, paused: bool) -> Result<(), UnknownId> {
        let consumer = self.consumers.get_mut(id).ok_or(UnknownId("consumer"))?;
        if consumer.paused != paused {
            consumer.paused = paused;
            consumer.selector.restart();
        }
        self.reconsider(now, id);
        Ok(())
    }

    /// The layers to send at most; `None`: the best.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_preferred_layers(
        &mut self,
        now: Time,
        id: ConsumerId,
        layers: Option<Layers>,
    ) -> Result<(), UnknownId> {
        self.consumers.get_mut(id).ok_or(UnknownId("consumer"))?.preferred = layers;
        self.reconsider(now, id);
        Ok(())
    }

    /// The size at which the receiver shows the video; 0 × 0 pauses it.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn set_visible_size(
        &mut self,
        now: Time,
        id: ConsumerId,
        size: VisibleSize,
    ) -> Result<(), UnknownId> {
        self.consumers.get_mut(id).ok_or(UnknownId("consumer"))?.visible = Some(size);
        self.reconsider(now, id);
        Ok(())
    }

    /// Asks the producer for a key frame, merged with others' requests.
    ///
    /// # Errors
    /// See [`UnknownId`].
    pub fn request_key_frame(&mut self, _now: Time, id: ConsumerId) -> Result<(), UnknownId> {
        let consumer = self.consumers.get(id).ok_or(UnknownId("consumer"))?;
        let layer = consumer.selector.current().or(consumer.selector.target()).unwrap_or_default();
        self.want_key_frame(consumer.producer, layer.spatial);
        Ok(())
    }
}

fn new_producer(
    transport: TransportId,
    options: &ProduceOptions,
    mapping: &ProducerMapping,
    consumable: RtpParameters,
) -> Producer {
    let parameters = &options.parameters;
    let video = options.kind == MediaKind::Video;
    let payloads: Vec<PayloadRoute> = mapping
        .payload_types
        .iter()
        .map(|codec| PayloadRoute {
            from: codec.payload_type,
            to: codec.router_payload_type,
            codec: Codec::from_mime(&codec.mime),
            rtx_of: codec.apt,
        })
        .collect();
    let first = consumable.codecs.first();
    let clock_rate = first.map_or(90_000, |codec| codec.clock_rate);
    let fed = |kind: &str, parameter: &str| first.is_some_and(|codec| has_feedback(codec, kind, parameter));
    Producer {
        transport,
        video,
        screen: options.screen,
        kind: ortc::producer_type(parameters),
        codec: first.map_or(Codec::Opus, |codec| Codec::from_mime(&codec.mime_type)),
        clock_rate,
        paused: options.paused,
        mid: parameters.mid.clone(),
        extensions: ExtensionIds::of(&parameters.header_extensions),
        payloads,
        best: best_layers(parameters),
        streams: mapping
            .encodings
            .iter()
            .map(|encoding| {
                new_stream(encoding.ssrc, encoding.rtx_ssrc, encoding.rid.clone(), clock_rate, video)
            })
            .collect(),
        consumers: Vec::new(),
        dirty: false,
        pli: fed("nack", "pli"),
        fir: fed("ccm", "fir"),
        nack: parameters.codecs.iter().any(|codec| has_feedback(codec, "nack", "")),
        fir_number: 0,
        key_frame_requests: 0,
        wanted_mask: u8::MAX,
        unwanted_since: None,
        consumable,
    }
}

fn new_stream(
    ssrc: Option<u32>,
    rtx: Option<u32>,
    rid: Option<String>,
    clock_rate: u32,
    video: bool,
) -> Stream {
    Stream {
        ssrc,
        rtx_ssrc: rtx,
        rid,
        receiver: StreamReceiver::new(clock_rate),
        nack: NackGenerator::new(),
        store: if video { PacketStore::for_video() } else { PacketStore::for_audio() },
        rates: Vec::new(),
        sizes: Default::default(),
        key_frames: 0,
        nacks_sent: 0,
        retransmitted: 0,
        asked_at: None,
        asks: 0,
        descriptors: DescriptorReader::default(),
        key_frame_wanted: false,
        pending: Vec::new(),
    }
}

fn signalled_routes(producer: &Producer) -> Vec<Route> {
    let mut routes = Vec::new();
    for (index, stream) in producer.streams.iter().enumerate() {
        for (ssrc, rtx) in [(stream.ssrc, false), (stream.rtx_ssrc, true)] {
            if let Some(ssrc) = ssrc {
                routes.push(Route { ssrc, producer: ProducerId::default(), stream: index as u8, rtx });
            }
        }
    }
    routes
}

/// The best layers that a track can have by its parameters.
fn best_layers(parameters: &RtpParameters) -> Layers {
    let modes = parameters.encodings.iter().map(|encoding| {
        encoding.scalability_mode.as_deref().map_or((1, 1), |mode| {
            let mode = ortc::parse_scalability_mode(mode);
            (mode.spatial, mode.temporal)
        })
    });
    let (spatial, temporal) = modes.fold((1, 1), |best, mode| (best.0.max(mode.0), best.1.max(mode.1)));
    let spatial = if ortc::producer_type(parameters) == ProducerType::Simulcast {
        parameters.encodings.len() as u8
    } else {
        spatial
    };
    // Layers are judged as they come: a codec may have temporal layers that signaling does not tell of.
    Layers { spatial: spatial.max(1) - 1, temporal: if temporal > 1 { temporal - 1 } else { 3 } }
}

fn has_feedback(codec: &RtpCodecParameters, kind: &str, parameter: &str) -> bool {
    codec.rtcp_feedback.iter().any(|feedback| feedback.kind == kind && feedback.parameter == parameter)
}

fn rtx_of(parameters: &RtpParameters, first: u64) -> Option<Rtx> {
    let ssrc = parameters.encodings.first()?.rtx?.ssrc;
    let codec =
        parameters.codecs.iter().find(|codec| codec.mime_type.to_ascii_lowercase().ends_with("/rtx"))?;
    Some(Rtx { ssrc, payload_type: codec.payload_type, next: first })
}
