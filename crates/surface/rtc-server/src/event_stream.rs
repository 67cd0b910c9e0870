//! Events as a stream: bounded, and it says when it lagged.

use crate::event::Event;
use futures_core::Stream;
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
};

/// Events that wait for a reader at most.
pub(crate) const WAITING_EVENTS_MAX: usize = 1024;

/// The reader was slow, and the oldest events were thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lagged {
    /// How many.
    pub missed: u64,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Arc<Event>>,
    missed: u64,
    waker: Option<Waker>,
    /// The server is gone.
    over: bool,
}

/// The writing end; the server holds it weakly.
#[derive(Default)]
pub(crate) struct EventQueue(Mutex<State>);

impl EventQueue {
    pub(crate) fn push(&self, event: &Arc<Event>) {
        let mut state = self.0.lock();
        if state.waiting.len() == WAITING_EVENTS_MAX {
            state.waiting.pop_front();
            state.missed += 1;
        }
        state.waiting.push_back(event.clone());
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    pub(crate) fn finish(&self) {
        let mut state = self.0.lock();
        state.over = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

/// A server's events from the moment of the call on. Ends with the server.
pub struct EventStream(Arc<EventQueue>);

impl EventStream {
    pub(crate) fn new() -> (Self, Weak<EventQueue>) {
        let queue = Arc::new(EventQueue::default());
        let writer = Arc::downgrade(&queue);
        (Self(queue), writer)
    }

    /// The next event, if there is one; for hosts without a runtime.
    pub fn try_next(&mut self) -> Option<Result<Arc<Event>, Lagged>> {
        next(&mut self.0.0.lock())
    }
}

fn next(state: &mut State) -> Option<Result<Arc<Event>, Lagged>> {
    match std::mem::take(&mut state.missed) {
        0 => state.waiting.pop_front().map(Ok),
        missed => Some(Err(Lagged { missed })),
    }
}

impl Stream for EventStream {
    type Item = Result<Arc<Event>, Lagged>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.0.lock();
        if let Some(item) = next(&mut state) {
            return Poll::Ready(Some(item));
        }
        if state.over {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
