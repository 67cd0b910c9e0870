//! What has to be done from time to time: seats whose time is over, rooms long empty, old rows.

use super::{
    cell::RoomCell,
    registry::{LiveStats, RoomSnapshot},
};
use crate::{App, Tenant};
use rtc_types::{AppId, Millis, RoomId};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// How often seats are looked at whose time may be over.
const SWEEP_EVERY: Duration = Duration::from_millis(250);
/// How often the database is asked for rooms that were empty too long.
const EMPTY_ROOMS_EVERY: Duration = Duration::from_secs(15);
/// Rooms in use are noted as such so long before their time is over, by what the database says: other processes see
/// that, and not who is in them.
const NOTED_BEFORE_MS: Millis = 30_000;
/// A room stays at least so long after its last member.
const DEPARTURE_MIN_MS: Millis = EMPTY_ROOMS_EVERY.as_millis() as Millis + 1_000;
/// How often old rows are removed.
const PURGE_EVERY: Duration = Duration::from_secs(3600);

impl App {
    /// Keeps the house in order until the task is aborted.
    pub async fn run_upkeep(self) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        let mut empty_rooms = tokio::time::interval(EMPTY_ROOMS_EVERY);
        let mut purge = tokio::time::interval(PURGE_EVERY);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.renew_empty_rooms().await;
        loop {
            tokio::select! {
                _ = sweep.tick() => self.sweep(),
                _ = empty_rooms.tick() => self.end_empty_rooms().await,
                _ = purge.tick() => self.purge().await,
            }
        }
    }

    /// Ends the seats whose time is over.
    pub fn sweep(&self) {
        let now = self.now();
        for cell in self.0.live.due(now) {
            let (_, emptied) = self.0.live.run(&cell, |state| {
                state.scheduled = None;
                state.room.handle_timeout(now)
            });
            if emptied {
                self.note_emptied(&cell);
            }
        }
    }

    /// For when the process begins: rooms whose time seems to be over had people in them until the last one ended, as
    /// far as the database knows, and they are on their way back.
    pub(crate) async fn renew_empty_rooms(&self) {
        let now = self.now();
        if let Err(error) = self.0.store.renew_rooms_ending_by(now + NOTED_BEFORE_MS, now).await {
            tracing::warn!(error = error.log_text(), "the time of empty rooms was not begun anew");
        }
    }

    /// Deletes the tenants' rooms that have been empty for too long, and notes of those in use that they are.
    pub(crate) async fn end_empty_rooms(&self) {
        let now = self.now();
        let rooms = match self.0.store.rooms_ending_by(now + NOTED_BEFORE_MS).await {
            Ok(rooms) => rooms,
            Err(error) => {
                return tracing::warn!(
                    error = error.log_text(),
                    "rooms that stand empty were not looked for"
                );
            }
        };
        for room in rooms {
            if self.0.live.find(&room.app_id, &room.id).is_some() {
                self.note_used(&room.app_id, &room.id).await;
            } else if room.ends_at <= now
                && let Err(error) = self.delete_room(&Tenant::of(room.app_id), &room.id).await
            {
                tracing::warn!(%error, room = %room.id, "a room that stood empty was not deleted");
            }
        }
    }

    async fn purge(&self) {
        match self.0.store.purge(self.now()).await {
            Ok(purged) => tracing::debug!(?purged, "old rows removed"),
            Err(error) => tracing::warn!(error = error.log_text(), "old rows were not removed"),
        }
    }

    /// Notes when a tenant's room became empty, for its `emptyTimeout`.
    pub(crate) fn note_emptied(&self, cell: &Arc<RoomCell>) {
        if !cell.stored {
            return;
        }
        let (app, cell) = (self.clone(), cell.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { app.note_last_left(&cell).await });
        }
    }

    /// From now on the room's empty timeout runs, or the time that it has for its last member to come back.
    pub(crate) async fn note_last_left(&self, cell: &RoomCell) {
        let (app, room) = (&cell.key.app, &cell.key.room);
        let Some(seconds) = cell.departure_timeout_s else { return self.note_used(app, room).await };
        // Another process, where people may be in it still, has to look once and say so.
        let stays_ms = (Millis::from(seconds) * 1000).max(DEPARTURE_MIN_MS);
        if let Err(error) = self.0.store.tenant(app).end_room_at(room, self.now() + stays_ms).await {
            tracing::warn!(error = error.log_text(), "when a room ends was not noted");
        }
    }

    async fn note_used(&self, app: &AppId, room: &RoomId) {
        if let Err(error) = self.0.store.tenant(app).touch_room(room, self.now()).await {
            tracing::warn!(error = error.log_text(), "a room's last use was not noted");
        }
    }

    /// Stops admitting peers and tells every connection to come back elsewhere.
    pub fn begin_shutdown(&self) {
        self.0.live.draining.store(true, Ordering::Relaxed);
        self.0.live.drained.send_replace(true);
        for cell in self.0.live.all_cells() {
            cell.restart_all();
        }
    }

    /// Completes once [`App::begin_shutdown`] was called; for connections that have no seat yet.
    pub async fn shutdown_begun(&self) {
        let mut begun = self.0.live.drained.subscribe();
        // The sender lives as long as the application, so waiting cannot fail while somebody waits.
        let _ = begun.wait_for(|begun| *begun).await;
    }

    /// Figures of all live rooms.
    pub fn live_stats(&self) -> LiveStats {
        self.0.live.stats()
    }

    /// The tenant's rooms that somebody is in, of every surface.
    pub fn live_rooms(&self, tenant: &Tenant) -> Vec<RoomSnapshot> {
        let cells = self.0.live.cells_of(tenant.app_id());
        cells.iter().map(|cell| RoomSnapshot::of(cell)).filter(|room| !room.seats.is_empty()).collect()
    }

    /// One of the tenant's rooms that somebody is in.
    pub fn live_room(&self, tenant: &Tenant, room: &RoomId) -> Option<RoomSnapshot> {
        let cell: Arc<RoomCell> = self.0.live.find(tenant.app_id(), room)?;
        Some(RoomSnapshot::of(&cell)).filter(|room| !room.seats.is_empty())
    }
}
