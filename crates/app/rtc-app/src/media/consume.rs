//! Tracks that a peer receives.

use super::{
    Direction, MediaError, PeerMedia,
    room::{ConsumerRow, Entity, Limits, ProducerRow, Removed},
};
use crate::random_id;
use rtc_sfu::{
    ConsumeOptions, Consumed, ConsumerId, Engine, Time, UnknownId, VisibleSize, ortc::Numbers, send::Layers,
};
use rtc_types::{
    Json, MediaKind,
    ortc::{ProducerType, RtpCapabilities, RtpParameters},
};
use std::sync::Arc;

/// A track to be sent to the peer.
#[derive(Clone, Debug)]
pub struct ConsumeDraft {
    /// The producer's name.
    pub producer: String,
    /// What the client can receive.
    pub capabilities: RtpCapabilities,
    /// Whether nothing is sent until it is resumed.
    pub paused: bool,
    /// The media section's id; `None`: counted within the transport.
    pub mid: Option<String>,
}

/// A track that is sent to the peer.
#[derive(Clone, Debug)]
pub struct ConsumerInfo {
    /// Its name.
    pub id: Arc<str>,
    /// The producer's name.
    pub producer: Arc<str>,
    /// Audio or video.
    pub kind: MediaKind,
    /// How it is sent.
    pub parameters: RtpParameters,
    /// How the producer's streams relate.
    pub producer_type: ProducerType,
    /// Whether the producer is paused.
    pub producer_paused: bool,
    /// What the publisher attached.
    pub app_data: Option<Json>,
    /// `microphone`, `camera`, `screen`, …
    pub source: Arc<str>,
}

impl PeerMedia {
    /// Sends a track to the peer, on a transport to receive.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn consume(&self, transport: &str, draft: ConsumeDraft) -> Result<ConsumerInfo, MediaError> {
        self.consume_numbered(transport, draft, None).await
    }

    /// [`Self::consume`] for a client that makes the offers, in whose `numbers` it is sent. The parameters that
    /// come back are in the router's.
    pub(super) async fn consume_numbered(
        &self,
        transport: &str,
        draft: ConsumeDraft,
        numbers: Option<Numbers>,
    ) -> Result<ConsumerInfo, MediaError> {
        let unknown = MediaError::Unknown("producer");
        let (row, kind, app_data, source) = {
            let media = self.cell.media().lock();
            let transport = self.transport(&media, transport, Some(Direction::Recv))?;
            let count = |row: &super::room::TransportRow| row.consumers.len();
            media.check_count(&self.peer.seat, count, "tracks received", Limits::CONSUMERS_MAX)?;
            let (producer, of): (_, &ProducerRow) = media.producers.named(&draft.producer).ok_or(unknown)?;
            let row = ConsumerRow {
                name: random_id().into(),
                seat: self.peer.seat.clone(),
                transport,
                producer,
                producer_name: of.name.clone(),
            };
            (row, of.kind, of.app_data.clone(), of.source.clone())
        };
        let (id, producer) = (row.name.clone(), row.producer_name.clone());
        let ConsumeDraft { capabilities, paused, mid, .. } = draft;
        let options = ConsumeOptions { producer: row.producer, capabilities, paused, mid };
        let consumed = self.command(move |at| add_consumer(at, options, numbers, row)).await?;
        Ok(ConsumerInfo {
            id,
            producer,
            kind,
            parameters: consumed.parameters,
            producer_type: consumed.kind,
            producer_paused: consumed.producer_paused,
            app_data,
            source,
        })
    }

    /// Pauses or resumes a track towards the peer; a resumed video begins with a key frame.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn set_consumer_paused(&self, consumer: &str, paused: bool) -> Result<(), MediaError> {
        self.on_consumer(consumer, move |engine, now, id| engine.set_consumer_paused(now, id, paused)).await
    }

    /// The layers to send at most; `None`: the best.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn set_preferred_layers(
        &self,
        consumer: &str,
        layers: Option<Layers>,
    ) -> Result<(), MediaError> {
        self.on_consumer(consumer, move |engine, now, id| engine.set_preferred_layers(now, id, layers)).await
    }

    /// The size at which the peer shows a video, in pixels of its screen; 0 × 0 pauses it.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn set_visible_size(&self, consumer: &str, size: VisibleSize) -> Result<(), MediaError> {
        self.on_consumer(consumer, move |engine, now, id| engine.set_visible_size(now, id, size)).await
    }

    /// Asks the producer of a track for a key frame.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn request_key_frame(&self, consumer: &str) -> Result<(), MediaError> {
        self.on_consumer(consumer, |engine, now, id| engine.request_key_frame(now, id)).await
    }

    /// Stops sending a track to the peer.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn close_consumer(&self, consumer: &str) -> Result<(), MediaError> {
        let mut removed = Removed::default();
        let id = {
            let mut media = self.cell.media().lock();
            let id = own_consumer(&media, self, consumer)?;
            media.remove_consumer(id, &mut removed);
            id
        };
        self.command(move |at| {
            at.forget(&removed.entities);
            at.engine.close_consumer(at.now, id);
            Ok(())
        })
        .await
    }

    async fn on_consumer(
        &self,
        consumer: &str,
        command: impl FnOnce(&mut Engine, Time, ConsumerId) -> Result<(), UnknownId> + Send + 'static,
    ) -> Result<(), MediaError> {
        let id = own_consumer(&self.cell.media().lock(), self, consumer)?;
        self.command(move |at| Ok(command(at.engine, at.now, id)?)).await
    }
}

fn own_consumer(
    media: &super::room::RoomMedia,
    peer: &PeerMedia,
    name: &str,
) -> Result<ConsumerId, MediaError> {
    let owned = media.consumers.owned(name, &peer.peer.seat);
    Ok(owned.ok_or(MediaError::Unknown("consumer"))?.0)
}

/// At the worker: makes the consumer and writes its row.
fn add_consumer(
    at: &mut super::peer::At<'_>,
    options: ConsumeOptions,
    numbers: Option<Numbers>,
    row: ConsumerRow,
) -> Result<Consumed, MediaError> {
    let consumed = match numbers {
        Some(numbers) => at.engine.consume_numbered(at.now, row.transport, options, numbers)?,
        None => at.engine.consume(at.now, row.transport, options)?,
    };
    let added = at.cell.media().lock().add_consumer(consumed.consumer, row);
    match added {
        Ok(()) => {
            at.note(Entity::Consumer(consumed.consumer));
            Ok(consumed)
        }
        Err(error) => {
            at.engine.close_consumer(at.now, consumed.consumer);
            Err(error)
        }
    }
}
