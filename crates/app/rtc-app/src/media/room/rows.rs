//! What is noted of each transport, producer and consumer.

use super::table::Row;
use crate::media::{DataProducerView, Direction, ProducerView};
use rtc_sfu::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use rtc_types::{Json, MediaKind, PeerInfo, SeatId};
use std::sync::Arc;

/// Something that an engine names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entity {
    Router(RouterId),
    Transport(TransportId),
    Producer(ProducerId),
    Consumer(ConsumerId),
    DataProducer(DataProducerId),
    DataConsumer(DataConsumerId),
}

pub(crate) struct TransportRow {
    pub(crate) name: Arc<str>,
    pub(crate) seat: SeatId,
    pub(crate) direction: Direction,
    /// 1–5 as last reported; `None`: nothing was.
    pub(crate) quality: Option<u8>,
    pub(crate) producers: Vec<ProducerId>,
    pub(crate) consumers: Vec<ConsumerId>,
    pub(crate) data_producers: Vec<DataProducerId>,
    pub(crate) data_consumers: Vec<DataConsumerId>,
}

impl TransportRow {
    pub(crate) fn new(name: Arc<str>, seat: SeatId, direction: Direction) -> Self {
        Self {
            name,
            seat,
            direction,
            quality: None,
            producers: Vec::new(),
            consumers: Vec::new(),
            data_producers: Vec::new(),
            data_consumers: Vec::new(),
        }
    }
}

pub(crate) struct ProducerRow {
    pub(crate) name: Arc<str>,
    pub(crate) peer: PeerInfo,
    pub(crate) transport: TransportId,
    pub(crate) kind: MediaKind,
    pub(crate) source: Arc<str>,
    pub(crate) app_data: Option<Json>,
    /// By its owner.
    pub(crate) paused: bool,
    /// As the room was told, mutes included.
    pub(crate) told_paused: bool,
    /// Whether the room was told of it.
    pub(crate) announced: bool,
    /// The layers that anybody looks at, as last reported; `None`: nothing was.
    pub(crate) layers_wanted: Option<u8>,
    pub(crate) consumers: Vec<ConsumerId>,
}

impl ProducerRow {
    pub(crate) fn view(&self) -> Arc<ProducerView> {
        Arc::new(ProducerView {
            id: self.name.clone(),
            peer: self.peer.clone(),
            kind: self.kind,
            source: self.source.clone(),
            app_data: self.app_data.clone(),
            paused: self.told_paused,
        })
    }
}

pub(crate) struct ConsumerRow {
    pub(crate) name: Arc<str>,
    pub(crate) seat: SeatId,
    pub(crate) transport: TransportId,
    pub(crate) producer: ProducerId,
    pub(crate) producer_name: Arc<str>,
}

pub(crate) struct DataProducerRow {
    pub(crate) view: Arc<DataProducerView>,
    pub(crate) transport: TransportId,
    pub(crate) announced: bool,
    pub(crate) consumers: Vec<DataConsumerId>,
}

pub(crate) struct DataConsumerRow {
    pub(crate) name: Arc<str>,
    pub(crate) seat: SeatId,
    pub(crate) transport: TransportId,
    pub(crate) producer: DataProducerId,
    pub(crate) producer_name: Arc<str>,
}

macro_rules! row { ($($row:ty: $name:expr, $seat:expr;)+) => { $(
    impl Row for $row {
        fn name(&self) -> &Arc<str> { let name: fn(&$row) -> &Arc<str> = $name; name(self) }
        fn seat(&self) -> &SeatId { let seat: fn(&$row) -> &SeatId = $seat; seat(self) }
    }
)+ } }

row! {
    TransportRow: |row| &row.name, |row| &row.seat;
    ProducerRow: |row| &row.name, |row| &row.peer.seat;
    ConsumerRow: |row| &row.name, |row| &row.seat;
    DataProducerRow: |row| &row.view.id, |row| &row.view.peer.seat;
    DataConsumerRow: |row| &row.name, |row| &row.seat;
}
