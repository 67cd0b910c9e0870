//! `createRoom` and `joinRoom`.

use super::render;
use crate::{
    asker::{Asker, Refused},
    auth::Identity,
    connection::{Connection, Membership, State},
    outbox::Manner,
    seat::user_of,
};
use rtc_app::{Access, SessionError};
use rtc_types::{ErrorCode, RoomId, Topology, ortc::RtpCapabilities};
use rtc_wire::socketio::sfu::{JoinCall, JoinedCall, RouterCapabilities};
use std::sync::Arc;

/// The call that a connection is in.
pub(crate) struct Call {
    pub(crate) membership: Membership,
    /// What the client said it can receive.
    pub(crate) capabilities: Option<Arc<RtpCapabilities>>,
}

/// A join that is to be done.
pub(crate) struct CallJoinJob {
    access: Access,
    call_id: RoomId,
    capabilities: Option<Arc<RtpCapabilities>>,
    asker: Asker,
}

/// Checks what can be checked at once. `None`: it was answered.
pub(super) fn prepare_join(
    connection: &Connection,
    state: &mut State,
    join: JoinCall,
    asker: Asker,
) -> Option<CallJoinJob> {
    let access = match connection.access(join.user_id) {
        Ok(access) => access,
        Err((code, text)) => {
            asker.refuse(code, text);
            return None;
        }
    };
    let capabilities = join.rtp_capabilities.map(Arc::new);
    match connection.joined_already(state, &join.call_id, &access) {
        None => Some(CallJoinJob { access, call_id: join.call_id, capabilities, asker }),
        Some(Ok(answer)) => {
            if let (Some(call), Some(capabilities)) = (&mut state.call, capabilities) {
                call.capabilities = Some(capabilities);
            }
            asker.give(&answer);
            None
        }
        Some(Err(text)) => {
            asker.refuse(ErrorCode::AlreadyInRoom, text);
            None
        }
    }
}

impl Connection {
    /// What the router of a call can do. The call comes into being with the first who joins it.
    pub(super) async fn create_call<'a>(
        &self,
        call_id: &'a RoomId,
    ) -> Result<RouterCapabilities<'a>, Refused> {
        let app = &self.shared.app;
        if let Identity::Token(claims, _) = &self.identity
            && claims.room_id != *call_id
        {
            return Err(SessionError::InvalidToken("the token is for another room").into());
        }
        match app.topology_of(self.identity.tenant(), call_id).await? {
            Some(Topology::P2p) => return Err(SessionError::Topology(Topology::P2p).into()),
            None if matches!(self.identity, Identity::Token(..)) => {
                return Err(SessionError::RoomNotFound.into());
            }
            Some(Topology::Sfu) | None => {}
        }
        if !app.has_media() {
            return Err(SessionError::NeedsMediaServer.into());
        }
        Ok(RouterCapabilities { rtp_capabilities: app.router_capabilities(), call_id: call_id.as_str() })
    }

    /// The answer to a join while the connection is in a call; `None`: it is in none.
    fn joined_already(
        &self,
        state: &mut State,
        call_id: &RoomId,
        access: &Access,
    ) -> Option<Result<JoinedCall, &'static str>> {
        let info = state.call.as_ref()?.membership.session.info();
        let room = self.shared.app.live_room(self.identity.tenant(), &info.room_id);
        let Some(room) = room.filter(|room| room.seats.iter().any(|seat| seat.peer == info.peer)) else {
            state.call = None;
            return None;
        };
        if info.room_id != *call_id {
            return Some(Err("this connection is in another call: leave it first"));
        }
        if *user_of(access) != info.peer.user_id {
            return Some(Err("this connection is in the call as another user"));
        }
        let others = room.shown().filter(|peer| peer.seat != info.peer.seat);
        Some(Ok(JoinedCall {
            peers: others.map(render::peer).collect(),
            peer_id: info.peer.seat.to_string(),
        }))
    }

    /// Takes a seat in a call.
    pub(crate) async fn join_call(self: &Arc<Self>, job: CallJoinJob) {
        let CallJoinJob { access, call_id, capabilities, asker } = job;
        let seated = match self.take_seat(access, call_id, asker.socket(), Manner::Call).await {
            Ok(seated) => seated,
            Err(error) => return asker.refuse_with(&error),
        };
        let info = seated.info();
        let answer = JoinedCall {
            peers: info.peers.iter().map(render::peer).collect(),
            peer_id: info.peer.seat.to_string(),
        };
        let note = |state: &mut State, membership| state.call = Some(Call { membership, capabilities });
        if let Some(outbox) = self.keep_seat(seated, note) {
            asker.give(&answer);
            outbox.carry();
        }
    }
}
