//! Peers of another implementation send to each other through a worker: ICE, DTLS, SRTP and forwarding over
//! real sockets.
#![allow(missing_docs)]

mod client;

use client::Client;
use rtc_media::{Media, MediaConfig, Notice, WorkerHandle};
use rtc_sfu::{
    ConsumeOptions, Consumed, Engine, Event, ProduceOptions, ProducerId, RouterId, TransportCreated,
    TransportOptions, dtls::Identity,
};
use rtc_types::{
    MediaKind,
    ortc::{RtpCodecParameters, RtpEncodingParameters, RtpParameters},
};
use std::{net::Ipv4Addr, sync::Arc};
use str0m::net::Protocol;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const SSRC: u32 = 4711;
const OPUS: u8 = 111;

struct Rig {
    _media: Media,
    worker: WorkerHandle,
    router: RouterId,
    notices: UnboundedReceiver<Notice>,
}

impl Rig {
    async fn new() -> Self {
        str0m::crypto::from_feature_flags().install_process_default();
        let config =
            MediaConfig { workers: 1, listen: vec![Ipv4Addr::LOCALHOST.into()], ..MediaConfig::default() };
        let (sender, notices) = unbounded_channel();
        let identity = Arc::new(Identity::generate().expect("a certificate"));
        let media = Media::start(&config, identity, sender).expect("workers");
        let worker = media.worker_least_loaded();
        let router = worker.call(|engine, _| engine.create_router()).await.expect("alive");
        Self { _media: media, worker, router, notices }
    }

    async fn transport(&self) -> TransportCreated {
        let router = self.router;
        let create =
            move |engine: &mut Engine, now| engine.create_transport(now, router, TransportOptions::default());
        self.worker.call(create).await.expect("alive").expect("a transport")
    }

    /// Connects a client to a transport.
    async fn connect(&mut self, client: &mut Client, created: &TransportCreated) {
        let (transport, dtls) = (created.transport, client.dtls());
        let connect = move |engine: &mut Engine, now| engine.connect_transport(now, transport, &dtls);
        self.worker.call(connect).await.expect("alive").expect("connecting");
        tokio::task::block_in_place(|| client.connect(&created.ice, &created.dtls));
        loop {
            let Some(Notice::Event { event, .. }) = self.notices.recv().await else { panic!("no notice") };
            if event == Event::TransportConnected(transport) {
                return;
            }
        }
    }

    /// Receives an Opus track on a transport.
    async fn produce(&self, created: &TransportCreated) -> ProducerId {
        let transport = created.transport;
        let codec = RtpCodecParameters {
            mime_type: "audio/opus".to_owned(),
            payload_type: OPUS,
            clock_rate: 48_000,
            channels: Some(2),
            parameters: Default::default(),
            rtcp_feedback: Vec::new(),
        };
        let parameters = RtpParameters {
            mid: Some("0".to_owned()),
            codecs: vec![codec],
            encodings: vec![RtpEncodingParameters { ssrc: Some(SSRC), ..Default::default() }],
            ..Default::default()
        };
        let options = ProduceOptions { kind: MediaKind::Audio, parameters, paused: false, screen: false };
        let produced = self.worker.call(move |engine, now| engine.produce(now, transport, options)).await;
        produced.expect("alive").expect("a producer").producer
    }

    /// Sends a track on a transport.
    async fn consume(&self, created: &TransportCreated, producer: ProducerId) -> Consumed {
        let transport = created.transport;
        let capabilities = Engine::router_capabilities().clone();
        let options = ConsumeOptions { producer, capabilities, paused: false, mid: None };
        let consumed = self.worker.call(move |engine, now| engine.consume(now, transport, options)).await;
        consumed.expect("alive").expect("a consumer")
    }
}

/// A publisher and a subscriber connect, and the subscriber gets what the publisher sends.
async fn forward(publish_over: Protocol, subscribe_over: Protocol) {
    let mut rig = Rig::new().await;
    let candidates = rig.worker.candidates();
    let (to_us, from_us) = (rig.transport().await, rig.transport().await);
    let producer = rig.produce(&to_us).await;
    let consumed = rig.consume(&from_us, producer).await;

    let mut publisher = Client::new(publish_over, &candidates, OPUS);
    rig.connect(&mut publisher, &to_us).await;
    publisher.send("0", SSRC);
    let mut subscriber = Client::new(subscribe_over, &candidates, consumed.parameters.codecs[0].payload_type);
    rig.connect(&mut subscriber, &from_us).await;
    subscriber.expect(&consumed.parameters);

    let payloads: Vec<Vec<u8>> = (0..50_u8).map(|index| vec![index; 20 + usize::from(index)]).collect();
    for (payload, sequence) in payloads.iter().zip(1000..) {
        publisher.write(SSRC, sequence, payload);
    }
    let received = tokio::task::block_in_place(|| subscriber.read(payloads.len()));
    assert_eq!(received, payloads);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audio_is_forwarded_over_udp() {
    forward(Protocol::Udp, Protocol::Udp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_on_tcp_is_heard_on_udp() {
    forward(Protocol::Tcp, Protocol::Udp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_on_tcp_hears_a_publisher_on_udp() {
    forward(Protocol::Udp, Protocol::Tcp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_may_be_on_tcp() {
    forward(Protocol::Tcp, Protocol::Tcp).await;
}
