//! What the server sends: the `data` of acknowledgements, and events.

use crate::signal::IceServer;
use rtc_types::{
    Json, MediaKind,
    ortc::{
        DtlsParameters, IceCandidate, IceParameters, ProducerType, RtpCapabilities, RtpParameters,
        SctpParameters, SctpStreamParameters,
    },
};
use serde::{Serialize, Serializer};

/// `{}`: it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {}

/// The answer to `createRoom`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouterCapabilities<'a> {
    /// For `Device.load`.
    pub rtp_capabilities: &'a RtpCapabilities,
    /// The call.
    pub call_id: &'a str,
}

/// Somebody in a call: also `peerJoined` and `peerLeft`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Its seat.
    pub peer_id: String,
    /// The tenant's name for the user.
    pub user_id: String,
}

/// The answer to `joinRoom`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinedCall {
    /// The others, in the order of their joining.
    pub peers: Vec<Peer>,
    /// The client's own seat.
    pub peer_id: String,
}

/// The answer to `createTransport`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IceTransport {
    /// Its name.
    pub id: String,
    /// Our ICE credentials.
    pub ice_parameters: IceParameters,
    /// All of our addresses.
    pub ice_candidates: Vec<IceCandidate>,
    /// Our certificate.
    pub dtls_parameters: DtlsParameters,
    /// Where it carries data channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sctp_parameters: Option<SctpParameters>,
    /// STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
}

/// The answer to `restartIce`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IceRestarted {
    /// Our new ICE credentials.
    pub ice_parameters: IceParameters,
}

macro_rules! names { ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident),+ })+) => { $(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct $name<'a> {
        $($(#[$of])* pub $field: &'a str,)+
    }
)+ } }

names! {
    /// The answer to `produce`.
    ProducerId {
        /// Its name.
        producer_id
    }
    /// Names a consumer.
    ConsumerId {
        /// Its name.
        consumer_id
    }
    /// The answer to `produceData`.
    DataProducerId {
        /// Its name.
        data_producer_id
    }
    /// `workerDied`: which call has to be joined anew.
    CallInfo {
        /// Its name.
        call_id
    }
    /// `producerClosed`, `producerPaused`, `producerResumed`.
    ProducerRef {
        /// Which.
        producer_id,
        /// Whose seat.
        peer_id,
        /// Whose.
        user_id
    }
    /// `dataProducerClosed`.
    DataProducerRef {
        /// Which.
        data_producer_id,
        /// Whose seat.
        peer_id,
        /// Whose.
        user_id
    }
    /// `consumerClosed`: its producer is gone.
    ConsumerClosed {
        /// Which.
        consumer_id,
        /// Of which producer.
        producer_id
    }
    /// `dataConsumerClosed`: its data producer is gone.
    DataConsumerClosed {
        /// Which.
        data_consumer_id,
        /// Of which data producer.
        data_producer_id
    }
    /// `transportClosed`: the server ended it.
    ClosedTransport {
        /// Which.
        transport_id,
        /// Why, for people.
        reason
    }
}

/// The answer to `consume`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackConsumed {
    /// The consumer's name.
    pub id: String,
    /// Of which producer.
    pub producer_id: String,
    /// Audio or video.
    pub kind: MediaKind,
    /// How it is sent.
    pub rtp_parameters: RtpParameters,
    /// How the producer's streams relate.
    #[serde(rename = "type")]
    pub producer_type: ProducerType,
    /// Whether the producer is paused.
    pub producer_paused: bool,
    /// What the publisher attached.
    #[serde(serialize_with = "object")]
    pub app_data: Option<Json>,
}

/// `newProducer`, and an item of the answer to `getProducers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Producer {
    /// Its name.
    pub producer_id: String,
    /// Whose seat.
    pub peer_id: String,
    /// Whose.
    pub user_id: String,
    /// Audio or video.
    pub kind: MediaKind,
    /// What the publisher attached.
    #[serde(serialize_with = "object")]
    pub app_data: Option<Json>,
    /// Whether it is paused.
    pub paused: bool,
}

/// The answer to `getProducers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Producers {
    /// The others' tracks.
    pub producers: Vec<Producer>,
    /// The others' data channels.
    pub data_producers: Vec<DataProducer>,
}

