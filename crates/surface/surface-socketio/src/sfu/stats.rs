//! `getStats`.

use crate::asker::Refused;
use rtc_app::{ConsumerStats, EntityStats, PeerMedia, ProducerStats, StatsOf, TransportStats};
use rtc_types::ErrorCode;
use rtc_wire::socketio::sfu::{Stats, StatsAnswer, StatsRequest};

pub(super) async fn get(media: &PeerMedia, ask: &StatsRequest) -> Result<StatsAnswer, Refused> {
    let of = match (&ask.transport_id, &ask.producer_id, &ask.consumer_id) {
        (Some(id), None, None) => StatsOf::Transport(id),
        (None, Some(id), None) => StatsOf::Producer(id),
        (None, None, Some(id)) => StatsOf::Consumer(id),
        _ => {
            let text = "one of `transportId`, `producerId` and `consumerId` must be there";
            return Err(Refused(ErrorCode::ValidationError, text.into()));
        }
    };
    let stats = match media.stats(of).await? {
        EntityStats::Transport(stats) => vec![transport(&stats)],
        EntityStats::Producer(stats) => producer(stats),
        EntityStats::Consumer(stats) => vec![consumer(&stats)],
    };
    Ok(StatsAnswer { stats })
}

fn transport(stats: &TransportStats) -> Stats {
    Stats::WebrtcTransport {
        round_trip_time: stats.round_trip,
        available_outgoing_bitrate: stats.available_bitrate,
        send_bitrate: stats.bitrate_out,
        recv_bitrate: stats.bitrate_in,
        quality: stats.quality,
    }
}

fn producer(stats: ProducerStats) -> Vec<Stats> {
    let pli_count = stats.key_frame_requests;
    let one = |stream: rtc_app::ReceivedStream| Stats::InboundRtp {
        ssrc: stream.ssrc,
        rid: stream.rid,
        packet_count: stream.packets,
        byte_count: stream.bytes,
        bitrate: stream.bitrate,
        packets_lost: stream.lost,
        fraction_lost: stream.fraction_lost,
        jitter: stream.jitter,
        nack_packet_count: stream.nacks_sent,
        packets_retransmitted: stream.retransmitted,
        pli_count,
        key_frame_count: stream.key_frames,
        score: stream.score,
    };
    stats.streams.into_iter().map(one).collect()
}

fn consumer(stats: &ConsumerStats) -> Stats {
    Stats::OutboundRtp {
        ssrc: stats.ssrc,
        packet_count: stats.packets,
        byte_count: stats.bytes,
        bitrate: stats.bitrate,
        fraction_lost: stats.fraction_lost,
        jitter: stats.jitter,
        nack_packet_count: stats.nacked,
        packets_retransmitted: stats.retransmitted,
        pli_count: stats.plis,
        spatial_layer: stats.layers.map(|layers| layers.spatial),
        temporal_layer: stats.layers.map(|layers| layers.temporal),
        score: stats.score,
    }
}
