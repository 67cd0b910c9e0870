//! Descriptions of routes whose handlers are in crates that know nothing of OpenAPI: the embedded server's, and the
//! two beside the Socket.IO relay. A test asks the running server for each of them.
#![allow(dead_code, reason = "the functions are what the descriptions hang on; nobody calls them")]

use rtc_wire::{
    embed::{
        ConnectInfo, ConnectRequest, DisconnectAnswer, HeartbeatAnswer, PeerRequest, RoomSnapshot,
        SignalAnswer, SignalEvent, SignalRequest,
    },
    error::ErrorBody,
    socketio::{ActiveRoom, ActiveRoomDetails},
};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    paths(connect, heartbeat, signal, disconnect, room, events, active_rooms, active_room),
    components(schemas(SignalEvent)),
    tags(
        (name = "embedded", description = "Signaling over plain HTTP, for any process: the routes that an embedded server has"),
        (name = "active rooms", description = "Rooms that somebody is in, of every protocol"),
    )
)]
pub(super) struct Described;

/// Take a seat in a room.
#[utoipa::path(post, path = "/rtc/connect", tag = "embedded", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    request_body = ConnectRequest, responses(
    (status = 200, description = "The seat", body = ConnectInfo),
    (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
    (status = 401, description = "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED", body = ErrorBody),
    (status = 403, description = "FORBIDDEN: the token is for another user", body = ErrorBody),
    (status = 409, description = "ROOM_FULL, ALREADY_IN_ROOM", body = ErrorBody),
))]
fn connect() {}

/// Say that a peer is alive.
#[utoipa::path(post, path = "/rtc/heartbeat", tag = "embedded", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    request_body = PeerRequest, responses(
    (status = 200, description = "When it was noted", body = HeartbeatAnswer),
    (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
    (status = 401, description = "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED", body = ErrorBody),
    (status = 404, description = "ROOM_NOT_FOUND, PEER_NOT_FOUND", body = ErrorBody),
))]
fn heartbeat() {}

/// Relay a signal to one peer or to all others.
#[utoipa::path(post, path = "/rtc/signal", tag = "embedded", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    request_body = SignalRequest, responses(
    (status = 200, description = "For how many it is", body = SignalAnswer),
    (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
    (status = 401, description = "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED", body = ErrorBody),
    (status = 404, description = "ROOM_NOT_FOUND, PEER_NOT_FOUND", body = ErrorBody),
    (status = 409, description = "NOT_IN_ROOM: the sender has no seat", body = ErrorBody),
))]
fn signal() {}

/// Give a seat back.
#[utoipa::path(post, path = "/rtc/disconnect", tag = "embedded", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    request_body = PeerRequest, responses(
    (status = 200, description = "It was given back", body = DisconnectAnswer),
    (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
    (status = 401, description = "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED", body = ErrorBody),
    (status = 404, description = "ROOM_NOT_FOUND, PEER_NOT_FOUND", body = ErrorBody),
))]
fn disconnect() {}

/// A room and who is in it.
#[utoipa::path(get, path = "/rtc/rooms/{roomId}", tag = "embedded", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path, description = "The room")), responses(
    (status = 200, description = "The room", body = RoomSnapshot),
    (status = 401, description = "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED", body = ErrorBody),
    (status = 404, description = "ROOM_NOT_FOUND: nobody is in it", body = ErrorBody),
))]
fn room() {}

/// What other peers send to one peer, as server-sent events: `signal`, each with a running number as its id.
#[utoipa::path(get, path = "/rtc/events", tag = "embedded", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(
        ("roomId" = String, Query, description = "The room"),
        ("peerId" = String, Query, description = "The peer"),
        ("token" = Option<String>, Query, description = "The call token, for clients that cannot send headers"),
        ("last-event-id" = Option<u64>, Header, description = "The last event that arrived: what came since is sent"),
    ), responses(
    (status = 200, description = "The events; the data of each is a SignalEvent", content_type = "text/event-stream", body = String),
    (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
    (status = 401, description = "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED", body = ErrorBody),
    (status = 404, description = "PEER_NOT_FOUND", body = ErrorBody),
))]
fn events() {}

/// The caller's rooms that somebody is in.
#[utoipa::path(get, path = "/api/rooms", tag = "active rooms", security(("appId" = [], "appSecret" = [])), responses(
    (status = 200, description = "The rooms", body = Vec<ActiveRoom>),
    (status = 401, description = "UNAUTHORIZED: the credentials are missing or wrong", body = ErrorBody),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = ErrorBody),
))]
fn active_rooms() {}

/// One of them, with its users.
#[utoipa::path(get, path = "/api/rooms/{roomId}", tag = "active rooms", security(("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path, description = "The room")), responses(
    (status = 200, description = "The room", body = ActiveRoomDetails),
    (status = 401, description = "UNAUTHORIZED: the credentials are missing or wrong", body = ErrorBody),
    (status = 404, description = "NOT_FOUND: nobody is in it", body = ErrorBody),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = ErrorBody),
))]
fn active_room() {}
