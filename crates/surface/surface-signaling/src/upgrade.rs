//! From an HTTP request to a signaling connection.

use crate::{connection::Connection, state::SignalingState};
use axum::{
    Router,
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};

/// Bytes that a connection reads at once. Small, because an idle connection keeps the buffer: it decides
/// the memory of 10,000 of them. A larger message grows it.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// Bytes that are gathered before a write goes out by itself; a flush sends what there is.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// The route `/ws`.
pub fn router(state: SignalingState) -> Router {
    let upgrade = |State(state): State<SignalingState>, headers: HeaderMap, upgrade: WebSocketUpgrade| async move {
        serve_upgrade(&state, &headers, upgrade)
    };
    Router::new().route("/ws", get(upgrade)).with_state(state)
}

/// Answers a handshake: 403 to a foreign origin, otherwise the connection is served on a task of its own.
pub fn serve_upgrade(state: &SignalingState, headers: &HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let shared = state.0.clone();
    if !shared.config.allowed_origins.admits(headers) {
        return (StatusCode::FORBIDDEN, "this origin may not connect").into_response();
    }
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(8 * shared.config.message_bytes_max.max(WRITE_BUFFER_BYTES))
        .max_message_size(shared.config.message_bytes_max)
        .max_frame_size(shared.config.message_bytes_max)
        .on_upgrade(move |socket| Connection::new(shared, socket).run())
}
