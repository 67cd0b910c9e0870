//! Peers' streams that are open, and which of them have something to read.

use futures_core::Stream;
use parking_lot::Mutex;
use rtc_server::{SignalStream, StreamItem};
use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

/// The streams that were woken since the wrapper asked last.
type Ready = Arc<Mutex<Vec<u32>>>;

struct StreamWaker {
    stream: u32,
    ready: Ready,
}

impl Wake for StreamWaker {
    fn wake(self: Arc<Self>) {
        self.ready.lock().push(self.stream);
    }
}

#[derive(Default)]
pub(crate) struct Streams {
    open: HashMap<u32, (SignalStream, Waker)>,
    ready: Ready,
    last: u32,
}

/// What was read of a stream.
pub(crate) struct Read {
    pub(crate) items: Vec<StreamItem>,
    /// Nothing follows.
    pub(crate) is_over: bool,
}

impl Streams {
    pub(crate) fn add(&mut self, stream: SignalStream) -> u32 {
        self.last = self.last.wrapping_add(1);
        let waker = Waker::from(Arc::new(StreamWaker { stream: self.last, ready: self.ready.clone() }));
        self.open.insert(self.last, (stream, waker));
        self.last
    }

    /// All that waits. A stream that is over is gone afterwards.
    pub(crate) fn read(&mut self, id: u32) -> Read {
        let mut items = Vec::new();
        let Some((stream, waker)) = self.open.get_mut(&id) else { return Read { items, is_over: true } };
        let is_over = loop {
            match Pin::new(&mut *stream).poll_next(&mut Context::from_waker(waker)) {
                Poll::Ready(Some(item)) => items.push(item),
                Poll::Ready(None) => break true,
                Poll::Pending => break false,
            }
        };
        if is_over {
            self.open.remove(&id);
        }
        Read { items, is_over }
    }

    pub(crate) fn close(&mut self, id: u32) {
        self.open.remove(&id);
    }

    pub(crate) fn is_any_ready(&self) -> bool {
        !self.open.is_empty() && !self.ready.lock().is_empty()
    }

    pub(crate) fn take_ready(&self) -> Vec<u32> {
        std::mem::take(&mut *self.ready.lock())
    }
}
