//! All live rooms, by tenant.

use super::cell::{Aftermath, CellDraft, CellState, RoomCell, RoomKey};
use crate::{conference::Facts, media::Closing};
use parking_lot::{Mutex, RwLock};
use rtc_room::SeatView;
use rtc_types::{AppId, ConnectionId, Jti, Millis, PeerInfo, RoomId, Topology, UserId};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long an end is remembered in memory: longer than any join can take between its check of the
/// database and its seat.
const BAR_REMEMBERED: Duration = Duration::from_secs(120);

/// Something that was ended: a join that began before must not slip in after.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bar {
    App(AppId),
    Room(RoomKey),
    Token(AppId, Jti),
    User(RoomKey, UserId),
}

/// The live rooms of one tenant.
#[derive(Default)]
pub(crate) struct AppRooms {
    rooms: Mutex<HashMap<RoomId, Arc<RoomCell>>>,
    peers: AtomicIsize,
}

impl AppRooms {
    pub(crate) fn peers(&self) -> usize {
        usize::try_from(self.peers.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

pub(crate) struct LiveRooms {
    apps: RwLock<HashMap<AppId, Arc<AppRooms>>>,
    timeouts: Mutex<BinaryHeap<Reverse<(Millis, RoomKey)>>>,
    /// By what was ended: the count of ends at that moment.
    bars: moka::sync::Cache<Bar, u64>,
    ends: AtomicU64,
    connections: AtomicU64,
    pub(crate) draining: AtomicBool,
    pub(crate) drained: tokio::sync::watch::Sender<bool>,
    pub(crate) facts: Arc<Facts>,
}

/// Figures of all live rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveStats {
    /// Rooms that somebody is in.
    pub rooms: usize,
    /// Seats that are taken.
    pub peers: usize,
}

/// A live room as its tenant may see it.
#[derive(Clone, Debug)]
pub struct RoomSnapshot {
    /// The room.
    pub id: RoomId,
    /// When it came to life.
    pub created_at: Millis,
    /// How media travels.
    pub topology: Topology,
    /// How many it admits.
    pub capacity: usize,
    /// Who is in it, in the order of joining, those included who are hidden.
    pub seats: Vec<SeatView>,
}

impl RoomSnapshot {
    /// Who is in it as far as peers know.
    pub fn shown(&self) -> impl Iterator<Item = &PeerInfo> {
        self.seats.iter().filter(|seat| !seat.hidden).map(|seat| &seat.peer)
    }
}

impl LiveRooms {
    pub(crate) fn new() -> Self {
        Self {
            apps: RwLock::default(),
            timeouts: Mutex::default(),
            bars: moka::sync::Cache::builder().time_to_live(BAR_REMEMBERED).build(),
            ends: AtomicU64::new(0),
            connections: AtomicU64::new(1),
            draining: AtomicBool::new(false),
            drained: tokio::sync::watch::Sender::new(false),
            facts: Arc::default(),
        }
    }

    pub(crate) fn next_connection(&self) -> ConnectionId {
        ConnectionId(self.connections.fetch_add(1, Ordering::Relaxed))
    }

    /// Remembers an end. It is in the database already, so a join that begins from here on sees it there.
    pub(crate) fn bar(&self, bar: Bar) {
        let count = self.ends.fetch_add(1, Ordering::SeqCst) + 1;
        self.bars.insert(bar, count);
    }

    /// How many ends there were so far; asked at the beginning of a join.
    pub(crate) fn ends(&self) -> u64 {
        self.ends.load(Ordering::SeqCst)
    }

    /// Whether it was ended after the count was `since`.
    pub(crate) fn is_barred(&self, bar: &Bar, since: u64) -> bool {
        self.bars.get(bar).is_some_and(|count| count > since)
    }

    pub(crate) fn app(&self, app: &AppId) -> Arc<AppRooms> {
        if let Some(rooms) = self.apps.read().get(app) {
            return rooms.clone();
        }
        self.apps.write().entry(app.clone()).or_default().clone()
    }

    pub(crate) fn find(&self, app: &AppId, room: &RoomId) -> Option<Arc<RoomCell>> {
        let rooms = self.apps.read().get(app)?.clone();
        rooms.rooms.lock().get(room).cloned()
    }

    /// The cell of a room, made where there is none.
    pub(crate) fn find_or_make(&self, draft: CellDraft<'_>, now: Millis) -> Arc<RoomCell> {
        let key = draft.key;
        let rooms = self.app(&key.app);
        let mut rooms = rooms.rooms.lock();
        rooms
            .entry(key.room.clone())
            .or_insert_with(|| {
                metrics::gauge!("rtc_rooms").increment(1);
                Arc::new(RoomCell::new(draft, self.facts.clone(), now))
            })
            .clone()
    }

    /// Runs an operation on a room and does what follows from it. Gives whether the room went away too.
    pub(crate) fn run<T>(
        &self,
        cell: &Arc<RoomCell>,
        operation: impl FnOnce(&mut CellState) -> T,
    ) -> (T, bool) {
        let (result, aftermath) = cell.run(operation);
        (result, self.follow_up(cell, aftermath))
    }

    fn follow_up(&self, cell: &Arc<RoomCell>, aftermath: Aftermath) -> bool {
        aftermath.closing.into_iter().for_each(Closing::carry_out);
        if aftermath.peers != 0 {
            self.app(&cell.key.app).peers.fetch_add(aftermath.peers, Ordering::Relaxed);
            #[allow(clippy::cast_precision_loss)]
            metrics::gauge!("rtc_peers").increment(aftermath.peers as f64);
        }
        if let Some(at) = aftermath.schedule {
            self.timeouts.lock().push(Reverse((at, cell.key.clone())));
        }
        aftermath.emptied && self.remove_if_empty(cell)
    }

    fn remove_if_empty(&self, cell: &Arc<RoomCell>) -> bool {
        let rooms = self.app(&cell.key.app);
        let mut rooms = rooms.rooms.lock();
        let (gone, _) = cell.run(|state| {
            let gone = state.room.is_empty() && !state.dead;
            state.dead |= gone;
            gone
        });
        if gone {
            rooms.remove(&cell.key.room);
            cell.media().close().into_iter().for_each(Closing::carry_out);
            cell.report_finished();
            metrics::gauge!("rtc_rooms").decrement(1);
        }
        gone
    }

    /// The rooms whose time has come.
    pub(crate) fn due(&self, now: Millis) -> Vec<Arc<RoomCell>> {
        let mut keys = Vec::new();
        {
            let mut timeouts = self.timeouts.lock();
            while timeouts.peek().is_some_and(|Reverse((at, _))| *at <= now) {
                if let Some(Reverse((_, key))) = timeouts.pop() {
                    keys.push(key);
                }
            }
        }
        keys.iter().filter_map(|key| self.find(&key.app, &key.room)).collect()
    }

    /// The live rooms of a tenant.
    pub(crate) fn cells_of(&self, app: &AppId) -> Vec<Arc<RoomCell>> {
        let Some(rooms) = self.apps.read().get(app).cloned() else {
            return Vec::new();
        };
        rooms.rooms.lock().values().cloned().collect()
    }

    pub(crate) fn all_cells(&self) -> Vec<Arc<RoomCell>> {
        let apps: Vec<_> = self.apps.read().values().cloned().collect();
        apps.iter().flat_map(|rooms| rooms.rooms.lock().values().cloned().collect::<Vec<_>>()).collect()
    }

    pub(crate) fn stats(&self) -> LiveStats {
        let apps: Vec<_> = self.apps.read().values().cloned().collect();
        apps.iter().fold(LiveStats::default(), |sum, rooms| LiveStats {
            rooms: sum.rooms + rooms.rooms.lock().len(),
            peers: sum.peers + rooms.peers(),
        })
    }
}

impl RoomSnapshot {
    pub(crate) fn of(cell: &RoomCell) -> Self {
        let (capacity, seats) = cell.read(|room| (room.capacity(), room.seats().collect()));
        let (id, topology) = (cell.key.room.clone(), cell.topology());
        Self { id, created_at: cell.created_at, topology, capacity, seats }
    }
}
