//! New rows, within limits.

use super::{ConsumerRow, DataConsumerRow, DataProducerRow, ProducerRow, RoomMedia, RouterId, TransportRow};
use crate::media::MediaError;
use rtc_sfu::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, TransportId};
use rtc_types::SeatId;

/// How much one seat may have.
pub(crate) struct Limits;

impl Limits {
    /// One to send and one to receive, and as many again while a client makes new ones.
    pub(crate) const TRANSPORTS_MAX: usize = 8;
    pub(crate) const PRODUCERS_MAX: usize = 32;
    pub(crate) const CONSUMERS_MAX: usize = 2048;
    pub(crate) const DATA_PRODUCERS_MAX: usize = 32;
    pub(crate) const DATA_CONSUMERS_MAX: usize = 2048;
}

impl RoomMedia {
    pub(crate) fn add_transport(
        &mut self,
        router: RouterId,
        id: TransportId,
        row: TransportRow,
    ) -> Result<(), MediaError> {
        if self.placement.as_ref().is_none_or(|placement| placement.router != router) {
            return Err(MediaError::WorkerDied);
        }
        let seat = self.seats.get_mut(&row.seat).ok_or(MediaError::NotInRoom)?;
        if seat.transports.len() >= Limits::TRANSPORTS_MAX {
            return Err(MediaError::TooMany { what: "transports", max: Limits::TRANSPORTS_MAX });
        }
        seat.transports.push(id);
        self.transports.insert(id, row);
        Ok(())
    }

    pub(crate) fn add_producer(&mut self, id: ProducerId, row: ProducerRow) -> Result<(), MediaError> {
        let count = |row: &TransportRow| row.producers.len();
        self.check_count(&row.peer.seat, count, "tracks sent", Limits::PRODUCERS_MAX)?;
        self.transport_mut(row.transport)?.producers.push(id);
        self.producers.insert(id, row);
        Ok(())
    }

    pub(crate) fn add_consumer(&mut self, id: ConsumerId, row: ConsumerRow) -> Result<(), MediaError> {
        let count = |row: &TransportRow| row.consumers.len();
        self.check_count(&row.seat, count, "tracks received", Limits::CONSUMERS_MAX)?;
        if self.producers.get(row.producer).is_none() {
            return Err(MediaError::Unknown("producer"));
        }
        self.transport_mut(row.transport)?.consumers.push(id);
        if let Some(producer) = self.producers.get_mut(row.producer) {
            producer.consumers.push(id);
        }
        self.consumers.insert(id, row);
        Ok(())
    }

    pub(crate) fn add_data_producer(
        &mut self,
        id: DataProducerId,
        row: DataProducerRow,
    ) -> Result<(), MediaError> {
        let count = |row: &TransportRow| row.data_producers.len();
        self.check_count(&row.view.peer.seat, count, "data channels sent", Limits::DATA_PRODUCERS_MAX)?;
        self.transport_mut(row.transport)?.data_producers.push(id);
        self.data_producers.insert(id, row);
        Ok(())
    }

    pub(crate) fn add_data_consumer(
        &mut self,
        id: DataConsumerId,
        row: DataConsumerRow,
    ) -> Result<(), MediaError> {
        let count = |row: &TransportRow| row.data_consumers.len();
        self.check_count(&row.seat, count, "data channels received", Limits::DATA_CONSUMERS_MAX)?;
        if self.data_producers.get(row.producer).is_none() {
            return Err(MediaError::Unknown("data producer"));
        }
        self.transport_mut(row.transport)?.data_consumers.push(id);
        if let Some(producer) = self.data_producers.get_mut(row.producer) {
            producer.consumers.push(id);
        }
        self.data_consumers.insert(id, row);
        Ok(())
    }

    fn transport_mut(&mut self, id: TransportId) -> Result<&mut TransportRow, MediaError> {
        self.transports.get_mut(id).ok_or(MediaError::Unknown("transport"))
    }

    /// Whether a seat has room for one more, over all its transports.
    pub(crate) fn check_count(
        &self,
        seat: &SeatId,
        count: impl Fn(&TransportRow) -> usize,
        what: &'static str,
        max: usize,
    ) -> Result<(), MediaError> {
        let transports = self.seats.get(seat).map(|seat| seat.transports.as_slice()).unwrap_or_default();
        let sum: usize = transports.iter().filter_map(|id| self.transports.get(*id)).map(count).sum();
        if sum >= max { Err(MediaError::TooMany { what, max }) } else { Ok(()) }
    }
}
