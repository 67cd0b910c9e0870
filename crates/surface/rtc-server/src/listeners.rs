//! Hands events to callbacks and streams, so that none can hold up a room or another listener.
//!
//! Each callback has its own bounded queue. An event is put into the queues while its room is held, which
//! keeps a room's events in order; callbacks run after the room is free. A callback that is running on one
//! thread is fed by that thread, so that others pass it by.

use crate::{
    event::{Event, EventKind},
    event_stream::{EventQueue, EventStream, WAITING_EVENTS_MAX},
};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicU8, Ordering},
    },
};

type Callback = Box<dyn Fn(&Event) + Send + Sync>;

#[derive(Default)]
struct State {
    waiting: VecDeque<Arc<Event>>,
    running: bool,
    removed: bool,
    missed: u64,
    panics: u64,
}

struct Slot {
    kind: Option<EventKind>,
    callback: Callback,
    state: Mutex<State>,
}

impl Slot {
    fn wants(&self, event: &Event) -> bool {
        self.kind.is_none_or(|kind| kind == event.kind())
    }

    fn push(&self, event: &Arc<Event>) {
        let mut state = self.state.lock();
        if state.waiting.len() == WAITING_EVENTS_MAX {
            state.waiting.pop_front();
            state.missed += 1;
        }
        state.waiting.push_back(event.clone());
    }

    /// The next event for the thread that asks; none while another thread runs the callback.
    fn start(&self) -> Option<Arc<Event>> {
        let mut state = self.state.lock();
        if state.running || state.removed {
            return None;
        }
        let event = state.waiting.pop_front()?;
        state.running = true;
        Some(event)
    }

    fn run(&self) {
        while let Some(event) = self.start() {
            let outcome = catch_unwind(AssertUnwindSafe(|| (self.callback)(&event)));
            let mut state = self.state.lock();
            state.running = false;
            state.panics += u64::from(outcome.is_err());
        }
    }
}

/// A callback that was registered. Dropping this leaves it registered.
#[derive(Clone)]
pub struct Listener {
    slot: Arc<Slot>,
    listeners: Weak<Listeners>,
}

impl Listener {
    /// Takes the callback off. What waits for it is forgotten; a call under way ends by itself.
    pub fn remove(&self) {
        let mut state = self.slot.state.lock();
        state.removed = true;
        state.waiting = VecDeque::new();
        drop(state);
        if let Some(listeners) = self.listeners.upgrade() {
            listeners.slots.write().retain(|slot| !Arc::ptr_eq(slot, &self.slot));
            listeners.look_again();
        }
    }

    /// Events that were thrown away because the callback was slow.
    pub fn missed(&self) -> u64 {
        self.slot.state.lock().missed
    }

    /// How often the callback panicked.
    pub fn panics(&self) -> u64 {
        self.slot.state.lock().panics
    }
}

/// What anybody listens to; one word, since every call asks.
mod wanted {
    pub(super) const NOTHING: u8 = 0;
    /// Rooms and peers that come and go.
    pub(super) const PRESENCE: u8 = 1;
    /// Relays and heartbeats, too.
    pub(super) const TRAFFIC: u8 = 2;
}

#[derive(Default)]
pub(crate) struct Listeners {
    wanted: AtomicU8,
    slots: RwLock<Vec<Arc<Slot>>>,
    streams: RwLock<Vec<Weak<EventQueue>>>,
}

impl Listeners {
    pub(crate) fn add(self: &Arc<Self>, kind: Option<EventKind>, callback: Callback) -> Listener {
        let slot = Arc::new(Slot { kind, callback, state: Mutex::default() });
        self.slots.write().push(slot.clone());
        self.look_again();
        Listener { slot, listeners: Arc::downgrade(self) }
    }

    pub(crate) fn stream(&self) -> EventStream {
        let (stream, writer) = EventStream::new();
        let mut streams = self.streams.write();
        streams.retain(|writer| writer.strong_count() > 0);
        streams.push(writer);
        drop(streams);
        self.look_again();
        stream
    }

    /// Whether anybody hears relays or heartbeats. They are the hot path: an event that nobody wants is not
    /// made.
    pub(crate) fn wants_traffic(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) == wanted::TRAFFIC
    }

    /// Whether nobody listens to anything.
    pub(crate) fn is_idle(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) == wanted::NOTHING
    }

    fn look_again(&self) {
        let slots = self.slots.read();
        let wants = |kind| matches!(kind, None | Some(EventKind::PeerHeartbeat | EventKind::Signal));
        let wanted = if slots.iter().any(|slot| wants(slot.kind)) || !self.streams.read().is_empty() {
            wanted::TRAFFIC
        } else if slots.is_empty() {
            wanted::NOTHING
        } else {
            wanted::PRESENCE
        };
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    /// Queues an event. Called while the event's room is held. Gives how many listeners will get it.
    pub(crate) fn push(&self, event: Event) -> usize {
        if self.is_idle() {
            return 0;
        }
        let event = Arc::new(event);
        let mut notified = 0;
        for slot in self.slots.read().iter().filter(|slot| slot.wants(&event)) {
            slot.push(&event);
            notified += 1;
        }
        for queue in self.streams.read().iter().filter_map(Weak::upgrade) {
            queue.push(&event);
            notified += 1;
        }
        notified
    }

    /// Runs the callbacks that have events waiting. Called while no room is held.
    pub(crate) fn run(&self) {
        if self.is_idle() {
            return;
        }
        let slots: Vec<_> = self.slots.read().clone();
        for slot in slots {
            slot.run();
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for queue in self.streams.get_mut().iter().filter_map(Weak::upgrade) {
            queue.finish();
        }
    }
}
