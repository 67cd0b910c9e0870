//! What an owner asks of the engine, as values.

use crate::{dtls::Identity, send::Layers};
use rtc_types::{
    MediaKind,
    ortc::{
        DtlsParameters, IceParameters, ProducerType, RtpCapabilities, RtpParameters, SctpParameters,
        SctpStreamParameters,
    },
};
use std::{sync::Arc, time::Duration};

slotmap::new_key_type! {
    /// A room's media: its producers can be consumed by its transports.
    pub struct RouterId;
    /// One peer connection: ICE, DTLS, SRTP, SCTP.
    pub struct TransportId;
    /// A track that a peer sends us.
    pub struct ProducerId;
    /// A track that we send to a peer.
    pub struct ConsumerId;
    /// A data channel that a peer sends on.
    pub struct DataProducerId;
    /// A data channel that we send on.
    pub struct DataConsumerId;
}

/// What an engine is made with.
#[derive(Clone)]
#[allow(
    clippy::disallowed_types,
    reason = "the DTLS library takes moments of the system's clock; this one is given by the owner"
)]
pub struct EngineConfig {
    /// Whence SSRCs, ICE credentials and the like are drawn.
    pub seed: [u8; 32],
    /// The wall clock at [`crate::Time::ZERO`], since the Unix epoch: for sender reports.
    pub unix_epoch: Duration,
    /// The monotonic clock at [`crate::Time::ZERO`]: for the DTLS and SCTP libraries.
    pub instant_epoch: std::time::Instant,
    /// The process's certificate.
    pub identity: Arc<Identity>,
    /// How long a transport may be without an authenticated ICE check.
    pub consent_timeout: Duration,
}

/// How a transport is made.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// Whether it carries data channels, and who names their streams.
    pub data: DataMode,
    /// bit/s that are assumed before anything was measured; 0: 600,000.
    pub initial_bitrate: u64,
    /// bit/s towards the peer at most; 0: no limit.
    pub bitrate_max: u64,
}

/// Whether a transport carries data channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataMode {
    /// No SCTP.
    #[default]
    Off,
    /// Channels with stream ids agreed by signaling (ORTC data producers and consumers).
    Negotiated,
    /// Channels that the peer opens in band (RFC 8832); their messages are reported as events.
    Announced,
}

/// What a peer is told of a new transport. The candidates are the owner's to add: it has the sockets.
#[derive(Clone, Debug)]
pub struct TransportCreated {
    /// Its name.
    pub transport: TransportId,
    /// Our ICE credentials.
    pub ice: IceParameters,
    /// Our certificate's fingerprint.
    pub dtls: DtlsParameters,
    /// Where it carries data channels.
    pub sctp: Option<SctpParameters>,
}

/// A track to be received.
#[derive(Clone, Debug)]
pub struct ProduceOptions {
    /// Audio or video.
    pub kind: MediaKind,
    /// As the sender sends it.
    pub parameters: RtpParameters,
    /// Whether nothing of it is forwarded yet.
    pub paused: bool,
    /// Whether it is a screen share: served before cameras when bandwidth is short.
    pub screen: bool,
}

/// A track that is now received.
#[derive(Clone, Debug)]
pub struct Produced {
    /// Its name.
    pub producer: ProducerId,
    /// How its streams relate.
    pub kind: ProducerType,
    /// An older producer that had the same mid or SSRC and was closed for it (its consumers have
    /// [`super::Event::ConsumerClosed`]).
    pub replaced: Option<ProducerId>,
}

/// A track to be sent.
#[derive(Clone, Debug)]
pub struct ConsumeOptions {
    /// Which.
    pub producer: ProducerId,
    /// What the receiver can take.
    pub capabilities: RtpCapabilities,
    /// Whether nothing is sent until [`super::Engine::resume_consumer`].
    pub paused: bool,
    /// The media section's id; `None`: counted "0", "1", … within the transport.
    pub mid: Option<String>,
}

/// A track that is now sent.
#[derive(Clone, Debug)]
pub struct Consumed {
    /// Its name.
    pub consumer: ConsumerId,
    /// How it is sent.
    pub parameters: RtpParameters,
    /// How the producer's streams relate.
    pub kind: ProducerType,
    /// Whether the producer is paused.
    pub producer_paused: bool,
}

/// A data channel towards a peer.
#[derive(Clone, Debug)]
pub struct DataConsumed {
    /// Its name.
    pub consumer: DataConsumerId,
    /// How it is sent; the stream id is ours to choose.
    pub parameters: SctpStreamParameters,
    /// As the producer named it.
    pub label: String,
    /// As the producer named it.
    pub protocol: String,
}

/// Which layers a receiver would have, at most.
pub type PreferredLayers = Layers;

/// The size at which a receiver shows a video, in CSS pixels times the device's pixel ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisibleSize {
    /// Pixels; 0 with height 0: not shown at all.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}
