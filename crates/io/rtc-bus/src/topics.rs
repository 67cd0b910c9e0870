//! Who listens to what in this process.

use bytes::Bytes;
use dashmap::{DashMap, mapref::entry::Entry};
use std::{fmt, sync::Arc};
use tokio::sync::{broadcast, mpsc};

/// Messages that wait for one subscriber; a slower one is told of a gap.
const BACKLOG_MAX: usize = 256;

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A message.
    Message(Bytes),
    /// Messages may have been missed: the subscriber was slow, or Redis was away.
    Gap,
}

pub(crate) struct Topics(DashMap<String, broadcast::Sender<Notice>>);

impl Topics {
    pub(crate) fn new() -> Self {
        Self(DashMap::new())
    }

    /// Adds a subscriber. `ended` hears the topic's name when the subscription ends.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        topic: &str,
        ended: Option<mpsc::UnboundedSender<String>>,
    ) -> Subscription {
        let sender = self.0.entry(topic.to_owned()).or_insert_with(|| broadcast::channel(BACKLOG_MAX).0);
        let receiver = Some(sender.subscribe());
        Subscription { topic: topic.to_owned(), receiver, topics: self.clone(), ended }
    }

    pub(crate) fn deliver(&self, topic: &str, notice: Notice) {
        if let Some(sender) = self.0.get(topic) {
            // Without a receiver nobody misses it.
            sender.send(notice).unwrap_or_default();
        }
    }

    pub(crate) fn gap_everywhere(&self) {
        for sender in &self.0 {
            sender.send(Notice::Gap).unwrap_or_default();
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|entry| entry.key().clone()).collect()
    }

    /// Forgets a topic that nobody listens to; tells whether it did.
    pub(crate) fn forget(&self, topic: &str) -> bool {
        match self.0.entry(topic.to_owned()) {
            Entry::Occupied(entry) if entry.get().receiver_count() == 0 => {
                entry.remove();
                true
            }
            _ => false,
        }
    }
}

/// Hears one topic until it is dropped.
pub struct Subscription {
    topic: String,
    receiver: Option<broadcast::Receiver<Notice>>,
    topics: Arc<Topics>,
    ended: Option<mpsc::UnboundedSender<String>>,
}

impl Subscription {
    /// Waits for the next notice. Cancelling the wait loses nothing.
    pub async fn next(&mut self) -> Notice {
        let Some(receiver) = &mut self.receiver else { return std::future::pending().await };
        match receiver.recv().await {
            Ok(notice) => notice,
            Err(broadcast::error::RecvError::Lagged(_)) => Notice::Gap,
            // The topic lives while its subscriptions do.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        drop(self.receiver.take());
        match &self.ended {
            Some(ended) => ended.send(self.topic.clone()).unwrap_or_default(),
            None => _ = self.topics.forget(&self.topic),
        }
    }
}
