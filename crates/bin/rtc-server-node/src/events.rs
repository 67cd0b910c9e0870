//! Events that wait for the wrapper, and which kinds it wants.

use parking_lot::Mutex;
use rtc_server::{Event, EventKind, Listener, RtcServer, ServerEvent};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

#[derive(Default)]
struct Shared {
    /// Unbounded by intent: the wrapper empties it after each call, and one call makes as many events as a
    /// room has peers, or as a sweep drops.
    waiting: Mutex<Vec<Event>>,
    /// One bit a kind.
    wanted: AtomicU32,
}

/// One listener hears all kinds: the order of events of different kinds is kept by nothing else.
#[derive(Default)]
pub(crate) struct Events {
    shared: Arc<Shared>,
    listener: Option<Listener>,
}

fn bit(kind: EventKind) -> u32 {
    1 << kind as u32
}

impl Events {
    /// Starts or stops to collect one kind of event.
    pub(crate) fn listen(&mut self, server: &RtcServer, kind: EventKind, is_wanted: bool) {
        let before = self.shared.wanted.load(Ordering::Relaxed);
        let wanted = if is_wanted { before | bit(kind) } else { before & !bit(kind) };
        self.shared.wanted.store(wanted, Ordering::Relaxed);
        if wanted == 0 {
            self.listener.take().inspect(Listener::remove);
        } else if self.listener.is_none() {
            let shared = self.shared.clone();
            self.listener = Some(server.on_any(move |event| {
                if shared.wanted.load(Ordering::Relaxed) & bit(event.kind()) != 0 {
                    shared.waiting.lock().push(event.clone());
                }
            }));
        }
    }

    /// What happened since the last call, as a JSON array of `ServerEvent`; `None`: nothing.
    pub(crate) fn take(&self) -> Option<String> {
        let events = std::mem::take(&mut *self.shared.waiting.lock());
        if events.is_empty() {
            return None;
        }
        let events: Vec<ServerEvent> = events.into_iter().map(ServerEvent::from).collect();
        serde_json::to_string(&events).ok()
    }
}
