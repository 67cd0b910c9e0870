//! What watchers of this node hear: one task a watched stream, which throttles counts and tells all of them.
//!
//! A watcher is a place in the stream's [`Channel`] and costs next to nothing while nothing happens: no task, no timer,
//! no buffer of its own. Whoever falls behind is dropped; it comes back with `Last-Event-ID`.

use super::{
    channel::{Channel, Outlet},
    news::{Kind, News, topic},
    state::LivestreamState,
};
use crate::{App, RequestError};
use bytes::Bytes;
use dashmap::DashMap;
use rtc_bus::{Notice, Subscription};
use rtc_livestream::Throttle;
use rtc_types::{Millis, StreamId};
use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{sync::broadcast, time::Instant};

/// How often watchers hear that the connection is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// The id of an event: the stream's revision, and which of its events. Later events have greater ids, on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId(u64, u8);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for EventId {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (revision, kind) = text.split_once('.').ok_or(())?;
        Ok(EventId(revision.parse().map_err(drop)?, kind.parse().map_err(drop)?))
    }
}

/// What a watcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// All there is to know; the first on every connection.
    State(Box<LivestreamState>),
    /// The media room is up.
    Started {
        /// When it came up first.
        started_at: Option<Millis>,
    },
    /// The number of viewers moved.
    Count {
        /// Viewers now.
        viewers: u32,
        /// Viewers over all time.
        total: u32,
        /// The most at once.
        peak: u32,
    },
    /// It is over; nothing follows.
    Ended {
        /// When.
        ended_at: Option<Millis>,
    },
    /// Nothing happened, and the connection is alive.
    Alive,
}

/// One event for many watchers, rendered once.
#[derive(Debug)]
pub struct Told {
    /// Its id; `None`: it has none ([`StreamEvent::Alive`]).
    pub id: Option<EventId>,
    /// What is told.
    pub event: StreamEvent,
    rendered: OnceLock<Bytes>,
}

impl Told {
    fn new(id: Option<EventId>, event: StreamEvent) -> Arc<Self> {
        Arc::new(Self { id, event, rendered: OnceLock::new() })
    }

    /// The event as its watchers get it; `render` runs for the first of them.
    pub fn render(&self, render: impl FnOnce(&Told) -> Bytes) -> &Bytes {
        self.rendered.get_or_init(|| render(self))
    }

    pub(super) fn is_end(&self) -> bool {
        matches!(self.event, StreamEvent::Ended { .. })
    }
}

/// The watched streams of this node.
#[derive(Default)]
pub(crate) struct Hub(DashMap<StreamId, Arc<Channel>>);

