//! Figures: of one peer for its client, of a room for its tenant, of all for who operates the server.

use super::{MediaError, PeerMedia, ProducerView, room::RoomMedia};
use crate::{App, live::RoomCell};
use rtc_media::{Load, WorkerStats};
use rtc_sfu::{ConsumerStats, Engine, ProducerStats, TransportStats};
use rtc_types::{SeatId, ortc::RtpCapabilities};
use std::sync::Arc;

/// Whose figures are asked for, by name. They must be the peer's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatsOf<'a> {
    /// A transport.
    Transport(&'a str),
    /// A track that the peer sends.
    Producer(&'a str),
    /// A track that the peer receives.
    Consumer(&'a str),
}

/// The figures of one transport, producer or consumer.
#[derive(Clone, Debug, PartialEq)]
pub enum EntityStats {
    /// A transport's.
    Transport(TransportStats),
    /// A producer's.
    Producer(ProducerStats),
    /// A consumer's.
    Consumer(ConsumerStats),
}

/// The media of one participant, as the tenant sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerMediaView {
    /// What it publishes.
    pub tracks: Vec<Arc<ProducerView>>,
    /// Its ways from and to the server, the worst of them: 1 (poor) – 5 (excellent); `None`: not known.
    pub quality: Option<u8>,
}

/// One media worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaWorker {
    /// Whether it has not died.
    pub alive: bool,
    /// How busy it is.
    pub load: Load,
    /// Its sums.
    pub stats: WorkerStats,
}

/// The media server as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaStats {
    /// The workers' figures, at most a second old.
    pub workers: Vec<MediaWorker>,
    /// Rooms that have media.
    pub rooms: u64,
    /// Peers that have a transport.
    pub peers: u64,
}

impl PeerMedia {
    /// The figures of one of the peer's own.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn stats(&self, of: StatsOf<'_>) -> Result<EntityStats, MediaError> {
        let seat = &self.peer.seat;
        let of = {
            let media = self.cell.media().lock();
            match of {
                StatsOf::Transport(name) => {
                    media.transports.owned(name, seat).map(|(id, _)| Of::Transport(id))
                }
                StatsOf::Producer(name) => media.producers.owned(name, seat).map(|(id, _)| Of::Producer(id)),
                StatsOf::Consumer(name) => media.consumers.owned(name, seat).map(|(id, _)| Of::Consumer(id)),
            }
        };
        let of = of.ok_or(MediaError::Unknown("transport, producer or consumer"))?;
        self.command(move |at| {
            let stats = match of {
                Of::Transport(id) => at.engine.transport_stats(at.now, id).map(EntityStats::Transport),
                Of::Producer(id) => at.engine.producer_stats(at.now, id).map(EntityStats::Producer),
                Of::Consumer(id) => at.engine.consumer_stats(id).map(EntityStats::Consumer),
            };
            stats.ok_or(MediaError::Unknown("transport, producer or consumer"))
        })
        .await
    }
}

/// [`StatsOf`] by the engine's names.
enum Of {
    Transport(rtc_sfu::TransportId),
    Producer(rtc_sfu::ProducerId),
    Consumer(rtc_sfu::ConsumerId),
}

impl PeerMediaView {
    pub(crate) fn of(cell: &RoomCell, seat: &SeatId) -> Self {
        let Some(media) = cell.media().peek() else { return Self::default() };
        let media: &RoomMedia = &media;
        let rows = media.producers_of(seat).into_iter().filter_map(|id| media.producers.get(id));
        Self {
            tracks: rows.filter(|row| row.announced).map(super::room::ProducerRow::view).collect(),
            quality: media.seats.get(seat).and_then(|seat| seat.quality),
        }
    }
}

impl App {
    /// Whether there is a media server.
    pub fn has_media(&self) -> bool {
        self.0.media.is_some()
    }

    /// What every router can do: codecs and header extensions, as `mediasoup-client` loads them.
    pub fn router_capabilities(&self) -> &'static RtpCapabilities {
        Engine::router_capabilities()
    }

    /// The ports on which clients reach the media workers, UDP and TCP.
    pub fn media_ports(&self) -> Vec<u16> {
        let workers = self.0.media.as_ref().map(|shared| shared.plane.workers()).unwrap_or_default();
        let port = |worker: &super::backend::Worker| Some(worker.candidates().first()?.port);
        workers.iter().filter_map(port).collect()
    }

    /// The figures of the media server; `None` where there is none.
    pub fn media_stats(&self) -> Option<MediaStats> {
        let shared = self.0.media.as_ref()?;
        let mut stats = MediaStats::default();
        for worker in shared.plane.workers() {
            let load = worker.load();
            stats.workers.push(MediaWorker { alive: worker.is_alive(), load, stats: worker.stats() });
        }
        for cell in self.0.live.all_cells() {
            let peers = peers_with_media(&cell);
            stats.peers += peers;
            stats.rooms += u64::from(peers > 0);
        }
        Some(stats)
    }
}

fn peers_with_media(cell: &RoomCell) -> u64 {
    let media = cell.media().peek();
    media.map_or(0, |media| media.seats.values().filter(|seat| !seat.transports.is_empty()).count() as u64)
}
