//! The two REST routes beside the relay: the caller's active rooms, of every surface.

use axum::{Json, Router, extract::State, routing::get};
use rtc_http::{ApiError, AsTenant, HttpState, Id, label_surface};
use rtc_types::{Millis, RoomId};
use rtc_wire::socketio::{ActiveRoom, ActiveRoomDetails};

/// `GET /api/rooms` and `GET /api/rooms/{roomId}`.
pub fn router(state: HttpState) -> Router {
    let router = Router::new().route("/api/rooms", get(list)).route("/api/rooms/{roomId}", get(show));
    label_surface(router.with_state(state), "socketio")
}

async fn list(State(state): State<HttpState>, AsTenant(tenant): AsTenant) -> Json<Vec<ActiveRoom>> {
    let rooms = state.app.live_rooms(&tenant).into_iter().map(|room| ActiveRoom {
        id: room.id.to_string(),
        participants: room.shown().count(),
        created_at: iso(room.created_at),
    });
    Json(rooms.collect())
}

async fn show(
    State(state): State<HttpState>,
    AsTenant(tenant): AsTenant,
    Id(room_id): Id<RoomId>,
) -> Result<Json<ActiveRoomDetails>, ApiError> {
    let room = state.app.live_room(&tenant, &room_id);
    let room = room.ok_or_else(|| ApiError::not_found("room that somebody is in"))?;
    Ok(Json(ActiveRoomDetails {
        id: room.id.to_string(),
        participants: room.shown().map(|peer| peer.user_id.to_string()).collect(),
        created_at: iso(room.created_at),
    }))
}

/// ISO 8601 in UTC, to the millisecond.
fn iso(at: Millis) -> String {
    let at = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    format!("{:.3}", at.unwrap_or_default())
}
