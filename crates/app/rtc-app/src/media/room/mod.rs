//! The bookkeeping of one room's media. No I/O: commands write rows, removals say what has to be told.

mod add;
mod remove;
mod rows;
mod table;

use super::{
    ChannelListener, MediaNotice, backend::Worker, channels::Channel, negotiation::Negotiation, slot::Post,
};
use rtc_sfu::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use rtc_types::{MediaKind, PeerInfo, SeatId};
use std::{collections::HashMap, sync::Arc};

pub(crate) use add::Limits;
pub(crate) use remove::Removed;
pub(crate) use rows::{ConsumerRow, DataConsumerRow, DataProducerRow, Entity, ProducerRow, TransportRow};
pub(crate) use table::Table;

/// Where a room's media is.
#[derive(Clone)]
pub(crate) struct Placement {
    pub(crate) worker: Worker,
    pub(crate) router: RouterId,
}

/// What a seat has.
pub(crate) struct SeatMedia {
    pub(crate) peer: PeerInfo,
    pub(crate) transports: Vec<TransportId>,
    /// Kinds that a host or the tenant muted.
    muted: Vec<MediaKind>,
    /// By SDP, where its surface negotiates so.
    pub(crate) negotiation: Arc<tokio::sync::Mutex<Negotiation>>,
    /// As the room was told: 1–5.
    pub(crate) quality: Option<u8>,
    /// Who takes what it sends on channels that it opened; `None`: its mailbox.
    pub(crate) listener: Option<ChannelListener>,
    /// Open channels.
    pub(crate) channels: Vec<Channel>,
}

/// One room's media.
#[derive(Default)]
pub(crate) struct RoomMedia {
    pub(crate) placement: Option<Placement>,
    /// The room is gone; nothing is placed any more.
    pub(crate) closed: bool,
    pub(crate) seats: HashMap<SeatId, SeatMedia>,
    pub(crate) transports: Table<TransportId, TransportRow>,
    pub(crate) producers: Table<ProducerId, ProducerRow>,
    pub(crate) consumers: Table<ConsumerId, ConsumerRow>,
    pub(crate) data_producers: Table<DataProducerId, DataProducerRow>,
    pub(crate) data_consumers: Table<DataConsumerId, DataConsumerRow>,
    pub(crate) speaker: Option<ProducerId>,
}

impl RoomMedia {
    /// The seat's entry, made where there is none. The caller sees to it that the seat is still in the room.
    pub(crate) fn enter(&mut self, peer: &PeerInfo) -> &mut SeatMedia {
        self.seats.entry(peer.seat.clone()).or_insert_with(|| SeatMedia {
            peer: peer.clone(),
            transports: Vec::new(),
            muted: Vec::new(),
            negotiation: Arc::default(),
            quality: None,
            listener: None,
            channels: Vec::new(),
        })
    }

    /// Whether nothing of a producer is to be forwarded: its owner paused it, or a host muted its kind.
    pub(crate) fn is_paused(&self, producer: &ProducerRow) -> bool {
        let muted = |seat: &SeatMedia| seat.muted.contains(&producer.kind);
        producer.paused || self.seats.get(&producer.peer.seat).is_some_and(muted)
    }

    /// Whether a host muted this kind of a seat's media.
    pub(crate) fn is_muted(&self, seat: &SeatId, kind: MediaKind) -> bool {
        self.seats.get(seat).is_some_and(|seat| seat.muted.contains(&kind))
    }

    /// Notes that a host or the tenant muted or unmuted a kind of a seat's media.
    pub(crate) fn set_muted(&mut self, peer: &PeerInfo, kind: MediaKind, muted: bool) {
        let seat = self.enter(peer);
        seat.muted.retain(|other| *other != kind);
        if muted {
            seat.muted.push(kind);
        }
    }

    /// The producers of a seat.
    pub(crate) fn producers_of(&self, seat: &SeatId) -> Vec<ProducerId> {
        let transports = self.seats.get(seat).map(|seat| seat.transports.as_slice()).unwrap_or_default();
        let rows = transports.iter().filter_map(|transport| self.transports.get(*transport));
        rows.flat_map(|row| row.producers.iter().copied()).collect()
    }

    /// What has to be told of a seat's tracks and data channels when it is hidden from the others, or shown.
    pub(crate) fn notices_of(&self, seat: &SeatId, hidden: bool) -> Vec<MediaNotice> {
        let tracks = self.producers_of(seat).into_iter().filter_map(|id| self.producers.get(id));
        let tracks = tracks.filter(|row| row.announced).map(|row| match hidden {
            true => MediaNotice::ProducerClosed { producer: row.name.clone(), peer: row.peer.clone() },
            false => MediaNotice::ProducerAdded(row.view()),
        });
        let channels = self.data_producers.iter().map(|(_, row)| row);
        let channels = channels.filter(|row| row.announced && row.view.peer.seat == *seat);
        let channels = channels.map(|row| match hidden {
            true => {
                MediaNotice::DataProducerClosed { producer: row.view.id.clone(), peer: row.view.peer.clone() }
            }
            false => MediaNotice::DataProducerAdded(row.view.clone()),
        });
        tracks.chain(channels).collect()
    }

    /// What has to be told where a producer's pause is not what the room was told last.
    pub(crate) fn tell_pause(&mut self, id: ProducerId) -> Option<Post> {
        let row = self.producers.get(id)?;
        let paused = self.is_paused(row);
        let row = self.producers.get_mut(id)?;
        if row.told_paused == paused {
            return None;
        }
        row.told_paused = paused;
        row.announced.then(|| Post::producer_paused(row, paused))
    }
}
