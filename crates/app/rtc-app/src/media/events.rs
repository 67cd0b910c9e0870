//! From what the engines report to the seats that it concerns.

use super::{
    MediaNotice, Post, To,
    backend::{Index, Shared, WorkerId},
    channels::Channel,
    room::{Entity, Removed, RoomMedia},
};
use crate::{App, live::RoomCell};
use rtc_media::Notice;
use rtc_sfu::{Event, TransportFailure, TransportId};
use std::sync::Arc;

/// Seats with media up to which everybody is told everybody's network quality; in larger rooms each peer
/// is told its own alone, so that what is told grows with the peers and not with their square.
const QUALITY_TOLD_MAX: usize = 50;

impl App {
    /// Ends the media workers; what they carry ends without a word to the peers.
    pub async fn stop_media(&self) {
        if let Some(shared) = &self.0.media {
            shared.plane.shutdown().await;
        }
    }

    /// Carries the media workers' events to the seats; completes where there are no workers. Run it on a
    /// task beside the application, once.
    pub async fn run_media(self) {
        let Some(shared) = self.0.media.clone() else { return };
        while let Some(notice) = shared.plane.next_notice().await {
            match notice {
                Notice::Event { worker, event } => dispatch(&shared, worker, event),
                Notice::WorkerDied { worker } => self.lose_worker(worker),
            }
        }
    }
}

pub(super) fn dispatch(shared: &Shared, worker: WorkerId, event: Event) {
    let index: &Index = &shared.index;
    let cell = index.get(&(worker, subject(&event))).and_then(|room| room.upgrade());
    // What concerns nobody any more went the same moment as it was reported.
    let Some(cell) = cell else { return };
    let Some(event) = super::channels::listen(&cell, event) else { return };
    for entity in handle(&cell, event) {
        index.remove(&(worker, entity));
    }
}

/// What an event is about.
fn subject(event: &Event) -> Entity {
    match event {
        Event::TransportConnected(transport)
        | Event::TransportClosed { transport, .. }
        | Event::NetworkQuality { transport, .. }
        | Event::DataChannelOpened { transport, .. }
        | Event::DataChannelMessage { transport, .. } => Entity::Transport(*transport),
        Event::ProducerClosed(producer) | Event::LayersWanted { producer, .. } => Entity::Producer(*producer),
        Event::ConsumerClosed(consumer)
        | Event::ConsumerLayers { consumer, .. }
        | Event::ConsumerScore { consumer, .. } => Entity::Consumer(*consumer),
        Event::ActiveSpeaker { router, .. } => Entity::Router(*router),
        Event::DataProducerClosed(producer) => Entity::DataProducer(*producer),
        Event::DataConsumerClosed(consumer) => Entity::DataConsumer(*consumer),
    }
}

/// Tells the room; gives what is gone.
fn handle(cell: &Arc<RoomCell>, event: Event) -> Vec<Entity> {
    let mut removed = Removed::default();
    cell.announce(|media| {
        match event {
            Event::TransportClosed { transport, reason } => {
                close_transport(media, transport, reason, &mut removed);
            }
            Event::ProducerClosed(producer) => media.remove_producer(producer, &mut removed),
            Event::ConsumerClosed(consumer) => {
                let row = media.consumers.get(consumer);
                removed.posts.extend(row.map(|row| {
                    let (consumer, producer) = (row.name.clone(), row.producer_name.clone());
                    Post::seat(&row.seat, MediaNotice::ConsumerClosed { consumer, producer })
                }));
                media.remove_consumer(consumer, &mut removed);
            }
            Event::DataProducerClosed(producer) => media.remove_data_producer(producer, &mut removed),
            Event::DataConsumerClosed(consumer) => {
                let row = media.data_consumers.get(consumer);
                removed.posts.extend(row.map(|row| {
                    let (consumer, producer) = (row.name.clone(), row.producer_name.clone());
                    Post::seat(&row.seat, MediaNotice::DataConsumerClosed { consumer, producer })
                }));
                media.remove_data_consumer(consumer, &mut removed);
            }
            event => removed.posts.extend(tell(media, event)),
        }
        std::mem::take(&mut removed.posts)
    });
    removed.entities
}

