//! After the commit: the bus, the watchers, the media server.

use super::news::{Kind, News, topic};
use crate::{App, LivestreamDetails, RequestError};
use rtc_livestream::Effect;
use rtc_store::{Applied, Outcome, Unsent};
use rtc_types::{ErrorCode, Millis, StreamId};
use std::{collections::BTreeMap, sync::atomic::Ordering};

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
            let Applied { row, effects, is_seen, .. } = applied;
            let merged = streams.entry(&row.stream.id).or_default();
            merged.row = Some(row);
            merged.is_seen |= is_seen;
            for effect in effects {
                match effect {
                    Effect::Entered(user, _) => _ = merged.members.insert(user.as_str(), true),
                    Effect::Exited(user) => _ = merged.members.insert(user.as_str(), false),
                    Effect::TellStarted => merged.started = true,
                    Effect::TellEnded => merged.ended = true,
                    Effect::TellCount | Effect::AllLeft(_) | Effect::Disconnect(_) | Effect::CloseRoom => {}
                }
            }
        }
        let mut sent = Vec::with_capacity(streams.len());
        for merged in streams.into_values() {
            let Some(row) = merged.row.filter(|_| merged.is_seen) else { continue };
            let members = merged.members.into_iter().map(|(user, is_in)| (user.to_owned(), is_in)).collect();
            match self.tell_watchers(row, members, merged.started, merged.ended).await {
                Ok(()) => sent.push((&row.stream.id, row.stream.revision)),
                Err(error) => {
                    tracing::warn!(error = error.log_text(), stream = %row.stream.id, "watchers are not told yet");
                    if error.code() == ErrorCode::Unavailable {
                        // Each of the others would wait for the bus in vain, and webhooks would wait behind them.
                        break;
                    }
                }
            }
        }
        if let Err(error) = self.0.store.mark_sent(&sent).await {
            tracing::warn!(error = error.log_text(), "what watchers were told is told again");
        }
        if let Ok(parts) = self.livestreams() {
            let put = self.0.store.deliveries_put();
            if parts.deliveries_seen.swap(put, Ordering::Relaxed) != put {
                parts.told.notify_one();
            }
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
        self.publish(row, started, ended).await
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

    /// Tells what a process that was cut off, or that had no bus, has committed and not told; gives how much that was.
    ///
    /// # Errors
    /// The database's or the bus's; the rest stays in the outbox.
    pub async fn tell_unsent(&self) -> Result<usize, RequestError> {
        let unsent = self.0.store.unsent(self.now().saturating_sub(CUT_OFF_MS)).await?;
        // Each stream's state is read once, however many of its changes wait.
        let mut streams: BTreeMap<&StreamId, Vec<&Unsent>> = BTreeMap::new();
        for change in &unsent {
            streams.entry(&change.stream_id).or_default().push(change);
        }
        for (stream, changes) in streams {
            let any = |test: fn(&Unsent) -> bool| changes.iter().any(|change| test(change));
            match self.rebuild_state(stream).await {
                Ok(row) => {
                    self.publish(&row, any(|change| change.started), any(|change| change.ended)).await?
                }
                // Ended so long ago that nobody watches.
                Err(RequestError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
            let sent: Vec<_> = changes.iter().map(|change| (stream, change.revision)).collect();
            self.0.store.mark_sent(&sent).await?;
        }
        Ok(unsent.len())
    }
}
