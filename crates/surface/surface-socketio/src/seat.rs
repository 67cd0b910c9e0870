//! Taking a seat in a room: what joining the relay and joining a call have in common.

use crate::{
    connection::{Connection, Membership, State},
    outbox::{Manner, Outbox},
};
use parking_lot::Mutex;
use rtc_app::{Access, DuplicatePolicy, JoinRequest, Liveness, Mailbox, Session, SessionError, SessionInfo};
use rtc_types::{RoomId, SeatId, Topology, UserId};
use socketioxide::socket::Socket;
use std::sync::Arc;

/// A seat that was taken and is not noted yet.
pub(crate) struct Seated {
    session: Session,
    mailbox: Arc<Mailbox>,
    outbox: Arc<Outbox>,
}

impl Seated {
    pub(crate) fn info(&self) -> &SessionInfo {
        self.session.info()
    }
}

/// For whom a seat is asked.
pub(crate) fn user_of(access: &Access) -> &UserId {
    match access {
        Access::Token(claims) => &claims.user_id,
        Access::Tenant { user_id, .. } => user_id,
    }
}

impl Connection {
    /// Asks for a seat of the relay or of a call.
    pub(crate) async fn take_seat(
        self: &Arc<Self>,
        access: Access,
        room_id: RoomId,
        socket: &Arc<Socket>,
        manner: Manner,
    ) -> Result<Seated, SessionError> {
        let mailbox = Mailbox::new();
        let (topology, ad_hoc_capacity) = match manner {
            Manner::Relay => (Topology::P2p, None),
            Manner::Call => (Topology::Sfu, Some(self.shared.config.call_peers_max)),
        };
        let request = JoinRequest {
            access,
            room_id,
            seat: SeatId::new(socket.id.as_str()).expect("a Socket.IO id is short and printable"),
            liveness: Liveness::Connection { resume_window_ms: 0 },
            duplicates: DuplicatePolicy::Replace,
            mailbox: Some(mailbox.clone()),
            ad_hoc_capacity,
            topology: Some(topology),
        };
        let session = Box::pin(self.shared.app.join(request)).await?;
        let info = session.info();
        let outbox = Arc::new(Outbox {
            manner,
            room_id: Arc::from(info.room_id.as_str()),
            own: info.peer.clone(),
            socket: Arc::downgrade(socket),
            mailbox: Arc::downgrade(&mailbox),
            connection: Arc::downgrade(self),
            turn: Mutex::new(()),
        });
        Ok(Seated { session, mailbox, outbox })
    }

    /// Has a seat noted, and gives what carries its messages. A socket that has ended meanwhile gives the seat
    /// back: `None`.
    pub(crate) fn keep_seat(
        &self,
        Seated { session, mailbox, outbox }: Seated,
        note: impl FnOnce(&mut State, Membership),
    ) -> Option<Arc<Outbox>> {
        let mut state = self.state.lock();
        if state.ended {
            drop(state);
            session.leave();
            return None;
        }
        state.has_joined = true;
        note(&mut state, Membership { session, mailbox });
        Some(outbox)
    }
}