impl Hub {
    pub(crate) fn streams(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn watchers(&self) -> usize {
        self.0.iter().map(|channel| channel.watchers()).sum()
    }

    /// Forgets a stream that nobody watches; tells whether it did.
    fn forget(&self, stream: &StreamId, channel: &Arc<Channel>) -> bool {
        let is_idle =
            |_: &StreamId, known: &Arc<Channel>| Arc::ptr_eq(known, channel) && known.watchers() == 0;
        self.0.remove_if(stream, is_idle).is_some()
    }
}

/// One watcher's place. Dropping it is leaving.
pub struct Watch {
    first: VecDeque<Arc<Told>>,
    /// None once the stream is over, the watcher too slow, or its events are pushed.
    receiver: Option<broadcast::Receiver<Arc<Told>>>,
    channel: Option<Arc<Channel>>,
    /// Its place among those whose events are pushed.
    slot: Option<usize>,
    seen: EventId,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let (Some(channel), Some(slot)) = (&self.channel, self.slot) {
            channel.detach(slot);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl Watch {
    /// Has what follows go to `outlet` as it happens, until this is dropped: [`Watch::next`] has nothing more then.
    ///
    /// # Errors
    /// The outlet, where something waits that [`Watch::next`] gives at once.
    pub fn attach(&mut self, outlet: Box<dyn Outlet>) -> Result<(), Box<dyn Outlet>> {
        let (true, Some(channel), Some(receiver)) = (self.first.is_empty(), &self.channel, &self.receiver)
        else {
            return Err(outlet);
        };
        self.slot = Some(channel.attach(receiver, self.seen, outlet)?);
        self.receiver = None;
        Ok(())
    }

    /// The next event; `None` once the stream is over, or the watcher too slow. Cancelling the wait loses nothing.
    pub async fn next(&mut self) -> Option<Arc<Told>> {
        loop {
            let told = match self.first.pop_front() {
                Some(told) => told,
                None => {
                    let received = self.receiver.as_mut()?.recv().await;
                    let Ok(told) = received else {
                        self.receiver = None;
                        return None;
                    };
                    if told.id.is_some_and(|id| id <= self.seen) {
                        continue;
                    }
                    told
                }
            };
            if let Some(id) = told.id {
                self.seen = self.seen.max(id);
            }
            if told.is_end() {
                self.receiver = None;
                self.first.clear();
            }
            return Some(told);
        }
    }
}

impl App {
    /// Watches a stream from now on: its state first, then what a watcher that has heard up to `last_event` missed
    /// of its start and end, then what happens.
    ///
    /// # Errors
    /// As [`App::livestream_state`].
    pub async fn watch_livestream(
        &self,
        stream: &StreamId,
        last_event: Option<EventId>,
    ) -> Result<Watch, RequestError> {
        // A stream that has no state, or is over, gets no task either.
        let state = self.livestream_state(stream).await?;
        if !state.is_live {
            return self.watch_what_is_over(state).await;
        }
        let channel = self.channel(stream).await?;
        let receiver = channel.subscribe();
        // After the place is taken, so that nothing falls between the state and what follows.
        let state = self.livestream_state(stream).await?;
        if !state.is_live {
            return self.watch_what_is_over(state).await;
        }
        let seen = EventId(state.revision, Kind::Count as u8);
        let mut first = VecDeque::from([Told::new(Some(seen), StreamEvent::State(Box::new(state)))]);
        if let Some(last) = last_event {
            let missed = |told: &Told| {
                told.id.is_some_and(|id| last < id && id <= seen)
                    && matches!(told.event, StreamEvent::Started { .. })
            };
            first.extend(channel.recent(missed));
        }
        Ok(Watch { first, receiver: Some(receiver), channel: Some(channel), slot: None, seen })
    }

    async fn watch_what_is_over(&self, state: LivestreamState) -> Result<Watch, RequestError> {
        let row = self.0.store.find_livestream(&state.stream_id).await?;
        let ended_at = row.and_then(|row| row.stream.ended_at);
        let seen = EventId(state.revision, Kind::Count as u8);
        let ended = Told::new(Some(EventId(seen.0, Kind::Ended as u8)), StreamEvent::Ended { ended_at });
        let state = Told::new(Some(seen), StreamEvent::State(Box::new(state)));
        let first = VecDeque::from([state, ended]);
        Ok(Watch { first, receiver: None, channel: None, slot: None, seen })
    }

    /// Watched streams and their watchers on this node.
    pub fn watchers(&self) -> (usize, usize) {
        self.livestreams().map_or((0, 0), |parts| (parts.hub.streams(), parts.hub.watchers()))
    }

    async fn channel(&self, stream: &StreamId) -> Result<Arc<Channel>, RequestError> {
        let parts = self.livestreams()?;
        if let Some(channel) = parts.hub.0.get(stream) {
            return Ok(channel.clone());
        }
        let subscription = parts.bus.subscribe(&topic(stream)).await?;
        let fresh = Arc::new(Channel::new(stream.clone()));
        let channel = parts.hub.0.entry(stream.clone()).or_insert_with(|| fresh.clone()).clone();
        if Arc::ptr_eq(&channel, &fresh) {
            // What watchers know from now on; what was published since is on its way.
            let state = match self.livestream_state(stream).await {
                Ok(state) => state,
                Err(error) => {
                    parts.hub.0.remove(stream);
                    return Err(error);
                }
            };
            let throttle = (Throttle::new(state.viewer_count), news_of(&state));
            let feed = Feed { app: self.clone(), stream: stream.clone(), channel: fresh, throttle };
            tokio::spawn(feed.run(subscription));
        }
        Ok(channel)
    }
}

/// A state as the message that would have told it.
fn news_of(state: &LivestreamState) -> News {
    News {
        revision: state.revision,
        kind: if state.is_live { Kind::Count } else { Kind::Ended },
        started_at: state.started_at,
        ended_at: None,
        viewers: state.viewer_count,
        total: state.total_viewers,
        peak: state.peak_viewer_count,
    }
}

/// The task of one watched stream.
struct Feed {
    app: App,
    stream: StreamId,
    channel: Arc<Channel>,
    /// The throttle, and the newest count that it was given.
    throttle: (Throttle, News),
}

impl Feed {
    /// Runs until the stream is over or nobody watches.
    async fn run(mut self, mut subscription: Subscription) {
        let mut alive = tokio::time::interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
        let mut is_over = false;
        while !is_over {
            let due = self.throttle.0.poll_timeout();
            let wait = due.map(|at| Duration::from_millis(at.saturating_sub(self.app.now())));
            tokio::select! {
                notice = subscription.next() => match notice {
                    Notice::Message(message) => match News::from_bytes(&message) {
                        Some(news) => is_over = self.take(news).await,
                        None => tracing::warn!("a message about a stream is not readable"),
                    },
                    Notice::Gap => is_over = self.refresh().await,
                },
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => self.fire().await,
                _ = alive.tick() => {
                    self.channel.send(Told::new(None, StreamEvent::Alive)).await;
                    if self.forget() {
                        return;
                    }
                }
            }
        }
        // Its watchers end by themselves; a new one reads that it is over.
        if let Ok(parts) = self.app.livestreams() {
            parts.hub.0.remove_if(&self.stream, |_, known| Arc::ptr_eq(known, &self.channel));
        }
    }

    fn forget(&self) -> bool {
        self.app.livestreams().map_or(true, |parts| parts.hub.forget(&self.stream, &self.channel))
    }

    /// Takes a message; tells whether the stream is over.
    async fn take(&mut self, news: News) -> bool {
        let id = EventId(news.revision, news.kind as u8);
        match news.kind {
            Kind::Started => {
                let started_at = news.started_at;
                self.channel.send(Told::new(Some(id), StreamEvent::Started { started_at })).await;
                false
            }
            Kind::Ended => {
                let ended_at = news.ended_at;
                self.channel.send(Told::new(Some(id), StreamEvent::Ended { ended_at })).await;
                true
            }
            Kind::Count => {
                self.observe(news).await;
                false
            }
        }
    }

    async fn observe(&mut self, news: News) {
        let (throttle, known) = &mut self.throttle;
        // Nodes may be told in another order than that of the revisions.
        if known.revision >= news.revision {
            return;
        }
        let count = news.viewers;
        *known = news;
        if throttle.observe(self.app.now(), count).is_some() {
            self.send_count().await;
        }
    }

    async fn fire(&mut self) {
        if self.throttle.0.handle_timeout(self.app.now()).is_some() {
            self.send_count().await;
        }
    }

    async fn send_count(&self) {
        let News { revision, viewers, total, peak, .. } = self.throttle.1;
        let event = StreamEvent::Count { viewers, total, peak };
        self.channel.send(Told::new(Some(EventId(revision, Kind::Count as u8)), event)).await;
    }

    /// Reads where the stream stands after messages were missed; tells whether it is over.
    async fn refresh(&mut self) -> bool {
        let state = match self.app.livestream_state(&self.stream).await {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(error = error.log_text(), "a watched stream's state was not read");
                return false;
            }
        };
        self.take(news_of(&state)).await
    }
}
