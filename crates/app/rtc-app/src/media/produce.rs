//! Tracks that a peer sends.

use super::{
    Direction, MediaError, MediaNotice, PeerMedia, Post, To,
    room::{Entity, Limits, ProducerRow, Removed},
};
use crate::random_id;
use rtc_sfu::{ProduceOptions, ProducerId};
use rtc_types::{Json, MediaKind, ortc::RtpParameters};
use std::sync::Arc;

/// Characters of a source's name that are kept.
const SOURCE_CHARS_MAX: usize = 32;

/// A track to be received from the peer.
#[derive(Clone, Debug)]
pub struct ProduceDraft {
    /// Audio or video.
    pub kind: MediaKind,
    /// As the client sends it.
    pub parameters: RtpParameters,
    /// Whether nothing of it is forwarded yet.
    pub paused: bool,
    /// `microphone`, `camera`, `screen`, …; `None`: by its kind. One that begins with `screen` is served
    /// before cameras when bandwidth is short.
    pub source: Option<String>,
    /// An object that others are told, within the surface's limit.
    pub app_data: Option<Json>,
}

impl ProduceDraft {
    fn source(&self) -> Arc<str> {
        let by_kind = match self.kind {
            MediaKind::Audio => "microphone",
            MediaKind::Video => "camera",
        };
        match &self.source {
            Some(source) if !source.is_empty() => {
                source.chars().take(SOURCE_CHARS_MAX).collect::<String>().into()
            }
            _ => by_kind.into(),
        }
    }
}

impl PeerMedia {
    /// Receives a track on a transport to send. Gives its name; the others are told. A track with the same
    /// mid or SSRC on the transport is closed for it.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn produce(&self, transport: &str, draft: ProduceDraft) -> Result<Arc<str>, MediaError> {
        self.produce_as(transport, draft, random_id().into()).await
    }

    /// [`Self::produce`] under a name that was given out before; it is unique in the room.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn produce_as(
        &self,
        transport: &str,
        draft: ProduceDraft,
        name: Arc<str>,
    ) -> Result<Arc<str>, MediaError> {
        self.may_publish()?;
        let transport = {
            let media = self.cell.media().lock();
            let count = |row: &super::room::TransportRow| row.producers.len();
            media.check_count(&self.peer.seat, count, "tracks sent", Limits::PRODUCERS_MAX)?;
            self.transport(&media, transport, Some(Direction::Send))?
        };
        let source = draft.source();
        let row = ProducerRow {
            name: name.clone(),
            peer: self.peer.clone(),
            transport,
            kind: draft.kind,
            source: source.clone(),
            app_data: draft.app_data,
            paused: draft.paused,
            told_paused: false,
            announced: false,
            layers_wanted: None,
            consumers: Vec::new(),
        };
        let options = ProduceOptions {
            kind: draft.kind,
            parameters: draft.parameters,
            paused: draft.paused,
            screen: source.starts_with("screen"),
        };
        let (id, posts) = self.command(move |at| add_producer(at, options, row)).await?;
        self.announce(|media| {
            let mut posts = posts;
            let paused = media.producers.get(id).map(|row| media.is_paused(row));
            if let (Some(row), Some(paused)) = (media.producers.get_mut(id), paused) {
                row.announced = true;
                row.told_paused = paused;
                let notice = MediaNotice::ProducerAdded(row.view());
                posts.push(Post { to: To::Others(row.peer.seat.clone()), notice });
            }
            posts
        });
        Ok(name)
    }

    /// Pauses or resumes one of the peer's tracks, for all. One that a host muted stays silent.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn set_producer_paused(&self, producer: &str, paused: bool) -> Result<(), MediaError> {
        let id = {
            let mut media = self.cell.media().lock();
            let (id, _) =
                media.producers.owned(producer, &self.peer.seat).ok_or(MediaError::Unknown("producer"))?;
            if let Some(row) = media.producers.get_mut(id) {
                row.paused = paused;
            }
            id
        };
        self.sync_pauses(vec![id]).await
    }

    /// Makes the engine and the room follow what is noted of pauses and mutes.
    pub(super) async fn sync_pauses(&self, producers: Vec<ProducerId>) -> Result<(), MediaError> {
        let ids = producers.clone();
        let done = self.command(move |at| {
            for id in producers {
                // Read at the worker: of two orders that cross, the later one's note holds.
                let paused = {
                    let media = at.cell.media().lock();
                    media.producers.get(id).map(|row| media.is_paused(row))
                };
                if let Some(paused) = paused {
                    at.engine.set_producer_paused(at.now, id, paused)?;
                }
            }
            Ok(())
        });
        let done = done.await;
        self.announce(|media| ids.into_iter().filter_map(|id| media.tell_pause(id)).collect());
        done
    }

    /// Stops receiving one of the peer's tracks; the others are told.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn close_producer(&self, producer: &str) -> Result<(), MediaError> {
        let id = {
            let media = self.cell.media().lock();
            let owned = media.producers.owned(producer, &self.peer.seat);
            owned.ok_or(MediaError::Unknown("producer"))?.0
        };
        let mut removed = Removed::default();
        self.announce(|media| {
            media.remove_producer(id, &mut removed);
            std::mem::take(&mut removed.posts)
        });
        let entities = removed.entities;
        self.command(move |at| {
            at.forget(&entities);
            at.engine.close_producer(at.now, id);
            Ok(())
        })
        .await
    }
}

/// At the worker: makes the producer and writes its row. Gives what has to be told of one that it replaced.
fn add_producer(
    at: &mut super::peer::At<'_>,
    mut options: ProduceOptions,
    row: ProducerRow,
) -> Result<(ProducerId, Vec<Post>), MediaError> {
    options.paused |= at.cell.media().lock().is_muted(&row.peer.seat, row.kind);
    let transport = row.transport;
    let produced = at.engine.produce(at.now, transport, options)?;
    let mut removed = Removed::default();
    let added = {
        let mut media = at.cell.media().lock();
        if let Some(replaced) = produced.replaced {
            media.remove_producer(replaced, &mut removed);
        }
        media.add_producer(produced.producer, row)
    };
    at.forget(&removed.entities);
    match added {
        Ok(()) => {
            at.note(Entity::Producer(produced.producer));
            Ok((produced.producer, removed.posts))
        }
        Err(error) => {
            at.engine.close_producer(at.now, produced.producer);
            Err(error)
        }
    }
}
