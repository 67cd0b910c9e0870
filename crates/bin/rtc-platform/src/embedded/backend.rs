//! The routes' calls, mapped to the use cases.

use super::{
    HEARTBEAT_INTERVAL_MS, PEERS_MAX,
    caller::{Caller, caller},
    stream,
};
use rtc_app::{
    Access, App, Audience, Content, DuplicatePolicy, JoinRequest, Liveness, PeerHandle, SessionError, Signal,
    SignalKind,
};
use rtc_server::{
    PeerSignal, PeerSnapshot, RoomSnapshot,
    http::{BackendError, Credentials, RtcBackend, SignalItems},
};
use rtc_types::{ErrorCode, IdError, Json, Role, RoomId, SeatId, Topology, UserId};
use rtc_wire::{
    embed::{
        ConnectInfo, ConnectRequest, DisconnectAnswer, HeartbeatAnswer, PeerRequest, SignalAnswer,
        SignalRequest,
    },
    signal::IceServer,
};
use std::sync::Arc;

/// The platform's rooms behind the routes. Clones share them.
#[derive(Clone)]
pub struct Embedded {
    app: App,
    ice_servers: Arc<[IceServer]>,
}

impl Embedded {
    /// Puts the parts together.
    pub fn new(app: App, ice_servers: Vec<IceServer>) -> Self {
        Self { app, ice_servers: ice_servers.into() }
    }

    /// A peer that the caller may act for. `absent`: the code where the room is there and the peer is not.
    fn peer(
        &self,
        caller: &Caller,
        room: &str,
        peer: &str,
        absent: ErrorCode,
    ) -> Result<PeerHandle, BackendError> {
        caller.may_enter(room)?;
        let (room, seat) = (room_id(room)?, seat_id("peerId", peer)?);
        let snapshot = self.app.live_room(caller.tenant(), &room).ok_or_else(no_such_room)?;
        let missing = || BackendError::new(absent, "there is no such peer in the room");
        let view = snapshot.seats.iter().find(|view| view.peer.seat == seat).ok_or_else(missing)?;
        caller.may_act_for(view)?;
        self.app.peer(caller.tenant(), &room, &seat).ok_or_else(missing)
    }

    fn access(&self, caller: Caller, request: &ConnectRequest) -> Result<Access, BackendError> {
        match caller {
            Caller::User(_, claims) => Ok(Access::Token(*claims)),
            Caller::Tenant(tenant) => {
                let metadata = request.metadata.as_ref().map(Json::of).transpose();
                Ok(Access::Tenant {
                    tenant,
                    user_id: UserId::new(&request.peer_id).map_err(|error| invalid("peerId", error))?,
                    role: Role::Participant,
                    metadata: metadata
                        .map_err(|error| BackendError::invalid("metadata", error.to_string()))?,
                })
            }
        }
    }
}

impl RtcBackend for Embedded {
    async fn connect(&self, _: &Credentials, request: ConnectRequest) -> Result<ConnectInfo, BackendError> {
        let caller = caller()?;
        caller.may_enter(&request.room_id)?;
        let join = JoinRequest {
            access: self.access(caller, &request)?,
            room_id: room_id(&request.room_id)?,
            seat: seat_id("peerId", &request.peer_id)?,
            liveness: Liveness::Heartbeat { interval_ms: HEARTBEAT_INTERVAL_MS },
            duplicates: DuplicatePolicy::Reject,
            mailbox: None,
            ad_hoc_capacity: Some(PEERS_MAX),
            // Its peers negotiate with one another.
            topology: Some(Topology::P2p),
        };
        // The seat lives by heartbeats; the session, which stands for a connection, is not needed.
        let session = self.app.join(join).await.map_err(refused)?;
        let info = session.info();
        Ok(ConnectInfo {
            room_id: info.room_id.to_string(),
            peer_id: info.peer.seat.to_string(),
            ice_servers: self.ice_servers.to_vec(),
            heartbeat_interval_ms: HEARTBEAT_INTERVAL_MS,
            peers: info.peers.iter().map(|peer| peer.seat.to_string()).collect(),
        })
    }

