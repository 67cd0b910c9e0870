//! What a seat's surface is told of media, in domain terms.

use rtc_sfu::{TransportFailure, send::Layers};
use rtc_types::{Json, MediaKind, PeerInfo};
use std::sync::Arc;

/// A track that somebody in the room publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerView {
    /// Its public name.
    pub id: Arc<str>,
    /// Whose.
    pub peer: PeerInfo,
    /// Audio or video.
    pub kind: MediaKind,
    /// `microphone`, `camera`, `screen`, …
    pub source: Arc<str>,
    /// What the publisher attached: an object.
    pub app_data: Option<Json>,
    /// Whether nothing of it is forwarded now: paused by its owner, or muted by a host.
    pub paused: bool,
}

/// A data channel that somebody in the room publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataProducerView {
    /// Its public name.
    pub id: Arc<str>,
    /// Whose.
    pub peer: PeerInfo,
    /// As its owner named it.
    pub label: Arc<str>,
    /// As its owner named it.
    pub protocol: Arc<str>,
    /// What the publisher attached: an object.
    pub app_data: Option<Json>,
}

/// Something about media for one seat. It is not kept for a seat whose connection is down: after a resume,
/// ask [`super::PeerMedia::producers`] again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaNotice {
    /// Another peer publishes a track.
    ProducerAdded(Arc<ProducerView>),
    /// A track is gone. Also to its owner where the server ended it.
    ProducerClosed {
        /// Which.
        producer: Arc<str>,
        /// Whose.
        peer: PeerInfo,
    },
    /// Another peer's track was paused or resumed.
    ProducerPaused {
        /// Which.
        producer: Arc<str>,
        /// Whose.
        peer: PeerInfo,
        /// Now.
        paused: bool,
    },
    /// Which spatial layers of the receiver's own track anybody looks at (dynacast): bit 0 is the lowest,
    /// 0 is none.
    LayersWanted {
        /// Which.
        producer: Arc<str>,
        /// One bit a layer.
        mask: u8,
    },
    /// A track that the receiver consumed is gone.
    ConsumerClosed {
        /// Which.
        consumer: Arc<str>,
        /// Of which producer.
        producer: Arc<str>,
    },
    /// Other layers are sent to the receiver now; `None`: nothing for now.
    ConsumerLayers {
        /// Which.
        consumer: Arc<str>,
        /// Now.
        layers: Option<Layers>,
    },
    /// The quality of a track that the receiver consumes.
    ConsumerScore {
        /// Which.
        consumer: Arc<str>,
        /// 0 (bad) – 10 (good), of the way to the receiver.
        score: u8,
        /// 0–10, of the producer's best stream.
        producer_score: u8,
    },
    /// Another peer publishes a data channel.
    DataProducerAdded(Arc<DataProducerView>),
    /// A data channel is gone.
    DataProducerClosed {
        /// Which.
        producer: Arc<str>,
        /// Whose.
        peer: PeerInfo,
    },
    /// A data channel that the receiver consumed is gone.
    DataConsumerClosed {
        /// Which.
        consumer: Arc<str>,
        /// Of which data producer.
        producer: Arc<str>,
    },
    /// One of the receiver's transports is up.
    TransportConnected {
        /// Which.
        transport: Arc<str>,
    },
    /// One of the receiver's transports is gone, with its producers and consumers: make a new one.
    TransportClosed {
        /// Which.
        transport: Arc<str>,
        /// Why.
        reason: TransportFailure,
    },
    /// The receiver opened a channel in band, on a transport with [`rtc_sfu::DataMode::Announced`].
    ChannelOpened {
        /// On which transport.
        transport: Arc<str>,
        /// The SCTP stream.
        stream: u16,
        /// Its label.
        label: Arc<str>,
    },
    /// The receiver sent a message on a channel that it opened in band.
    ChannelMessage {
        /// On which transport.
        transport: Arc<str>,
        /// The SCTP stream.
        stream: u16,
        /// Whether it is binary, else UTF-8 text.
        binary: bool,
        /// The message.
        payload: Arc<[u8]>,
    },
    /// Who speaks now; `None`: nobody.
    ActiveSpeaker(Option<Arc<ProducerView>>),
    /// The quality of a peer's ways from and to the server, the worst of them: 1 (poor) – 5 (excellent).
    NetworkQuality {
        /// Whose.
        peer: PeerInfo,
        /// 1–5.
        quality: u8,
    },
    /// The worker that had the room died: all transports, producers and consumers in the room are gone.
    /// Make new ones.
    WorkerDied,
}

impl MediaNotice {
    /// Whose media it is about, where it is about one peer's that others are told of.
    pub(crate) fn peer(&self) -> Option<&PeerInfo> {
        match self {
            Self::ProducerAdded(view) | Self::ActiveSpeaker(Some(view)) => Some(&view.peer),
            Self::DataProducerAdded(view) => Some(&view.peer),
            Self::ProducerClosed { peer, .. }
            | Self::ProducerPaused { peer, .. }
            | Self::DataProducerClosed { peer, .. }
            | Self::NetworkQuality { peer, .. } => Some(peer),
            _ => None,
        }
    }
}
