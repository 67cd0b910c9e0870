//! What answers the routes: this crate's own server, or any other that has rooms.

use super::error::BackendError;
use crate::{RtcServer, StreamItem};
use axum::http::{HeaderMap, header};
use futures_core::Stream;
use rtc_types::Json;
use rtc_wire::embed::{
    ConnectInfo, ConnectRequest, DisconnectAnswer, HeartbeatAnswer, PeerRequest, RoomSnapshot, SignalAnswer,
    SignalRequest,
};
use std::{future::Future, pin::Pin};

/// Who asks, as far as the request says.
pub struct Credentials {
    /// The request's headers.
    pub headers: HeaderMap,
    /// The query's `token`, for clients that cannot set headers (`EventSource`).
    pub query_token: Option<String>,
}

impl Credentials {
    /// The bearer token of `Authorization`, or else the query's.
    pub fn token(&self) -> Option<&str> {
        let header = self.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        bearer.or(self.query_token.as_deref())
    }
}

/// A peer's stream.
pub type SignalItems = Pin<Box<dyn Stream<Item = StreamItem> + Send>>;

/// What the routes call. Bodies have been checked against their limits.
pub trait RtcBackend: Clone + Send + Sync + 'static {
    /// Takes a seat.
    fn connect(
        &self,
        who: &Credentials,
        request: ConnectRequest,
    ) -> impl Future<Output = Result<ConnectInfo, BackendError>> + Send;

    /// Takes note that a peer is alive.
    fn heartbeat(
        &self,
        who: &Credentials,
        request: PeerRequest,
    ) -> impl Future<Output = Result<HeartbeatAnswer, BackendError>> + Send;

    /// Relays a signal.
    fn signal(
        &self,
        who: &Credentials,
        request: SignalRequest,
    ) -> impl Future<Output = Result<SignalAnswer, BackendError>> + Send;

    /// Takes a seat away.
    fn disconnect(
        &self,
        who: &Credentials,
        request: PeerRequest,
    ) -> impl Future<Output = Result<DisconnectAnswer, BackendError>> + Send;

    /// A room as it is.
    fn room(
        &self,
        who: &Credentials,
        room_id: &str,
    ) -> impl Future<Output = Result<RoomSnapshot, BackendError>> + Send;

    /// A peer's stream from after `last_seq`; `None`: from the oldest that is kept. It ends with the seat,
    /// or where another stream takes over; dropping it closes it. It is bounded: one that is not read ends.
    fn subscribe(
        &self,
        who: &Credentials,
        peer: PeerRequest,
        last_seq: Option<u64>,
    ) -> impl Future<Output = Result<SignalItems, BackendError>> + Send;
}

/// Admits every caller: put your own check in front.
impl RtcBackend for RtcServer {
    async fn connect(&self, _: &Credentials, request: ConnectRequest) -> Result<ConnectInfo, BackendError> {
        let metadata = request.metadata.map(|metadata| Json::of(&metadata)).transpose();
        let metadata = metadata.map_err(|error| BackendError::invalid("metadata", error.to_string()))?;
        Ok(self.connect_peer(&request.room_id, &request.peer_id, metadata)?)
    }

    async fn heartbeat(&self, _: &Credentials, peer: PeerRequest) -> Result<HeartbeatAnswer, BackendError> {
        let last_seen = RtcServer::heartbeat(self, &peer.room_id, &peer.peer_id)?;
        Ok(HeartbeatAnswer { last_seen })
    }

    async fn signal(&self, _: &Credentials, request: SignalRequest) -> Result<SignalAnswer, BackendError> {
        let to = request.to_peer_id.as_deref();
        Ok(self.relay(&request.room_id, &request.from_peer_id, request.signal, to)?)
    }

    async fn disconnect(&self, _: &Credentials, peer: PeerRequest) -> Result<DisconnectAnswer, BackendError> {
        Ok(self.disconnect_peer(&peer.room_id, &peer.peer_id)?)
    }

    async fn room(&self, _: &Credentials, room_id: &str) -> Result<RoomSnapshot, BackendError> {
        Ok(self.snapshot(room_id)?)
    }

    async fn subscribe(
        &self,
        _: &Credentials,
        peer: PeerRequest,
        last_seq: Option<u64>,
    ) -> Result<SignalItems, BackendError> {
        Ok(Box::pin(RtcServer::subscribe(self, &peer.room_id, &peer.peer_id, last_seq)?))
    }
}
