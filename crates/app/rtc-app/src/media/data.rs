//! Data channels.

use super::{
    DataProducerView, Direction, MediaError, MediaNotice, PeerMedia, Post, To,
    peer::At,
    room::{DataConsumerRow, DataProducerRow, Entity, Limits, Removed},
};
use crate::random_id;
use rtc_sfu::{DataConsumed, DataProducerId};
use rtc_types::{Json, ortc::SctpStreamParameters};
use std::sync::Arc;

/// A data channel to be received from the peer.
#[derive(Clone, Debug)]
pub struct DataProduceDraft {
    /// How it sends; the stream id is the client's to choose.
    pub parameters: SctpStreamParameters,
    /// Its label.
    pub label: String,
    /// Its subprotocol.
    pub protocol: String,
    /// An object that others are told, within the surface's limit.
    pub app_data: Option<Json>,
}

/// A data channel that is sent to the peer.
#[derive(Clone, Debug)]
pub struct DataConsumerInfo {
    /// Its name.
    pub id: Arc<str>,
    /// The data producer.
    pub producer: Arc<DataProducerView>,
    /// How it is sent; the stream id is ours.
    pub parameters: SctpStreamParameters,
}

impl PeerMedia {
    /// Receives a data channel on a transport to send. Gives its name; the others are told.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn produce_data(
        &self,
        transport: &str,
        draft: DataProduceDraft,
    ) -> Result<Arc<str>, MediaError> {
        self.may_publish()?;
        let transport = {
            let media = self.cell.media().lock();
            let count = |row: &super::room::TransportRow| row.data_producers.len();
            media.check_count(&self.peer.seat, count, "data channels sent", Limits::DATA_PRODUCERS_MAX)?;
            self.transport(&media, transport, Some(Direction::Send))?
        };
        let DataProduceDraft { parameters, label, protocol, app_data } = draft;
        let view = Arc::new(DataProducerView {
            id: random_id().into(),
            peer: self.peer.clone(),
            label: label.as_str().into(),
            protocol: protocol.as_str().into(),
            app_data,
        });
        let row = DataProducerRow { view: view.clone(), transport, announced: false, consumers: Vec::new() };
        let command = move |at: &mut At<'_>| {
            let id = at.engine.produce_data(at.now, transport, parameters, label, protocol)?;
            add_data_producer(at, id, row).map(|()| id)
        };
        let id = self.command(command).await?;
        self.announce(|media| {
            let row = media.data_producers.get_mut(id);
            row.map(|row| {
                row.announced = true;
                let notice = MediaNotice::DataProducerAdded(row.view.clone());
                Post { to: To::Others(row.view.peer.seat.clone()), notice }
            })
            .into_iter()
            .collect()
        });
        Ok(view.id.clone())
    }

    /// Sends a data channel to the peer, on a transport to receive.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn consume_data(
        &self,
        transport: &str,
        producer: &str,
    ) -> Result<DataConsumerInfo, MediaError> {
        let (row, view) = {
            let media = self.cell.media().lock();
            let transport = self.transport(&media, transport, Some(Direction::Recv))?;
            let count = |row: &super::room::TransportRow| row.data_consumers.len();
            media.check_count(
                &self.peer.seat,
                count,
                "data channels received",
                Limits::DATA_CONSUMERS_MAX,
            )?;
            let (producer, of): (_, &DataProducerRow) =
                media.data_producers.named(producer).ok_or(MediaError::Unknown("data producer"))?;
            let row = DataConsumerRow {
                name: random_id().into(),
                seat: self.peer.seat.clone(),
                transport,
                producer,
                producer_name: of.view.id.clone(),
            };
            (row, of.view.clone())
        };
        let id = row.name.clone();
        let consumed = self.command(move |at| add_data_consumer(at, row)).await?;
        Ok(DataConsumerInfo { id, producer: view, parameters: consumed.parameters })
    }

    /// Stops receiving one of the peer's data channels; the others are told.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn close_data_producer(&self, producer: &str) -> Result<(), MediaError> {
        let unknown = MediaError::Unknown("data producer");
        let owned = {
            let media = self.cell.media().lock();
            media.data_producers.owned(producer, &self.peer.seat).map(|(id, _)| id)
        };
        let id = owned.ok_or(unknown)?;
        let mut removed = Removed::default();
        self.announce(|media| {
            media.remove_data_producer(id, &mut removed);
            std::mem::take(&mut removed.posts)
        });
        let entities = removed.entities;
        self.command(move |at| {
            at.forget(&entities);
            at.engine.close_data_producer(at.now, id);
            Ok(())
        })
        .await
    }

    /// Stops sending a data channel to the peer.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn close_data_consumer(&self, consumer: &str) -> Result<(), MediaError> {
        let unknown = MediaError::Unknown("data consumer");
        let mut removed = Removed::default();
        let id = {
            let mut media = self.cell.media().lock();
            let id = media.data_consumers.owned(consumer, &self.peer.seat).ok_or(unknown)?.0;
            media.remove_data_consumer(id, &mut removed);
            id
        };
        self.command(move |at| {
            at.forget(&removed.entities);
            at.engine.close_data_consumer(at.now, id);
            Ok(())
        })
        .await
    }

    /// Sends a message on a channel that the peer opened in band.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn send_data(
        &self,
        transport: &str,
        stream: u16,
        binary: bool,
        payload: Arc<[u8]>,
    ) -> Result<(), MediaError> {
        let id = self.transport(&self.cell.media().lock(), transport, None)?;
        self.command(move |at| Ok(at.engine.send_data(at.now, id, stream, binary, &payload)?)).await
    }
}

/// At the worker: writes the row of a data producer that was just made.
fn add_data_producer(at: &mut At<'_>, id: DataProducerId, row: DataProducerRow) -> Result<(), MediaError> {
    let added = at.cell.media().lock().add_data_producer(id, row);
    match added {
        Ok(()) => at.note(Entity::DataProducer(id)),
        Err(_) => at.engine.close_data_producer(at.now, id),
    }
    added
}

/// At the worker: makes the data consumer and writes its row.
fn add_data_consumer(at: &mut At<'_>, row: DataConsumerRow) -> Result<DataConsumed, MediaError> {
    let consumed = at.engine.consume_data(at.now, row.transport, row.producer)?;
    let added = at.cell.media().lock().add_data_consumer(consumed.consumer, row);
    match added {
        Ok(()) => at.note(Entity::DataConsumer(consumed.consumer)),
        Err(_) => at.engine.close_data_consumer(at.now, consumed.consumer),
    }
    added.map(|()| consumed)
}