/// `newDataProducer`, and an item of the answer to `getProducers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataProducer {
    /// Its name.
    pub data_producer_id: String,
    /// Whose seat.
    pub peer_id: String,
    /// Whose.
    pub user_id: String,
    /// As its owner named it.
    pub label: String,
    /// As its owner named it.
    pub protocol: String,
    /// What the publisher attached.
    #[serde(serialize_with = "object")]
    pub app_data: Option<Json>,
}

/// The answer to `consumeData`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataConsumed {
    /// The data consumer's name.
    pub id: String,
    /// Of which data producer.
    pub data_producer_id: String,
    /// How it is sent.
    pub sctp_stream_parameters: SctpStreamParameters,
    /// As the data producer's owner named it.
    pub label: String,
    /// As the data producer's owner named it.
    pub protocol: String,
    /// What the publisher attached.
    #[serde(serialize_with = "object")]
    pub app_data: Option<Json>,
}

/// `consumerLayersChanged`; both null: nothing is sent for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerLayers<'a> {
    /// Which.
    pub consumer_id: &'a str,
    /// Size, 0 the smallest.
    pub spatial_layer: Option<u8>,
    /// Frame rate, 0 the lowest.
    pub temporal_layer: Option<u8>,
}

/// `consumerScore`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerScore<'a> {
    /// Which.
    pub consumer_id: &'a str,
    /// 0 (bad) – 10 (good).
    pub score: Score,
}

/// The quality of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Of the way to the receiver.
    pub score: u8,
    /// Of the producer's best stream.
    pub producer_score: u8,
}

/// `activeSpeaker`; all null: nobody speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveSpeaker<'a> {
    /// Whose seat.
    pub peer_id: Option<&'a str>,
    /// Who.
    pub user_id: Option<&'a str>,
    /// The track.
    pub producer_id: Option<&'a str>,
}

/// `networkQuality`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkQuality<'a> {
    /// Whose seat.
    pub peer_id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// 1 (poor) – 5 (excellent).
    pub quality: u8,
}

/// The answer to `getStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatsAnswer {
    /// One item; of a producer one a stream, the lowest layer first.
    pub stats: Vec<Stats>,
}

/// Figures, in the names of `mediasoup` where it has them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Stats {
    /// A transport.
    WebrtcTransport {
        /// Seconds.
        round_trip_time: f32,
        /// bit/s, as estimated.
        available_outgoing_bitrate: u64,
        /// bit/s.
        send_bitrate: u64,
        /// bit/s.
        recv_bitrate: u64,
        /// 1 (poor) – 5 (excellent).
        quality: u8,
    },
    /// A stream of a producer.
    InboundRtp {
        /// Its SSRC.
        ssrc: u32,
        /// Its RID.
        #[serde(skip_serializing_if = "Option::is_none")]
        rid: Option<String>,
        /// Packets.
        packet_count: u64,
        /// Bytes.
        byte_count: u64,
        /// bit/s.
        bitrate: u64,
        /// Packets that never came.
        packets_lost: u64,
        /// Of late, 0–1.
        fraction_lost: f32,
        /// Seconds.
        jitter: f32,
        /// Packets that were asked for again.
        nack_packet_count: u64,
        /// Packets that came again.
        packets_retransmitted: u64,
        /// Key frames asked for, of the whole producer.
        pli_count: u64,
        /// Key frames that came.
        key_frame_count: u64,
        /// 0–10.
        score: u8,
    },
    /// A consumer.
    OutboundRtp {
        /// Its SSRC.
        ssrc: u32,
        /// Packets.
        packet_count: u64,
        /// Bytes.
        byte_count: u64,
        /// bit/s.
        bitrate: u64,
        /// Of late, 0–1, as the receiver reports.
        fraction_lost: f32,
        /// Seconds, as the receiver reports.
        jitter: f32,
        /// Packets that the receiver asked for again.
        nack_packet_count: u64,
        /// Packets sent again.
        packets_retransmitted: u64,
        /// Picture losses told.
        pli_count: u64,
        /// Size sent now.
        spatial_layer: Option<u8>,
        /// Frame rate sent now.
        temporal_layer: Option<u8>,
        /// 0–10.
        score: u8,
    },
}

/// An object; an empty one where there is none.
fn object<S: Serializer>(value: &Option<Json>, s: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(s),
        None => Done {}.serialize(s),
    }
}
