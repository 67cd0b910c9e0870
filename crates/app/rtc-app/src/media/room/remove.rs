//! What goes when something goes, and who has to be told.

use super::{Entity, RoomMedia, TransportRow};
use crate::media::{MediaNotice, Post, To};
use rtc_sfu::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, TransportId};
use rtc_types::SeatId;

/// What a removal took away.
#[derive(Default)]
pub(crate) struct Removed {
    /// By what the engine named it.
    pub(crate) entities: Vec<Entity>,
    /// What has to be told.
    pub(crate) posts: Vec<Post>,
}

impl RoomMedia {
    /// A seat ended. Gives the transports that the engine has to close.
    pub(crate) fn remove_seat(&mut self, seat: &SeatId, removed: &mut Removed) -> Vec<TransportId> {
        let Some(entry) = self.seats.remove(seat) else { return Vec::new() };
        for transport in &entry.transports {
            self.take_transport(*transport, removed);
        }
        entry.transports
    }

    /// A transport is gone, with all that it carried.
    pub(crate) fn remove_transport(
        &mut self,
        id: TransportId,
        removed: &mut Removed,
    ) -> Option<TransportRow> {
        let row = self.take_transport(id, removed)?;
        if let Some(seat) = self.seats.get_mut(&row.seat) {
            seat.transports.retain(|other| *other != id);
            seat.channels.retain(|channel| channel.transport != id);
        }
        Some(row)
    }

    fn take_transport(&mut self, id: TransportId, removed: &mut Removed) -> Option<TransportRow> {
        let row = self.transports.remove(id)?;
        removed.entities.push(Entity::Transport(id));
        row.producers.iter().for_each(|producer| self.remove_producer(*producer, removed));
        row.data_producers.iter().for_each(|producer| self.remove_data_producer(*producer, removed));
        row.consumers.iter().for_each(|consumer| self.remove_consumer(*consumer, removed));
        row.data_consumers.iter().for_each(|consumer| self.remove_data_consumer(*consumer, removed));
        Some(row)
    }

    /// A track is gone, and with it whoever received it. Its owner is not told here.
    pub(crate) fn remove_producer(&mut self, id: ProducerId, removed: &mut Removed) {
        let Some(row) = self.producers.remove(id) else { return };
        removed.entities.push(Entity::Producer(id));
        if let Some(transport) = self.transports.get_mut(row.transport) {
            transport.producers.retain(|other| *other != id);
        }
        if row.announced {
            let notice = MediaNotice::ProducerClosed { producer: row.name.clone(), peer: row.peer.clone() };
            removed.posts.push(Post { to: To::Others(row.peer.seat.clone()), notice });
        }
        if self.speaker == Some(id) {
            self.speaker = None;
            removed.posts.push(Post { to: To::All, notice: MediaNotice::ActiveSpeaker(None) });
        }
        for consumer in row.consumers {
            self.orphan(consumer, &row.peer.seat, removed);
        }
    }

    fn orphan(&mut self, id: ConsumerId, owner: &SeatId, removed: &mut Removed) {
        let Some(row) = self.consumers.remove(id) else { return };
        removed.entities.push(Entity::Consumer(id));
        if let Some(transport) = self.transports.get_mut(row.transport) {
            transport.consumers.retain(|other| *other != id);
        }
        if row.seat != *owner {
            let notice = MediaNotice::ConsumerClosed { consumer: row.name, producer: row.producer_name };
            removed.posts.push(Post { to: To::Seat(row.seat), notice });
        }
    }

    /// Somebody receives a track no longer, and knows it.
    pub(crate) fn remove_consumer(&mut self, id: ConsumerId, removed: &mut Removed) {
        let Some(row) = self.consumers.remove(id) else { return };
        removed.entities.push(Entity::Consumer(id));
        if let Some(transport) = self.transports.get_mut(row.transport) {
            transport.consumers.retain(|other| *other != id);
        }
        if let Some(producer) = self.producers.get_mut(row.producer) {
            producer.consumers.retain(|other| *other != id);
        }
    }

    /// A data channel is gone, and with it whoever received it.
    pub(crate) fn remove_data_producer(&mut self, id: DataProducerId, removed: &mut Removed) {
        let Some(row) = self.data_producers.remove(id) else { return };
        removed.entities.push(Entity::DataProducer(id));
        if let Some(transport) = self.transports.get_mut(row.transport) {
            transport.data_producers.retain(|other| *other != id);
        }
        let peer = row.view.peer.clone();
        for consumer in row.consumers {
            let Some(consumer_row) = self.data_consumers.get(consumer) else { continue };
            let (seat, name) = (consumer_row.seat.clone(), consumer_row.name.clone());
            self.remove_data_consumer(consumer, removed);
            if seat != peer.seat {
                let notice =
                    MediaNotice::DataConsumerClosed { consumer: name, producer: row.view.id.clone() };
                removed.posts.push(Post { to: To::Seat(seat), notice });
            }
        }
        if row.announced {
            let to = To::Others(peer.seat.clone());
            let notice = MediaNotice::DataProducerClosed { producer: row.view.id.clone(), peer };
            removed.posts.push(Post { to, notice });
        }
    }

    /// Somebody receives a data channel no longer, and knows it.
    pub(crate) fn remove_data_consumer(&mut self, id: DataConsumerId, removed: &mut Removed) {
        let Some(row) = self.data_consumers.remove(id) else { return };
        removed.entities.push(Entity::DataConsumer(id));
        if let Some(transport) = self.transports.get_mut(row.transport) {
            transport.data_consumers.retain(|other| *other != id);
        }
        if let Some(producer) = self.data_producers.get_mut(row.producer) {
            producer.consumers.retain(|other| *other != id);
        }
    }

    /// The room's worker died: everything is gone but the seats and their mutes.
    pub(crate) fn lose_worker(&mut self) -> Vec<Entity> {
        let router = self.placement.take().map(|placement| Entity::Router(placement.router));
        let mut entities: Vec<Entity> = router.into_iter().collect();
        entities.extend(self.transports.iter().map(|(id, _)| Entity::Transport(id)));
        entities.extend(self.producers.iter().map(|(id, _)| Entity::Producer(id)));
        entities.extend(self.consumers.iter().map(|(id, _)| Entity::Consumer(id)));
        entities.extend(self.data_producers.iter().map(|(id, _)| Entity::DataProducer(id)));
        entities.extend(self.data_consumers.iter().map(|(id, _)| Entity::DataConsumer(id)));
        let seats = std::mem::take(&mut self.seats);
        let closed = self.closed;
        *self = Self { seats, closed, ..Self::default() };
        for seat in self.seats.values_mut() {
            seat.transports.clear();
            seat.channels.clear();
            seat.quality = None;
        }
        entities
    }
}
