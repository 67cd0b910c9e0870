//! What the exported class and the bare calls share: the server, its clock, and the peers by number.

use crate::{calls::Texts, events::Events, streams::Streams};
use napi::bindgen_prelude::Uint8Array;
use rtc_server::{Millis, Peer, RtcServer};
use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A server of one Node environment; used on the thread of its event loop only.
pub(crate) struct State {
    /// `None`: closed.
    pub(crate) server: RefCell<Option<RtcServer>>,
    pub(crate) events: RefCell<Events>,
    pub(crate) streams: RefCell<Streams>,
    pub(crate) peers: RefCell<Peers>,
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) texts: RefCell<Texts>,
    /// Where the wrapper writes bodies.
    pub(crate) memory: RefCell<Uint8Array>,
}

impl State {
    /// Milliseconds since the Unix epoch.
    pub(crate) fn set_time(&self, now: f64) {
        self.clock.store(millis(now), Ordering::Relaxed);
    }
}

/// A peer, and what was told of it.
pub(crate) struct Held {
    pub(crate) peer: Peer,
    /// The last heartbeat that the room was told of.
    noted: f64,
}

/// Peers by the numbers that the wrapper knows them by. A number is used again when its peer is gone.
#[derive(Default)]
pub(crate) struct Peers {
    held: Vec<Option<Held>>,
    free: Vec<u32>,
}

impl Peers {
    pub(crate) fn add(&mut self, peer: Peer) -> u32 {
        let held = Some(Held { peer, noted: 0.0 });
        if let Some(number) = self.free.pop()
            && let Some(place) = self.held.get_mut(number as usize)
        {
            *place = held;
            return number;
        }
        self.held.push(held);
        u32::try_from(self.held.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Peer> {
        Some(&self.held.get(number as usize)?.as_ref()?.peer)
    }

    pub(crate) fn remove(&mut self, number: u32) {
        if self.held.get_mut(number as usize).is_some_and(|place| place.take().is_some()) {
            self.free.push(number);
        }
    }

    /// Tells the rooms when their peers were heard of. `seen`: by number; 0: not since the start.
    pub(crate) fn note_alive(&mut self, numbers: impl Iterator<Item = u32>, seen: &[f64]) {
        for number in numbers {
            let place = self.held.get_mut(number as usize).and_then(Option::as_mut);
            if let (Some(held), Some(at)) = (place, seen.get(number as usize))
                && *at > held.noted
            {
                held.noted = *at;
                held.peer.note_alive(millis(*at));
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }
}

/// What is no time is 0, as the cast has it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates by intent")]
pub(crate) fn millis(value: f64) -> Millis {
    value as Millis
}
