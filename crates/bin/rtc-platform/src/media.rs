//! The media workers: how they are started, and what of them is told.

use crate::{
    config::{Config, Mode},
    exit::Failure,
};
use metrics::{Label, counter, gauge};
use rtc_app::{App, EngineStats, MediaConfig, MediaPlane, MediaStartError, MediaWorker};
use serde_json::{Value, json};
use std::time::Duration;

/// How often the figures are taken into the metrics; the workers give them once a second.
const METERING_EVERY: Duration = Duration::from_secs(1);

/// Binds the media ports and starts the workers; `None`: the configuration wants none.
///
/// # Errors
/// Ports that are taken, addresses that the machine has not.
pub fn start(config: &Config) -> Result<Option<MediaPlane>, Failure> {
    if !config.has_media() {
        return Ok(None);
    }
    let listen = if config.host.is_unspecified() { Vec::new() } else { vec![config.host] };
    let media = MediaConfig {
        workers: config.media_workers.unwrap_or(0),
        listen,
        announced: config.announced_ip.clone(),
        announce_loopback: config.mode == Mode::Dev,
        port_min: config.rtc_min_port,
        port_max: if config.rtc_min_port == 0 { 0 } else { config.rtc_max_port },
        ..MediaConfig::default()
    };
    MediaPlane::start(&media).map(Some).map_err(|error| refused(&error))
}

fn refused(error: &MediaStartError) -> Failure {
    Failure::Unavailable(format!(
        "the media workers cannot be started: {error}; RTC_MIN_PORT and RTC_MAX_PORT (or --rtc-min-port, \
         --rtc-max-port) move their ports, ANNOUNCED_IP names their addresses, MEDIA_WORKERS=0 does without"
    ))
}

/// Takes the workers' figures into the metrics; runs until it is dropped.
pub async fn run_metering(app: App) {
    let mut ticks = tokio::time::interval(METERING_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(stats) = app.media_stats() else { return };
        gauge!("rtc_media_rooms").set(wide(stats.rooms));
        gauge!("rtc_media_peers").set(wide(stats.peers));
        for (index, worker) in stats.workers.iter().enumerate() {
            meter(&index.to_string(), worker);
        }
    }
}

/// One worker's figures. A worker is named by its place: as many names as there are workers, also after one died
/// and another took its place (then its counters begin anew, as after a restart).
fn meter(place: &str, worker: &MediaWorker) {
    let labels = || vec![Label::new("worker", place.to_owned())];
    let sums: &EngineStats = &worker.stats.engine;
    let sockets = &worker.stats.sockets;
    for (name, value) in [
        ("rtc_media_transports", sums.transports),
        ("rtc_media_producers", sums.producers),
        ("rtc_media_consumers", sums.consumers),
        ("rtc_media_data_producers", sums.data_producers),
        ("rtc_media_data_consumers", sums.data_consumers),
        ("rtc_media_tcp_connections", sockets.tcp_connections),
        ("rtc_media_worker_up", u64::from(worker.alive)),
    ] {
        gauge!(name, labels()).set(wide(value));
    }
    gauge!("rtc_media_worker_load_ratio", labels()).set(wide(worker.load.busy_permille) / 1000.0);
    for (name, value) in [
        ("rtc_media_rtp_packets_received_total", sums.rtp_packets_in),
        ("rtc_media_rtp_bytes_received_total", sums.rtp_bytes_in),
        ("rtc_media_rtp_packets_sent_total", sums.rtp_packets_out),
        ("rtc_media_rtp_bytes_sent_total", sums.rtp_bytes_out),
        ("rtc_media_retransmissions_total", sums.retransmissions),
        ("rtc_media_nacked_packets_total", sums.nacked),
        ("rtc_media_key_frame_requests_total", sums.key_frame_requests),
        ("rtc_media_datagrams_received_total", sockets.datagrams_in),
        ("rtc_media_datagrams_sent_total", sockets.datagrams_out),
        ("rtc_media_sends_dropped_total", sockets.sends_dropped),
        ("rtc_media_receives_dropped_total", sockets.kernel_dropped),
    ] {
        counter!(name, labels()).absolute(value);
    }
    let dropped = &sums.dropped;
    for (reason, value) in [
        ("malformed", dropped.malformed),
        ("unknown_address", dropped.unknown_address),
        ("stun_rejected", dropped.stun_rejected),
        ("srtp_rejected", dropped.srtp_rejected),
        ("srtp_replayed", dropped.srtp_replayed),
        ("unknown_stream", dropped.unknown_stream),
        ("over_limit", dropped.over_limit),
    ] {
        let mut labels = labels();
        labels.push(Label::new("reason", reason));
        counter!("rtc_media_datagrams_dropped_total", labels).absolute(value);
    }
}

/// What `/stats` says of media.
pub fn figures(app: &App) -> Value {
    let stats = app.media_stats().unwrap_or_default();
    let sum = |figure: fn(&EngineStats) -> u64| -> u64 {
        stats.workers.iter().map(|worker| figure(&worker.stats.engine)).sum()
    };
    json!({
        "rooms": stats.rooms,
        "peers": stats.peers,
        "routers": sum(|sums| sums.routers),
        "transports": sum(|sums| sums.transports),
        "producers": sum(|sums| sums.producers),
        "consumers": sum(|sums| sums.consumers),
        "dataProducers": sum(|sums| sums.data_producers),
        "dataConsumers": sum(|sums| sums.data_consumers),
        "packetsReceived": sum(|sums| sums.rtp_packets_in),
        "bytesReceived": sum(|sums| sums.rtp_bytes_in),
        "packetsSent": sum(|sums| sums.rtp_packets_out),
        "bytesSent": sum(|sums| sums.rtp_bytes_out),
        "retransmissions": sum(|sums| sums.retransmissions),
        "perWorker": stats.workers.iter().map(of_worker).collect::<Vec<_>>(),
    })
}

fn of_worker(worker: &MediaWorker) -> Value {
    json!({
        "alive": worker.alive,
        "loadPermille": worker.load.busy_permille,
        "packetsPerSecond": worker.load.packets_per_second,
        "transports": worker.load.transports,
        "uptimeSeconds": worker.stats.uptime.as_secs(),
    })
}

/// Counts are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn wide(value: u64) -> f64 {
    value as f64
}
