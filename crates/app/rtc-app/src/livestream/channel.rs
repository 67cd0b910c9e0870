//! How the events of one stream get to its watchers on this node.
//!
//! A watcher begins in a ring, where it reads its state and what came meanwhile at its own pace. Once it has caught up
//! its events may be pushed: one pass over all outlets, in steps, which wakes nobody and costs what the sending costs.
//! The watcher's own task sleeps until its connection ends or its reader falls behind.

use super::hub::{EventId, Told};
use parking_lot::Mutex;
use rtc_types::StreamId;
use std::{collections::VecDeque, sync::Arc};
use tokio::{sync::broadcast, task::yield_now};

/// Events that a watcher in the ring may be behind.
const RING: usize = 32;
/// Events that are kept for those who come back.
const RECENT_MAX: usize = 16;
/// Outlets that are told before other tasks have their turn: half a millisecond of sending.
const STEP: usize = 128;

/// Where a watcher's events go as they happen. Neither call may wait.
pub trait Outlet: Send + Sync {
    /// Takes an event of the stream.
    fn take(&self, stream: &StreamId, told: &Told);
    /// Nothing follows.
    fn end(&self);
}

/// The watchers of one stream.
pub(super) struct Channel {
    stream: StreamId,
    ring: broadcast::Sender<Arc<Told>>,
    recent: Mutex<VecDeque<Arc<Told>>>,
    outlets: Mutex<Outlets>,
}

#[derive(Default)]
struct Outlets {
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    /// Counts what was sent.
    sent: u64,
}

struct Slot {
    outlet: Box<dyn Outlet>,
    /// What its watcher has heard up to.
    seen: EventId,
    /// How much had been sent when it came; it has that from the ring.
    since: u64,
}

impl Channel {
    pub(super) fn new(stream: StreamId) -> Self {
        let (ring, _) = broadcast::channel(RING);
        Self { stream, ring, recent: Mutex::default(), outlets: Mutex::default() }
    }

    /// A place in the ring.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<Told>> {
        self.ring.subscribe()
    }

    pub(super) fn watchers(&self) -> usize {
        let outlets = self.outlets.lock();
        outlets.slots.len() - outlets.free.len() + self.ring.receiver_count()
    }

    /// The latest events that `wanted` holds for, in order.
    pub(super) fn recent(&self, wanted: impl Fn(&Told) -> bool) -> Vec<Arc<Told>> {
        self.recent.lock().iter().filter(|told| wanted(told)).cloned().collect()
    }

    /// Pushes to `outlet` from now on, unless its watcher has not read all of the ring.
    pub(super) fn attach(
        &self,
        read: &broadcast::Receiver<Arc<Told>>,
        seen: EventId,
        outlet: Box<dyn Outlet>,
    ) -> Result<usize, Box<dyn Outlet>> {
        // Under the lock nothing is sent: what is not in the ring by now is pushed.
        let mut outlets = self.outlets.lock();
        if !read.is_empty() {
            return Err(outlet);
        }
        let slot = Some(Slot { outlet, seen, since: outlets.sent });
        Ok(match outlets.free.pop() {
            Some(place) => {
                if let Some(free) = outlets.slots.get_mut(place) {
                    *free = slot;
                }
                place
            }
            None => {
                outlets.slots.push(slot);
                outlets.slots.len() - 1
            }
        })
    }

    pub(super) fn detach(&self, place: usize) {
        let mut outlets = self.outlets.lock();
        let gone = outlets.slots.get_mut(place).and_then(Option::take);
        if gone.is_some() {
            outlets.free.push(place);
        }
        drop(outlets);
    }

    /// Tells everybody. Only one task may send, and one event after the other.
    pub(super) async fn send(&self, told: Arc<Told>) {
        if told.id.is_some() {
            let mut recent = self.recent.lock();
            recent.push_back(told.clone());
            while recent.len() > RECENT_MAX {
                recent.pop_front();
            }
        }
        let number = {
            let mut outlets = self.outlets.lock();
            outlets.sent += 1;
            // Without a watcher in it nobody misses it.
            let _ = self.ring.send(told.clone());
            outlets.sent
        };
        let mut next = self.push(0, number, &told);
        while let Some(from) = next {
            yield_now().await;
            next = self.push(from, number, &told);
        }
    }

    /// Tells the outlets from the place `from` on, one step; gives where the next step begins.
    fn push(&self, from: usize, number: u64, told: &Told) -> Option<usize> {
        let mut outlets = self.outlets.lock();
        let end = outlets.slots.len();
        let to = (from + STEP).min(end);
        for slot in outlets.slots.get_mut(from..to).into_iter().flatten().flatten() {
            if slot.since < number {
                slot.take(&self.stream, told);
            }
        }
        (to < end).then_some(to)
    }
}

impl Slot {
    fn take(&mut self, stream: &StreamId, told: &Told) {
        if let Some(id) = told.id {
            if id <= self.seen {
                return;
            }
            self.seen = id;
        }
        self.outlet.take(stream, told);
        if told.is_end() {
            self.outlet.end();
        }
    }
}
