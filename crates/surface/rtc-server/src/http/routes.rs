//! The router.

use super::{
    backend::{Credentials, RtcBackend},
    body::{Checked, check},
    error::{BackendError, with_request_id},
    sse,
};
use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query, State},
    http::{HeaderMap, request::Parts},
    middleware::from_fn,
    response::Response,
    routing::{get, post},
};
use rtc_types::ErrorCode;
use rtc_wire::embed::{
    ConnectInfo, ConnectRequest, DisconnectAnswer, HeartbeatAnswer, PeerRequest, RoomSnapshot, SignalAnswer,
    SignalRequest,
};
use serde::Deserialize;

/// The `/rtc/*` routes. Merge it into your own router; for CORS, put your own layer around it.
pub fn router<B: RtcBackend>(backend: B) -> Router {
    Router::new()
        .route("/rtc/connect", post(connect::<B>))
        .route("/rtc/heartbeat", post(heartbeat::<B>))
        .route("/rtc/signal", post(signal::<B>))
        .route("/rtc/disconnect", post(disconnect::<B>))
        .route("/rtc/rooms/{roomId}", get(room::<B>))
        .route("/rtc/events", get(events::<B>))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(with_request_id))
        .with_state(backend)
}

type Answer<T> = Result<Json<T>, BackendError>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventsQuery {
    room_id: Option<String>,
    peer_id: Option<String>,
    last_event_id: Option<String>,
}

#[derive(Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Credentials {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = Query::<TokenQuery>::try_from_uri(&parts.uri).ok();
        let query_token = query.and_then(|Query(query)| query.token);
        Ok(Self { headers: parts.headers.clone(), query_token })
    }
}

async fn connect<B: RtcBackend>(
    State(backend): State<B>,
    who: Credentials,
    Checked(request): Checked<ConnectRequest>,
) -> Answer<ConnectInfo> {
    backend.connect(&who, request).await.map(Json)
}

async fn heartbeat<B: RtcBackend>(
    State(backend): State<B>,
    who: Credentials,
    Checked(request): Checked<PeerRequest>,
) -> Answer<HeartbeatAnswer> {
    backend.heartbeat(&who, request).await.map(Json)
}

async fn signal<B: RtcBackend>(
    State(backend): State<B>,
    who: Credentials,
    Checked(request): Checked<SignalRequest>,
) -> Answer<SignalAnswer> {
    backend.signal(&who, request).await.map(Json)
}

async fn disconnect<B: RtcBackend>(
    State(backend): State<B>,
    who: Credentials,
    Checked(request): Checked<PeerRequest>,
) -> Answer<DisconnectAnswer> {
    backend.disconnect(&who, request).await.map(Json)
}

async fn room<B: RtcBackend>(
    State(backend): State<B>,
    who: Credentials,
    Path(room_id): Path<String>,
) -> Answer<RoomSnapshot> {
    backend.room(&who, &room_id).await.map(Json)
}

async fn events<B: RtcBackend>(
    State(backend): State<B>,
    who: Credentials,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, BackendError> {
    let given =
        |name: &str, value: Option<String>| value.ok_or_else(|| BackendError::invalid(name, "is missing"));
    let peer =
        PeerRequest { room_id: given("roomId", query.room_id)?, peer_id: given("peerId", query.peer_id)? };
    check(&peer)?;
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let last_seq = match header.or(query.last_event_id.as_deref()).filter(|text| !text.is_empty()) {
        Some(text) => {
            let wrong = |_| BackendError::invalid("last-event-id", "must be the id of an event");
            Some(text.parse().map_err(wrong)?)
        }
        None => None,
    };
    Ok(sse::response(backend.subscribe(&who, peer, last_seq).await?))
}

async fn method_not_allowed() -> BackendError {
    BackendError::new(ErrorCode::MethodNotAllowed, "the route exists, but not with this method")
}
