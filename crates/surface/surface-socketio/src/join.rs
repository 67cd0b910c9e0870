//! `join-room`: a seat in the relay.

use crate::{
    asker::Asker,
    auth::Identity,
    connection::{Connection, State},
    outbox::Manner,
    render,
    seat::user_of,
};
use rtc_app::Access;
use rtc_types::{ErrorCode, Role, RoomId, UserId};
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
        if *user_of(access) != info.peer.user_id {
            return Some(Err("this connection is in the room as another user"));
        }
        let others = room.shown().filter(|peer| peer.seat != info.peer.seat);
        Some(Ok(render::room_users(info.room_id.as_str(), others)))
    }

    pub(crate) async fn join(self: &Arc<Self>, job: JoinJob) {
        let JoinJob { access, room_id, asker } = job;
        let seated = match self.take_seat(access, room_id, asker.socket(), Manner::Relay).await {
            Ok(seated) => seated,
            Err(error) => return asker.refuse_with(&error),
        };
        let info = seated.info();
        let users = render::room_users(info.room_id.as_str(), info.peers.iter());
        if let Some(outbox) = self.keep_seat(seated, |state, membership| state.rooms.push(membership)) {
            let _ = asker.socket().emit("room-users", &users);
            asker.give(&users);
            outbox.carry();
        }
    }
}
