//! What the server says by itself, as events of calls.

use crate::render;
use rtc_app::{Content, DataProducerView, MediaNotice, ProducerView, RoomMessage, TransportFailure};
use rtc_types::PeerInfo;
use rtc_wire::socketio::sfu::{
    ActiveSpeaker, CallInfo, ClosedTransport, ConsumerClosed, ConsumerLayers, ConsumerScore,
    DataConsumerClosed, DataProducer, DataProducerRef, NetworkQuality, Peer, Producer, ProducerRef, Score,
};
use socketioxide::{SendError, socket::Socket};

/// One message of the room.
pub(crate) fn message(socket: &Socket, call_id: &str, message: &RoomMessage) -> Result<(), SendError> {
    match message {
        RoomMessage::PeerJoined { peer: who, .. } => socket.emit("peerJoined", &peer(who)),
        RoomMessage::PeerLeft { peer: who, .. } => socket.emit("peerLeft", &peer(who)),
        RoomMessage::Muted { peer, kind, muted, .. } => render::mute(socket, call_id, peer, *kind, *muted),
        RoomMessage::Relayed { from, content: Content::Data(payload), .. } => {
            render::data(socket, call_id, payload, from)
        }
        // Peers of a call negotiate with the server, not with one another.
        RoomMessage::Relayed { content: Content::Signal(_), .. } => Ok(()),
    }
}

/// Something about media.
pub(crate) fn notice(socket: &Socket, call_id: &str, notice: &MediaNotice) -> Result<(), SendError> {
    match notice {
        MediaNotice::ProducerAdded(view) => socket.emit("newProducer", &producer(view)),
        MediaNotice::ProducerClosed { producer, peer } => {
            socket.emit("producerClosed", &producer_ref(producer, peer))
        }
        MediaNotice::ProducerPaused { producer, peer, paused } => {
            let event = if *paused { "producerPaused" } else { "producerResumed" };
            socket.emit(event, &producer_ref(producer, peer))
        }
        MediaNotice::ConsumerClosed { consumer, producer } => {
            socket.emit("consumerClosed", &ConsumerClosed { consumer_id: consumer, producer_id: producer })
        }
        MediaNotice::ConsumerLayers { consumer, layers } => {
            let event = ConsumerLayers {
                consumer_id: consumer,
                spatial_layer: layers.map(|layers| layers.spatial),
                temporal_layer: layers.map(|layers| layers.temporal),
            };
            socket.emit("consumerLayersChanged", &event)
        }
        MediaNotice::ConsumerScore { consumer, score, producer_score } => {
            let score = Score { score: *score, producer_score: *producer_score };
            socket.emit("consumerScore", &ConsumerScore { consumer_id: consumer, score })
        }
        MediaNotice::TransportClosed { transport, reason } => {
            let event = ClosedTransport { transport_id: transport, reason: words(*reason) };
            socket.emit("transportClosed", &event)
        }
        MediaNotice::ActiveSpeaker(speaker) => socket.emit("activeSpeaker", &active(speaker.as_deref())),
        MediaNotice::NetworkQuality { peer, quality } => {
            let (peer_id, user_id) = (peer.seat.as_str(), peer.user_id.as_str());
            socket.emit("networkQuality", &NetworkQuality { peer_id, user_id, quality: *quality })
        }
        MediaNotice::WorkerDied => socket.emit("workerDied", &CallInfo { call_id }),
        MediaNotice::DataProducerAdded(_)
        | MediaNotice::DataProducerClosed { .. }
        | MediaNotice::DataConsumerClosed { .. } => data_notice(socket, notice),
        // A client sees its own transports come up; it has no part in dynacast; and its data channels are
        // agreed by events, not opened in band.
        MediaNotice::TransportConnected { .. }
        | MediaNotice::LayersWanted { .. }
        | MediaNotice::ChannelOpened { .. }
        | MediaNotice::ChannelMessage { .. } => Ok(()),
    }
}

fn data_notice(socket: &Socket, notice: &MediaNotice) -> Result<(), SendError> {
    match notice {
        MediaNotice::DataProducerAdded(view) => socket.emit("newDataProducer", &data_producer(view)),
        MediaNotice::DataProducerClosed { producer, peer } => {
            let (peer_id, user_id) = (peer.seat.as_str(), peer.user_id.as_str());
            let event = DataProducerRef { data_producer_id: producer, peer_id, user_id };
            socket.emit("dataProducerClosed", &event)
        }
        MediaNotice::DataConsumerClosed { consumer, producer } => {
            let event = DataConsumerClosed { data_consumer_id: consumer, data_producer_id: producer };
            socket.emit("dataConsumerClosed", &event)
        }
        _ => Ok(()),
    }
}

/// Somebody in a call.
pub(super) fn peer(peer: &PeerInfo) -> Peer {
    Peer { peer_id: peer.seat.to_string(), user_id: peer.user_id.to_string() }
}

/// Somebody's track.
pub(super) fn producer(view: &ProducerView) -> Producer {
    Producer {
        producer_id: view.id.to_string(),
        peer_id: view.peer.seat.to_string(),
        user_id: view.peer.user_id.to_string(),
        kind: view.kind,
        app_data: view.app_data.clone(),
        paused: view.paused,
    }
}

/// Somebody's data channel.
pub(super) fn data_producer(view: &DataProducerView) -> DataProducer {
    DataProducer {
        data_producer_id: view.id.to_string(),
        peer_id: view.peer.seat.to_string(),
        user_id: view.peer.user_id.to_string(),
        label: view.label.to_string(),
        protocol: view.protocol.to_string(),
        app_data: view.app_data.clone(),
    }
}

fn producer_ref<'a>(producer_id: &'a str, peer: &'a PeerInfo) -> ProducerRef<'a> {
    ProducerRef { producer_id, peer_id: peer.seat.as_str(), user_id: peer.user_id.as_str() }
}

fn active(speaker: Option<&ProducerView>) -> ActiveSpeaker<'_> {
    ActiveSpeaker {
        peer_id: speaker.map(|view| view.peer.seat.as_str()),
        user_id: speaker.map(|view| view.peer.user_id.as_str()),
        producer_id: speaker.map(|view| &*view.id),
    }
}

fn words(reason: TransportFailure) -> &'static str {
    match reason {
        TransportFailure::ConsentLost => "the client was not heard of for too long",
        TransportFailure::NeverConnected => "the client never connected",
        TransportFailure::FingerprintMismatch => "the client's certificate is not the one it told of",
        TransportFailure::Dtls => "the DTLS handshake failed",
        TransportFailure::ClosedByPeer => "the client closed it",
        TransportFailure::Fault => "the server failed",
    }
}
