//! Taking a seat. It asks the database, so it is the one thing here that is awaited.

use crate::{
    asker::Asker,
    auth::Identity,
    connection::{Connection, Membership, State},
    outbox::{Manner, Outbox},
    render,
};
use parking_lot::Mutex;
use rtc_app::{Access, DuplicatePolicy, JoinRequest, Liveness, Mailbox};
use rtc_types::{ErrorCode, Role, RoomId, SeatId, Topology, UserId};
use std::sync::Arc;

/// A join that is to be done.
pub(crate) struct JoinJob {
    access: Access,
    room_id: RoomId,
    asker: Asker,
}

impl Connection {
    /// Checks what can be checked at once. `None`: it was answered.
    pub(crate) fn prepare_join(
        &self,
        state: &mut State,
        room_id: RoomId,
        user_id: Option<UserId>,
        asker: Asker,
    ) -> Option<JoinJob> {
        let access = match self.access(user_id) {
            Ok(access) => access,
            Err((code, text)) => {
                asker.refuse(code, text);
                return None;
            }
        };
        if let Some(index) = state.membership(room_id.as_str()) {
            match self.answer_again(state, index, &access) {
                Some(Ok(users)) => {
                    let _ = asker.socket().emit("room-users", &users);
                    asker.give(&users);
                    return None;
                }
                Some(Err(text)) => {
                    asker.refuse(ErrorCode::AlreadyInRoom, text);
                    return None;
                }
                None => drop(state.rooms.swap_remove(index)),
            }
        }
        if state.rooms.len() >= self.shared.config.rooms_max {
            let text = format!("a connection may be in {} rooms at once", self.shared.config.rooms_max);
            asker.refuse(ErrorCode::Conflict, text);
            return None;
        }
        Some(JoinJob { access, room_id, asker })
    }

    pub(crate) fn access(&self, user_id: Option<UserId>) -> Result<Access, (ErrorCode, &'static str)> {
        match (&self.identity, user_id) {
            (Identity::Token(claims, _), Some(user)) if user != claims.user_id => {
                Err((ErrorCode::Forbidden, "the token is for another user"))
            }
            (Identity::Token(claims, _), _) => Ok(Access::Token((**claims).clone())),
            (Identity::Tenant(_), None) => Err((ErrorCode::ValidationError, "`userId` must be text")),
            (Identity::Tenant(tenant), Some(user_id)) => Ok(Access::Tenant {
                tenant: tenant.clone(),
                user_id,
                role: Role::Participant,
                metadata: None,
            }),
        }
    }

    /// The answer to a join of a room that the socket is in; `None`: its seat has ended meanwhile.
    fn answer_again(
        &self,
        state: &State,
        index: usize,
        access: &Access,
    ) -> Option<Result<rtc_wire::socketio::RoomUsers, &'static str>> {
        let info = state.rooms[index].session.info();
        let room = self.shared.app.live_room(self.identity.tenant(), &info.room_id)?;
        room.seats.iter().find(|seat| seat.peer == info.peer)?;
        let user = match access {
            Access::Token(claims) => &claims.user_id,
            Access::Tenant { user_id, .. } => user_id,
        };
        if *user != info.peer.user_id {
            return Some(Err("this connection is in the room as another user"));
        }
        let others = room.seats.iter().map(|seat| &seat.peer).filter(|peer| peer.seat != info.peer.seat);
        Some(Ok(render::room_users(info.room_id.as_str(), others)))
    }

    pub(crate) async fn join(self: &Arc<Self>, job: JoinJob) {
        let JoinJob { access, room_id, asker } = job;
        let mailbox = Mailbox::new();
        let request = JoinRequest {
            access,
            room_id,
            seat: SeatId::new(asker.socket().id.as_str()).expect("a Socket.IO id is short and printable"),
            liveness: Liveness::Connection { resume_window_ms: 0 },
            duplicates: DuplicatePolicy::Replace,
            mailbox: Some(mailbox.clone()),
            ad_hoc_capacity: None,
            topology: Some(Topology::P2p),
        };
        let session = match Box::pin(self.shared.app.join(request)).await {
            Ok(session) => session,
            Err(error) => return asker.refuse_with(&error),
        };
        let info = session.info();
        let users = render::room_users(info.room_id.as_str(), info.peers.iter());
        let outbox = Arc::new(Outbox {
            manner: Manner::Relay,
            room_id: Arc::from(info.room_id.as_str()),
            own: info.peer.clone(),
            socket: Arc::downgrade(asker.socket()),
            mailbox: Arc::downgrade(&mailbox),
            connection: Arc::downgrade(self),
            turn: Mutex::new(()),
        });
        {
            let mut state = self.state.lock();
            if state.ended {
                drop(state);
                return session.leave();
            }
            state.has_joined = true;
            state.rooms.push(Membership { session, mailbox });
        }
        let _ = asker.socket().emit("room-users", &users);
        asker.give(&users);
        outbox.carry();
    }
}
