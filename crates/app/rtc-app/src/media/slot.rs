//! Where a live room keeps its media, and what leaves from there.

use super::{
    MediaNotice,
    backend::Index,
    room::{Entity, Placement, ProducerRow, Removed, RoomMedia},
};
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use rtc_sfu::{Engine, TransportId};
use rtc_types::SeatId;
use std::sync::Arc;

/// To whom something is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// One seat.
    Seat(SeatId),
    /// Everybody else.
    Others(SeatId),
    /// Everybody.
    All,
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) to: To,
    pub(crate) notice: MediaNotice,
}

impl Post {
    pub(crate) fn seat(seat: &SeatId, notice: MediaNotice) -> Self {
        Self { to: To::Seat(seat.clone()), notice }
    }

    pub(crate) fn producer_paused(row: &ProducerRow, paused: bool) -> Self {
        let (producer, peer) = (row.name.clone(), row.peer.clone());
        let to = To::Others(peer.seat.clone());
        Self { to, notice: MediaNotice::ProducerPaused { producer, peer, paused } }
    }
}

/// One room's media; nothing but two locks for a room that never has any.
#[derive(Default)]
pub(crate) struct MediaSlot {
    media: Mutex<Option<Box<RoomMedia>>>,
    /// Held while the room is being placed on a worker, so that it is placed once.
    pub(crate) placing: tokio::sync::Mutex<()>,
    /// By what events find the room; told once, with the first placement.
    index: std::sync::OnceLock<Arc<Index>>,
}

impl MediaSlot {
    /// The bookkeeping. Nothing is pushed to a mailbox or awaited while it is held.
    pub(crate) fn lock(&self) -> MappedMutexGuard<'_, RoomMedia> {
        MutexGuard::map(self.media.lock(), |media| &mut **media.get_or_insert_default())
    }

    /// The bookkeeping, where there is any.
    pub(crate) fn peek(&self) -> Option<MappedMutexGuard<'_, RoomMedia>> {
        MutexGuard::try_map(self.media.lock(), |media| media.as_deref_mut()).ok()
    }

    pub(crate) fn use_index(&self, index: &Arc<Index>) {
        self.index.get_or_init(|| index.clone());
    }

    /// A seat ended: its media goes. Gives what has to be told, and what has to be closed once no lock is held.
    pub(crate) fn end_seat(&self, seat: &SeatId) -> (Vec<Post>, Option<Closing>) {
        let Some(mut media) = self.peek() else { return Default::default() };
        let mut removed = Removed::default();
        let transports = media.remove_seat(seat, &mut removed);
        let closing = media.placement.clone().zip(self.index.get()).map(|(placement, index)| Closing {
            placement,
            transports,
            whole_router: false,
            entities: removed.entities,
            index: index.clone(),
        });
        (removed.posts, closing.filter(|closing| !closing.transports.is_empty()))
    }

    /// The room is gone, all seats with it.
    pub(crate) fn close(&self) -> Option<Closing> {
        let mut media = self.lock();
        media.closed = true;
        let placement = media.placement.clone()?;
        let entities = media.lose_worker();
        let index = self.index.get()?.clone();
        Some(Closing { placement, transports: Vec::new(), whole_router: true, entities, index })
    }
}

/// What an engine has to close.
pub(crate) struct Closing {
    placement: Placement,
    transports: Vec<TransportId>,
    whole_router: bool,
    entities: Vec<Entity>,
    index: Arc<Index>,
}

impl Closing {
    /// Forgets the names and tells the engine, in the background.
    pub(crate) fn carry_out(self) {
        let worker = self.placement.worker.id();
        for entity in &self.entities {
            self.index.remove(&(worker, *entity));
        }
        let Self { placement: Placement { worker, router }, transports, whole_router, .. } = self;
        let command = move |engine: &mut Engine, now| {
            for transport in transports {
                engine.close_transport(now, transport);
            }
            if whole_router {
                engine.close_router(router);
            }
        };
        // A worker that died has closed everything already.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move { worker.call(command).await })),
            Err(_) => drop(worker.post(command)),
        }
    }
}
