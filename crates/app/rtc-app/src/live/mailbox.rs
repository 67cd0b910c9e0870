//! What waits to be sent on one connection.
//!
//! Written for memory: an idle connection's mailbox holds no buffer at all.

use crate::{conference::ConferenceNotice, media::MediaNotice};
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use rtc_room::RoomMessage;
use rtc_types::CloseReason;
use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

/// Messages that may wait for one slow reader.
const WAITING_MAX: usize = 1024;

/// Something for a connection to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// A message of the room.
    Message {
        /// The seat's running number.
        seq: u64,
        /// What.
        message: RoomMessage,
    },
    /// Something about media, outside the running number: it is not sent again after a resume.
    Media(MediaNotice),
    /// Something about the conference, outside the running number as well: read anew after a resume.
    Conference(ConferenceNotice),
    /// The session is over: send why, and close.
    Closed(CloseReason),
    /// The node stops: tell the client to come back, and close.
    Restart,
}

/// The queue between a room and one connection. The connection's task reads it; when it is full, it is
/// closed as [`CloseReason::Unresponsive`] (the seat keeps the messages for a resume).
#[derive(Debug, Default)]
pub struct Mailbox {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Outbound>,
    /// Nothing more goes in.
    ended: bool,
}

impl Mailbox {
    /// An empty mailbox.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub(crate) fn push(&self, item: Outbound) {
        {
            let mut state = self.state.lock();
            if state.ended {
                return;
            }
            let more_follows = !matches!(item, Outbound::Closed(_) | Outbound::Restart);
            if state.waiting.len() >= WAITING_MAX && more_follows {
                state.ended = true;
                state.waiting = VecDeque::from([Outbound::Closed(CloseReason::Unresponsive)]);
            } else {
                state.ended = !more_follows;
                state.waiting.push_back(item);
            }
        }
        self.waker.wake();
    }

    /// Moves everything that waits into `into`; is pending while there is nothing. One task may wait at a
    /// time.
    pub fn poll_drain(&self, context: &mut Context<'_>, into: &mut Vec<Outbound>) -> Poll<()> {
        if self.take(into) {
            return Poll::Ready(());
        }
        self.waker.register(context.waker());
        if self.take(into) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// [`Mailbox::poll_drain`] as a future; nothing is lost when it is dropped.
    pub async fn drain(&self, into: &mut Vec<Outbound>) {
        poll_fn(|context| self.poll_drain(context, into)).await;
    }

    fn take(&self, into: &mut Vec<Outbound>) -> bool {
        let mut state = self.state.lock();
        if state.waiting.is_empty() {
            return false;
        }
        into.extend(state.waiting.drain(..));
        if state.waiting.capacity() > 16 {
            state.waiting = VecDeque::new();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_types::{LeaveReason, PeerInfo, Role, SeatId, UserId};

    fn message(seq: u64) -> Outbound {
        let peer = PeerInfo {
            seat: SeatId::new("s").expect("id"),
            user_id: UserId::new("u").expect("id"),
            role: Role::Host,
        };
        Outbound::Message { seq, message: RoomMessage::PeerLeft { peer, reason: LeaveReason::Left } }
    }

    #[tokio::test]
    async fn messages_come_out_in_the_order_they_went_in() {
        let mailbox = Mailbox::new();
        for seq in 1..=3 {
            mailbox.push(message(seq));
        }
        let mut out = Vec::new();
        mailbox.drain(&mut out).await;
        assert_eq!(out, [message(1), message(2), message(3)]);
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken() {
        let mailbox = Mailbox::new();
        let reader = tokio::spawn({
            let mailbox = mailbox.clone();
            async move {
                let mut out = Vec::new();
                mailbox.drain(&mut out).await;
                out
            }
        });
        tokio::task::yield_now().await;
        mailbox.push(message(1));
        assert_eq!(reader.await.expect("no panic"), [message(1)]);
    }

    #[tokio::test]
    async fn a_reader_that_stalls_is_cut_off() {
        let mailbox = Mailbox::new();
        for seq in 0..=WAITING_MAX as u64 {
            mailbox.push(message(seq));
        }
        mailbox.push(message(9999));
        let mut out = Vec::new();
        mailbox.drain(&mut out).await;
        assert_eq!(out, [Outbound::Closed(CloseReason::Unresponsive)]);
    }

    #[tokio::test]
    async fn nothing_follows_a_close() {
        let mailbox = Mailbox::new();
        mailbox.push(message(1));
        mailbox.push(Outbound::Closed(CloseReason::Kicked));
        mailbox.push(message(2));
        let mut out = Vec::new();
        mailbox.drain(&mut out).await;
        assert_eq!(out, [message(1), Outbound::Closed(CloseReason::Kicked)]);
    }
}
