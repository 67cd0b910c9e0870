//! A peer's event stream: what its mailbox holds, as the routes send it.

use futures_util::stream;
use rtc_app::{Content, Mailbox, Outbound, PeerHandle, RoomMessage, Session, Signal};
use rtc_server::{
    PeerSignal, SignalEvent, StreamItem,
    http::{BackendError, SignalItems},
};
use std::{collections::VecDeque, sync::Arc};

struct Open {
    /// Holds the seat's connection; dropping it closes the stream, and the seat lives on by heartbeats.
    session: Session,
    mailbox: Arc<Mailbox>,
    waiting: VecDeque<StreamItem>,
    over: bool,
}

/// Opens the stream of a peer. One that was open before ends.
pub fn open(peer: &PeerHandle, last_seq: Option<u64>) -> Result<SignalItems, BackendError> {
    let attach = |last_seq| {
        let mailbox = Mailbox::new();
        let session = peer.attach(last_seq, mailbox.clone());
        let session = session.map_err(|error| BackendError::new(error.code(), error.to_string()))?;
        Ok::<_, BackendError>(session.map(|session| (session, mailbox)))
    };
    let gone = || BackendError::new(rtc_types::ErrorCode::PeerNotFound, "there is no such peer in the room");
    let mut waiting = VecDeque::new();
    let (session, mailbox) = match attach(last_seq)? {
        Some(attached) => attached,
        None => {
            waiting.push_back(StreamItem::Lagged);
            attach(None)?.ok_or_else(gone)?
        }
    };
    let open = Open { session, mailbox, waiting, over: false };
    Ok(Box::pin(stream::unfold(open, next)))
}

async fn next(mut open: Open) -> Option<(StreamItem, Open)> {
    loop {
        if let Some(item) = open.waiting.pop_front() {
            return Some((item, open));
        }
        if open.over {
            return None;
        }
        let mut taken = Vec::new();
        open.mailbox.drain(&mut taken).await;
        for outbound in taken {
            open.take(outbound);
        }
    }
}

impl Open {
    fn take(&mut self, outbound: Outbound) {
        match outbound {
            Outbound::Message { seq, message } => {
                let room_id = self.session.info().room_id.to_string();
                self.waiting.extend(event(room_id, message).map(|event| StreamItem::Signal { seq, event }));
            }
            Outbound::Media(_) | Outbound::Conference(_) => {}
            Outbound::Closed(_) | Outbound::Restart => self.over = true,
        }
    }
}

/// Who comes and goes is no signal; a client of these routes asks for the room's snapshot.
fn event(room_id: String, message: RoomMessage) -> Option<SignalEvent> {
    let RoomMessage::Relayed { from, content, .. } = message else { return None };
    let signal = match content {
        Content::Signal(Signal { kind, body }) => PeerSignal { kind: kind.name().to_owned(), payload: body },
        Content::Data(payload) => PeerSignal { kind: "data".to_owned(), payload },
    };
    Some(SignalEvent { room_id, from_peer_id: from.seat.to_string(), signal })
}
