//! What livestreams need from time to time: the outbox, places that nobody came for, streams without a room.

use super::pace::Pace;
use crate::App;
use rtc_livestream::Event;
use rtc_store::{Action, Change};
use rtc_types::Millis;
use std::time::Duration;

/// How soon the outbox is looked at again where it could not be emptied.
const OUTBOX_AGAIN: Duration = Duration::from_secs(2);
/// How often places and rooms are looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// How long a place is kept for a user whose media session does not begin.
pub const PLACE_KEPT_MS: Millis = 120_000;
/// How long the media server may take to make a room.
const ROOM_AWAITED_MS: Millis = 60_000;

impl App {
    /// Runs the webhook queue and the upkeep of livestreams until the task is aborted.
    pub async fn run_livestreams(self) {
        let queue = self.clone().run_queue();
        let upkeep = async {
            let mut pace = Pace::of(self.0.store.backend());
            let mut outbox = tokio::time::Instant::now();
            let mut sweep = tokio::time::interval(SWEEP_EVERY);
            loop {
                tokio::select! {
                    () = tokio::time::sleep_until(outbox) => {
                        let told = self.tell_unsent().await;
                        if let Err(error) = &told {
                            tracing::warn!(error = error.log_text(), "the outbox waits");
                        }
                        let wait = if matches!(told, Ok(0)) {
                            pace.idle(None, self.now())
                        } else {
                            pace.found();
                            OUTBOX_AGAIN
                        };
                        outbox = tokio::time::Instant::now() + wait;
                    }
                    _ = sweep.tick() => self.sweep_livestreams().await,
                }
            }
        };
        tokio::join!(queue, upkeep);
    }

    /// Frees places that nobody came for, and gives up streams whose room was never made.
    pub async fn sweep_livestreams(&self) {
        if let Err(error) = self.try_sweep().await {
            tracing::warn!(error = error.log_text(), "livestreams were not swept");
        }
    }

    async fn try_sweep(&self) -> Result<(), crate::RequestError> {
        let now = self.now();
        let awaited = self.0.store.places_awaited_since(now.saturating_sub(PLACE_KEPT_MS)).await?;
        let lapse = |(app, stream, user_id, participant)| {
            Change::of_stream(app, stream, Action::Lapse { user_id, participant, at: now })
        };
        let mut changes: Vec<Change> = awaited.into_iter().map(lapse).collect();
        let without_room = self.0.store.livestreams_without_room(now.saturating_sub(ROOM_AWAITED_MS)).await?;
        let give_up = |row: rtc_store::LivestreamRow| {
            Change::of_stream(row.app_id, row.stream.id, Action::Event(Event::RoomRefused))
        };
        changes.extend(without_room.into_iter().map(give_up));
        if !changes.is_empty() {
            let outcomes = self.make(&changes).await?;
            self.announce(&outcomes).await;
        }
        Ok(())
    }
}