fn close_transport(media: &mut RoomMedia, id: TransportId, reason: TransportFailure, removed: &mut Removed) {
    if let Some(row) = media.remove_transport(id, removed) {
        let notice = MediaNotice::TransportClosed { transport: row.name, reason };
        removed.posts.push(Post::seat(&row.seat, notice));
    }
}

/// What is told of an event after which nothing is gone.
fn tell(media: &mut RoomMedia, event: Event) -> Option<Post> {
    match event {
        Event::TransportConnected(transport) => {
            let row = media.transports.get(transport)?;
            let notice = MediaNotice::TransportConnected { transport: row.name.clone() };
            Some(Post::seat(&row.seat, notice))
        }
        Event::NetworkQuality { transport, quality } => tell_quality(media, transport, quality),
        Event::ActiveSpeaker { producer, .. } => {
            media.speaker = producer.filter(|producer| media.producers.get(*producer).is_some());
            let speaker = media.speaker.and_then(|producer| media.producers.get(producer));
            let notice = MediaNotice::ActiveSpeaker(speaker.map(super::room::ProducerRow::view));
            Some(Post { to: To::All, notice })
        }
        Event::LayersWanted { producer, mask } => {
            let row = media.producers.get_mut(producer)?;
            row.layers_wanted = Some(mask);
            let notice = MediaNotice::LayersWanted { producer: row.name.clone(), mask };
            Some(Post::seat(&row.peer.seat, notice))
        }
        Event::ConsumerLayers { consumer, layers } => {
            let row = media.consumers.get(consumer)?;
            let notice = MediaNotice::ConsumerLayers { consumer: row.name.clone(), layers };
            Some(Post::seat(&row.seat, notice))
        }
        Event::ConsumerScore { consumer, score, producer_score } => {
            let row = media.consumers.get(consumer)?;
            let consumer = row.name.clone();
            Some(Post::seat(&row.seat, MediaNotice::ConsumerScore { consumer, score, producer_score }))
        }
        Event::DataChannelOpened { transport, stream, label } => {
            let row = media.transports.get(transport)?;
            let label: Arc<str> = label.as_str().into();
            let channel = Channel { label: label.clone(), transport, stream, ours: false };
            super::channels::note(media.seats.get_mut(&row.seat), channel);
            let transport = row.name.clone();
            Some(Post::seat(&row.seat, MediaNotice::ChannelOpened { transport, stream, label }))
        }
        Event::DataChannelMessage { transport, stream, binary, payload } => {
            let row = media.transports.get(transport)?;
            let (transport, payload) = (row.name.clone(), payload.into());
            let notice = MediaNotice::ChannelMessage { transport, stream, binary, payload };
            Some(Post::seat(&row.seat, notice))
        }
        Event::TransportClosed { .. }
        | Event::ProducerClosed(_)
        | Event::ConsumerClosed(_)
        | Event::DataProducerClosed(_)
        | Event::DataConsumerClosed(_) => None,
    }
}

/// A peer's quality is that of its worst transport.
fn tell_quality(media: &mut RoomMedia, id: TransportId, quality: u8) -> Option<Post> {
    let row = media.transports.get_mut(id)?;
    row.quality = Some(quality);
    let seat = row.seat.clone();
    let everybody = media.seats.len() <= QUALITY_TOLD_MAX;
    let transports = media.seats.get(&seat)?.transports.iter();
    let worst = transports.filter_map(|id| media.transports.get(*id)?.quality).min()?;
    let entry = media.seats.get_mut(&seat)?;
    if entry.quality == Some(worst) {
        return None;
    }
    entry.quality = Some(worst);
    let notice = MediaNotice::NetworkQuality { peer: entry.peer.clone(), quality: worst };
    Some(Post { to: if everybody { To::All } else { To::Seat(seat) }, notice })
}
