//! `createRoom` and `joinRoom`.

use super::render;
use crate::{
    asker::{Asker, Refused},
    auth::Identity,
    connection::{Connection, Membership, State},
    outbox::{Manner, Outbox},
};
use parking_lot::Mutex;
use rtc_app::{Access, DuplicatePolicy, JoinRequest, Liveness, Mailbox, SessionError};
use rtc_types::{ErrorCode, RoomId, SeatId, Topology, ortc::RtpCapabilities};
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
        let seats = room.map(|room| room.seats).unwrap_or_default();
        if !seats.iter().any(|seat| seat.peer == info.peer) {
            state.call = None;
            return None;
        }
        let user = match access {
            Access::Token(claims) => &claims.user_id,
            Access::Tenant { user_id, .. } => user_id,
        };
        if info.room_id != *call_id {
            return Some(Err("this connection is in another call: leave it first"));
        }
        if *user != info.peer.user_id {
            return Some(Err("this connection is in the call as another user"));
        }
        let others = seats.iter().map(|seat| &seat.peer).filter(|peer| peer.seat != info.peer.seat);
        Some(Ok(JoinedCall {
            peers: others.map(render::peer).collect(),
            peer_id: info.peer.seat.to_string(),
        }))
    }

    /// Takes a seat in a call.
    pub(crate) async fn join_call(self: &Arc<Self>, job: CallJoinJob) {
        let CallJoinJob { access, call_id, capabilities, asker } = job;
        let mailbox = Mailbox::new();
        let request = JoinRequest {
            access,
            room_id: call_id,
            seat: SeatId::new(asker.socket().id.as_str()).expect("a Socket.IO id is short and printable"),
            liveness: Liveness::Connection { resume_window_ms: 0 },
            duplicates: DuplicatePolicy::Replace,
            mailbox: Some(mailbox.clone()),
            ad_hoc_capacity: Some(self.shared.config.call_peers_max),
            topology: Some(Topology::Sfu),
        };
        let session = match Box::pin(self.shared.app.join(request)).await {
            Ok(session) => session,
            Err(error) => return asker.refuse_with(&error),
        };
        let info = session.info();
        let answer = JoinedCall {
            peers: info.peers.iter().map(render::peer).collect(),
            peer_id: info.peer.seat.to_string(),
        };
        let outbox = Arc::new(Outbox {
            manner: Manner::Call,
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
            state.call = Some(Call { membership: Membership { session, mailbox }, capabilities });
        }
        asker.give(&answer);
        outbox.carry();
    }
}
