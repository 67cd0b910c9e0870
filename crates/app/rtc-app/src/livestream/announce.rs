//! After the commit: the bus, the watchers, the media server.

use super::news::{Kind, News, topic};
use crate::{App, LivestreamDetails, RequestError};
use rtc_livestream::Effect;
use rtc_store::{Applied, Outcome};
use rtc_types::{Millis, StreamId};
use std::collections::BTreeMap;

/// What was committed and not told after this long was cut off, and is told by the upkeep.
const CUT_OFF_MS: Millis = 5_000;

/// What a batch did to one stream.
#[derive(Default)]
struct Merged<'a> {
    row: Option<&'a LivestreamDetails>,
    members: BTreeMap<&'a str, bool>,
    started: bool,
    ended: bool,
    /// Whether there is anything to tell.
    is_seen: bool,
}

impl App {
    /// Tells the bus and the watchers what a batch changed. What cannot be told stays in the outbox.
    pub(super) async fn announce(&self, outcomes: &[Outcome]) {
        let mut streams: BTreeMap<&StreamId, Merged<'_>> = BTreeMap::new();
        for applied in outcomes.iter().filter_map(Outcome::applied) {
            let Applied { row, effects, .. } = applied;
            let merged = streams.entry(&row.stream.id).or_default();
            merged.row = Some(row);
            for effect in effects {
                merged.is_seen |=
                    !matches!(effect, Effect::AllLeft(_) | Effect::Disconnect(_) | Effect::CloseRoom);
                match effect {
                    Effect::Entered(user, _) => _ = merged.members.insert(user.as_str(), true),
                    Effect::Exited(user) => _ = merged.members.insert(user.as_str(), false),
                    Effect::TellStarted => merged.started = true,
                    Effect::TellEnded => merged.ended = true,
                    Effect::TellCount | Effect::AllLeft(_) | Effect::Disconnect(_) | Effect::CloseRoom => {}
                }
            }
        }
        for merged in streams.into_values() {
            let Some(row) = merged.row.filter(|_| merged.is_seen) else { continue };
            let members = merged.members.into_iter().map(|(user, is_in)| (user.to_owned(), is_in)).collect();
            let told = self.tell_watchers(row, members, merged.started, merged.ended).await;
            if let Err(error) = told {
                tracing::warn!(error = error.log_text(), stream = %row.stream.id, "watchers are not told yet");
            }
        }
        if let Ok(parts) = self.livestreams() {
            parts.told.notify_one();
        }
    }

    async fn tell_watchers(
        &self,
        row: &LivestreamDetails,
        members: Vec<(String, bool)>,
        started: bool,
        ended: bool,
    ) -> Result<(), RequestError> {
        self.advance_state(row, members).await?;
        self.publish(row, started, ended).await?;
        let stream = &row.stream;
        Ok(self.0.store.mark_sent(&stream.id, stream.revision).await?)
    }

    async fn publish(&self, row: &LivestreamDetails, started: bool, ended: bool) -> Result<(), RequestError> {
        let bus = &self.livestreams()?.bus;
        let topic = topic(&row.stream.id);
        let kinds = [(started, Kind::Started), (!ended, Kind::Count), (ended, Kind::Ended)];
        for (_, kind) in kinds.into_iter().filter(|(is_told, _)| *is_told) {
            bus.publish(&topic, News::of(row, kind).to_bytes()).await?;
        }
        Ok(())
    }

    /// Tells what a process that was cut off has committed and not told; gives how much that was.
    ///
    /// # Errors
    /// The database's or the bus's; the rest stays in the outbox.
    pub async fn tell_unsent(&self) -> Result<usize, RequestError> {
        let unsent = self.0.store.unsent(self.now().saturating_sub(CUT_OFF_MS)).await?;
        for change in &unsent {
            match self.rebuild_state(&change.stream_id).await {
                Ok(row) => self.publish(&row, change.started, change.ended).await?,
                // Ended so long ago that nobody watches.
                Err(RequestError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
            self.0.store.mark_sent(&change.stream_id, change.revision).await?;
        }
        Ok(unsent.len())
    }
}