    async fn heartbeat(&self, _: &Credentials, peer: PeerRequest) -> Result<HeartbeatAnswer, BackendError> {
        let peer = self.peer(&caller()?, &peer.room_id, &peer.peer_id, ErrorCode::PeerNotFound)?;
        let last_seen =
            peer.heartbeat().map_err(|error| BackendError::new(error.code(), error.to_string()))?;
        Ok(HeartbeatAnswer { last_seen })
    }

    async fn signal(&self, _: &Credentials, request: SignalRequest) -> Result<SignalAnswer, BackendError> {
        let peer = self.peer(&caller()?, &request.room_id, &request.from_peer_id, ErrorCode::NotInRoom)?;
        let audience = request.to_peer_id.as_deref().map_or(Audience::Everyone, Audience::One);
        let recipients = peer
            .relay(audience, Content::Signal(to_domain(request.signal)))
            .map_err(|error| BackendError::new(error.code(), error.to_string()))?;
        // Nobody listens inside the platform: its surfaces are the receivers.
        Ok(SignalAnswer { listeners_notified: 0, recipients })
    }

    async fn disconnect(&self, _: &Credentials, peer: PeerRequest) -> Result<DisconnectAnswer, BackendError> {
        let caller = caller()?;
        let handle = self.peer(&caller, &peer.room_id, &peer.peer_id, ErrorCode::PeerNotFound)?;
        handle.leave().map_err(|error| BackendError::new(error.code(), error.to_string()))?;
        let room_closed = self.app.live_room(caller.tenant(), &room_id(&peer.room_id)?).is_none();
        Ok(DisconnectAnswer { room_id: peer.room_id, peer_id: peer.peer_id, room_closed })
    }

    async fn room(&self, _: &Credentials, room: &str) -> Result<RoomSnapshot, BackendError> {
        let caller = caller()?;
        caller.may_enter(room)?;
        let room = self.app.live_room(caller.tenant(), &room_id(room)?).ok_or_else(no_such_room)?;
        let peers = room.seats.iter().map(|view| PeerSnapshot {
            peer_id: view.peer.seat.to_string(),
            connected_at: view.joined_at,
            last_seen: view.last_seen,
            streaming: view.connected,
            metadata: view.metadata.clone(),
        });
        Ok(RoomSnapshot {
            room_id: room.id.to_string(),
            created_at: room.created_at,
            max_peers: room.capacity,
            peer_count: room.seats.len(),
            metadata: None,
            peers: peers.collect(),
        })
    }

    async fn subscribe(
        &self,
        _: &Credentials,
        peer: PeerRequest,
        last_seq: Option<u64>,
    ) -> Result<SignalItems, BackendError> {
        let handle = self.peer(&caller()?, &peer.room_id, &peer.peer_id, ErrorCode::PeerNotFound)?;
        stream::open(&handle, last_seq)
    }
}

fn to_domain(signal: PeerSignal) -> Signal {
    Signal { kind: SignalKind::named(&signal.kind), body: signal.payload }
}

fn refused(error: SessionError) -> BackendError {
    if let Some(text) = error.log_text() {
        tracing::error!(error = text, "a peer was not connected");
    }
    BackendError::new(error.code(), error.to_string())
}

fn no_such_room() -> BackendError {
    BackendError::new(ErrorCode::RoomNotFound, "there is no such room, or nobody is in it")
}

fn room_id(text: &str) -> Result<RoomId, BackendError> {
    RoomId::new(text).map_err(|error| invalid("roomId", error))
}

fn seat_id(path: &str, text: &str) -> Result<SeatId, BackendError> {
    SeatId::new(text).map_err(|error| invalid(path, error))
}

fn invalid(path: &str, error: IdError) -> BackendError {
    BackendError::invalid(path, error.to_string())
}
