//! Ends and silences that come from elsewhere: mutes, workers that die.

use super::{
    MediaNotice, PeerMedia, Post, To,
    backend::WorkerId,
    room::{Entity, RoomMedia},
};
use crate::{App, live::RoomCell};
use rtc_sfu::ProducerId;
use rtc_types::{MediaKind, PeerInfo, SeatId};
use std::sync::Arc;

/// A mute that the room has taken, as the media has to follow it.
pub(crate) struct MuteOrder {
    peer: PeerInfo,
    producers: Vec<ProducerId>,
}

impl MuteOrder {
    /// Notes a mute, under the room's lock. A host or the tenant mutes by taking the media away; a peer mutes
    /// itself at its own end, and takes back what a host did where it unmutes itself, as the room lets it.
    pub(crate) fn note(
        media: &mut RoomMedia,
        peer: &PeerInfo,
        by: Option<&SeatId>,
        kind: MediaKind,
        muted: bool,
    ) -> Option<Self> {
        if by == Some(&peer.seat) && (muted || !media.is_muted(&peer.seat, kind)) {
            return None;
        }
        media.set_muted(peer, kind, muted);
        let mut producers = media.producers_of(&peer.seat);
        producers.retain(|id| media.producers.get(*id).is_some_and(|row| row.kind == kind));
        (!producers.is_empty()).then(|| Self { peer: peer.clone(), producers })
    }
}

impl App {
    /// Makes media follow a mute, in the background.
    pub(crate) fn follow_mute(&self, cell: &Arc<RoomCell>, order: Option<MuteOrder>) {
        let Some(MuteOrder { peer, producers }) = order else { return };
        let media = PeerMedia::new(self.clone(), cell.clone(), peer);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Where its worker dies meanwhile, there is nothing left to mute.
                let _ = media.sync_pauses(producers).await;
            });
        }
    }

    /// A worker died: the rooms on it are told, and placed anew with their next transport.
    pub(super) fn lose_worker(&self, worker: WorkerId) {
        let Some(shared) = &self.0.media else { return };
        let routers = shared.index.iter().filter(|entry| {
            let (of, entity) = entry.key();
            *of == worker && matches!(entity, Entity::Router(_))
        });
        let cells: Vec<_> = routers.filter_map(|entry| entry.value().upgrade()).collect();
        tracing::error!(%worker, rooms = cells.len(), "a media worker died; its rooms are placed anew");
        for cell in cells {
            self.lose_worker_of(&cell, worker);
        }
        shared.index.retain(|(of, _), _| *of != worker);
    }

    /// A room's worker died. Does nothing where the room knows.
    pub(super) fn lose_worker_of(&self, cell: &Arc<RoomCell>, worker: WorkerId) {
        cell.announce(|media| {
            if media.placement.as_ref().is_none_or(|placement| placement.worker.id() != worker) {
                return Vec::new();
            }
            media.lose_worker();
            vec![Post { to: To::All, notice: MediaNotice::WorkerDied }]
        });
    }
}
