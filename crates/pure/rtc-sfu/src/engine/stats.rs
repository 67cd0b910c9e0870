//! Figures, copied out on demand.

use super::{ConsumerId, ProducerId};
use crate::send::Layers;

/// Sums over a whole engine, since its start unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineStats {
    /// Now.
    pub routers: u64,
    /// Now.
    pub transports: u64,
    /// Now.
    pub producers: u64,
    /// Now.
    pub consumers: u64,
    /// Now.
    pub data_producers: u64,
    /// Now.
    pub data_consumers: u64,
    /// RTP packets taken in.
    pub rtp_packets_in: u64,
    /// Bytes of them, as received.
    pub rtp_bytes_in: u64,
    /// RTP packets sent, retransmissions and padding included.
    pub rtp_packets_out: u64,
    /// Bytes of them.
    pub rtp_bytes_out: u64,
    /// Retransmissions sent.
    pub retransmissions: u64,
    /// NACKs (packets asked for) received from subscribers.
    pub nacked: u64,
    /// Key frames asked of publishers.
    pub key_frame_requests: u64,
    /// Messages of data channels that a receiver had no room for.
    pub data_messages_dropped: u64,
    /// Datagrams dropped, by reason.
    pub dropped: Dropped,
}

/// Datagrams that were not taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Not STUN, DTLS, RTP nor RTCP, or not well formed.
    pub malformed: u64,
    /// From an address that no ICE check has passed.
    pub unknown_address: u64,
    /// STUN without valid integrity or with an unknown ufrag.
    pub stun_rejected: u64,
    /// SRTP or SRTCP whose tag is wrong.
    pub srtp_rejected: u64,
    /// SRTP or SRTCP seen before or too old.
    pub srtp_replayed: u64,
    /// RTP of no producer.
    pub unknown_stream: u64,
    /// More than the session's share.
    pub over_limit: u64,
}

/// A producer's figures; one stream a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerStats {
    /// Whose.
    pub producer: ProducerId,
    /// The streams, lowest layer first.
    pub streams: Vec<ReceivedStream>,
    /// Key frames asked for.
    pub key_frame_requests: u64,
}

/// One stream as received.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReceivedStream {
    /// Its SSRC, once known.
    pub ssrc: u32,
    /// Its RID.
    pub rid: Option<String>,
    /// Packets.
    pub packets: u64,
    /// Bytes of payload and headers.
    pub bytes: u64,
    /// bit/s over the last second.
    pub bitrate: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Of the last interval, 0–1.
    pub fraction_lost: f32,
    /// Seconds (RFC 3550, section 6.4.1).
    pub jitter: f32,
    /// Packets asked for again.
    pub nacks_sent: u64,
    /// Packets that came again.
    pub retransmitted: u64,
    /// Key frames.
    pub key_frames: u64,
    /// 0–10.
    pub score: u8,
}

/// A consumer's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerStats {
    /// Whose.
    pub consumer: ConsumerId,
    /// Its SSRC.
    pub ssrc: u32,
    /// Packets sent.
    pub packets: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// bit/s over the last second.
    pub bitrate: u64,
    /// Fraction that the receiver lost of late, 0–1.
    pub fraction_lost: f32,
    /// Seconds, as the receiver reports.
    pub jitter: f32,
    /// Packets asked for again.
    pub nacked: u64,
    /// Packets sent again.
    pub retransmitted: u64,
    /// Picture losses told.
    pub plis: u64,
    /// The layers sent now.
    pub layers: Option<Layers>,
    /// 0–10.
    pub score: u8,
}

/// A transport's figures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportStats {
    /// Seconds, smoothed; 0 before the first report.
    pub round_trip: f32,
    /// bit/s that the way to the peer bears by our estimate; 0 where nothing is sent.
    pub available_bitrate: u64,
    /// bit/s sent over the last second.
    pub bitrate_out: u64,
    /// bit/s received over the last second.
    pub bitrate_in: u64,
    /// 1 (poor) – 5 (excellent).
    pub quality: u8,
}
