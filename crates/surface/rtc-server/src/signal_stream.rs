//! What other peers sent to one peer, as a stream.

use crate::server::Inner;
use futures_core::Stream;
use parking_lot::Mutex;
use rtc_types::{ConnectionId, RoomId, SeatId};
use rtc_wire::embed::SignalEvent;
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
};

/// Signals that wait for a stream's reader at most; then the stream ends. Its peer opens a new one with
/// the last number that it saw, and gets the rest from the room.
const WAITING_SIGNALS_MAX: usize = 512;

/// An item of a peer's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamItem {
    /// A signal.
    Signal {
        /// The seat's running number; a later stream starts after the one it is given.
        seq: u64,
        /// What was sent, by whom.
        event: SignalEvent,
    },
    /// Signals that the peer missed are no longer kept. Those that are follow.
    Lagged,
}

impl StreamItem {
    /// The item as one server-sent event (HTML standard, section 9.2), its blank line included.
    pub fn to_sse(&self) -> String {
        match self {
            StreamItem::Signal { seq, event } => {
                format!("event: signal\nid: {seq}\ndata: {}\n\n", one_line(event))
            }
            StreamItem::Lagged => "event: lagged\ndata: {}\n\n".into(),
        }
    }
}

/// JSON has line breaks between its tokens only, where a space means the same; in an event they would end
/// the line.
pub(crate) fn one_line(event: &SignalEvent) -> String {
    serde_json::to_string(event).unwrap_or_default().replace(['\r', '\n'], " ")
}

#[derive(Default)]
struct State {
    waiting: VecDeque<StreamItem>,
    waker: Option<Waker>,
    over: bool,
}

#[derive(Default)]
pub(crate) struct SignalQueue(Mutex<State>);

impl SignalQueue {
    pub(crate) fn push(&self, item: StreamItem) {
        let mut state = self.0.lock();
        if state.waiting.len() >= WAITING_SIGNALS_MAX {
            // Nothing may follow a gap, or the reader's last number would hide it.
            state.over = true;
        }
        if !state.over {
            state.waiting.push_back(item);
        }
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Nothing follows. What waits is still read.
    pub(crate) fn finish(&self) {
        let mut state = self.0.lock();
        state.over = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

/// What other peers send to one peer. Ends when the peer goes, opens another stream, or reads too slowly;
/// dropping it closes it. An open stream counts as a heartbeat.
pub struct SignalStream {
    pub(crate) queue: Arc<SignalQueue>,
    pub(crate) server: Weak<Inner>,
    pub(crate) room: RoomId,
    pub(crate) peer: SeatId,
    pub(crate) connection: ConnectionId,
}

impl Stream for SignalStream {
    type Item = StreamItem;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StreamItem>> {
        let mut state = self.queue.0.lock();
        match state.waiting.pop_front() {
            Some(item) => Poll::Ready(Some(item)),
            None if state.over => Poll::Ready(None),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for SignalStream {
    fn drop(&mut self) {
        if let Some(server) = self.server.upgrade() {
            server.close_stream(&self.room, &self.peer, self.connection);
        }
    }
}
