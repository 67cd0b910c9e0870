//! A seat's media, as a surface acts on it.

use super::{
    Direction, MediaError, Post,
    backend::{Index, Shared, WorkerId},
    notice::{DataProducerView, ProducerView},
    room::{Entity, Placement, RoomMedia},
};
use crate::{App, live::RoomCell};
use rtc_sfu::{Engine, Time, TransportId};
use rtc_types::{PeerInfo, Role, Topology};
use std::sync::Arc;

/// A seat's media. Names of transports, producers and consumers are those that [`PeerMedia`] itself gave
/// out; one of another peer (or, of producers, of another room) is [`MediaError::Unknown`].
#[derive(Clone)]
pub struct PeerMedia {
    pub(super) app: App,
    pub(super) cell: Arc<RoomCell>,
    pub(super) peer: PeerInfo,
}

/// A command at its room's worker.
pub(super) struct At<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) now: Time,
    pub(super) cell: &'a Arc<RoomCell>,
    index: &'a Index,
    worker: WorkerId,
}

impl At<'_> {
    /// From now on events about it find the room.
    pub(super) fn note(&self, entity: Entity) {
        self.index.insert((self.worker, entity), Arc::downgrade(self.cell));
    }

    pub(super) fn forget(&self, entities: &[Entity]) {
        for entity in entities {
            self.index.remove(&(self.worker, *entity));
        }
    }
}

impl PeerMedia {
    pub(crate) fn new(app: App, cell: Arc<RoomCell>, peer: PeerInfo) -> Self {
        Self { app, cell, peer }
    }

    /// Whose.
    pub fn peer(&self) -> &PeerInfo {
        &self.peer
    }

    /// What others publish, in no order: those that were announced so far. What is published from now on
    /// comes as a notice.
    pub fn producers(&self) -> Vec<Arc<ProducerView>> {
        self.cell.with_media(|room, media| {
            let others = media.producers.iter().map(|(_, row)| row);
            others
                .filter(|row| row.announced && row.peer.seat != self.peer.seat)
                .filter(|row| !room.is_hidden(&row.peer.seat))
                .map(super::room::ProducerRow::view)
                .collect()
        })
    }

    /// The data channels that others publish.
    pub fn data_producers(&self) -> Vec<Arc<DataProducerView>> {
        self.cell.with_media(|room, media| {
            let others = media.data_producers.iter().map(|(_, row)| row);
            let others = others.filter(|row| row.announced && row.view.peer.seat != self.peer.seat);
            let others = others.filter(|row| !room.is_hidden(&row.view.peer.seat));
            others.map(|row| row.view.clone()).collect()
        })
    }

    /// The layers of the peer's own tracks that anybody looks at, where that was reported.
    pub(super) fn layers_wanted(&self) -> Vec<(Arc<str>, u8)> {
        let media = self.cell.media().lock();
        let own = media.producers_of(&self.peer.seat);
        let own = own.into_iter().filter_map(|id| media.producers.get(id));
        own.filter_map(|row| Some((row.name.clone(), row.layers_wanted?))).collect()
    }

    pub(super) fn shared(&self) -> Result<&Arc<Shared>, MediaError> {
        if self.cell.topology() != Topology::Sfu {
            return Err(MediaError::PeerToPeer);
        }
        self.app.0.media.as_ref().ok_or(MediaError::Disabled)
    }

    pub(super) fn may_publish(&self) -> Result<(), MediaError> {
        let conference = self.cell.conference().lock();
        let permission = conference.permission(&self.peer.seat);
        let may = permission.map_or(self.peer.role != Role::Viewer, |permission| permission.publish);
        if may { Ok(()) } else { Err(MediaError::Forbidden) }
    }

    /// One of the peer's transports.
    pub(super) fn transport(
        &self,
        media: &RoomMedia,
        name: &str,
        direction: Option<Direction>,
    ) -> Result<TransportId, MediaError> {
        let (id, row) =
            media.transports.owned(name, &self.peer.seat).ok_or(MediaError::Unknown("transport"))?;
        match direction {
            Some(wanted) if row.direction != Direction::Both && wanted != row.direction => {
                Err(MediaError::Direction(row.direction.as_str()))
            }
            _ => Ok(id),
        }
    }

    /// Runs a command where the room's media is.
    pub(super) async fn command<R: Send + 'static>(
        &self,
        command: impl FnOnce(&mut At<'_>) -> Result<R, MediaError> + Send + 'static,
    ) -> Result<R, MediaError> {
        let placement = self.cell.media().lock().placement.clone();
        let placement = placement.ok_or(MediaError::WorkerDied)?;
        self.command_at(&placement, command).await
    }

    pub(super) async fn command_at<R: Send + 'static>(
        &self,
        placement: &Placement,
        command: impl FnOnce(&mut At<'_>) -> Result<R, MediaError> + Send + 'static,
    ) -> Result<R, MediaError> {
        let index = self.shared()?.index.clone();
        let (cell, worker) = (self.cell.clone(), placement.worker.id());
        let command = move |engine: &mut Engine, now| {
            command(&mut At { engine, now, cell: &cell, index: &index, worker })
        };
        match placement.worker.call(command).await {
            Ok(result) => result,
            Err(lost) => {
                self.app.lose_worker_of(&self.cell, worker);
                Err(lost.into())
            }
        }
    }

    /// Tells the room.
    pub(super) fn announce(&self, collect: impl FnOnce(&mut RoomMedia) -> Vec<Post>) {
        self.cell.announce(collect);
    }
}
