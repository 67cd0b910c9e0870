//! `/rooms`: a tenant's rooms.

use crate::{
    answer::{created, object, page, text, time},
    state::RestState,
};
use axum::{Json as Answer, extract::State, http::StatusCode, response::Response};
use rtc_app::{RoomDetails, RoomDraft, RoomPatch};
use rtc_http::{ApiError, AsTenant, Id, IdempotencyKey, Json, Params};
use rtc_types::{RoomId, TopologySetting, limits::PARTICIPANTS_MIN};
use rtc_wire::rest::{CreateRoom, Room, UpdateRoom};

fn room(details: &RoomDetails) -> Room {
    Room {
        id: details.id.to_string(),
        app_id: details.app_id.to_string(),
        name: details.name.clone(),
        max_participants: details.max_participants,
        topology: details.topology.to_string(),
        metadata: object(details.metadata.as_deref()),
        empty_timeout: details.empty_timeout_s.map(u64::from),
        created_at: time(details.created_at),
        updated_at: time(details.updated_at),
        participants: details.participants,
    }
}

/// The body's checks have passed, so a name that is there is a known one.
fn topology(name: Option<&str>) -> Option<TopologySetting> {
    name.and_then(|name| name.parse().ok())
}

fn seconds(seconds: Option<u64>) -> Option<u32> {
    seconds.and_then(|seconds| u32::try_from(seconds).ok())
}

/// Make a room.
#[utoipa::path(post, path = "/rooms", tag = "rooms", operation_id = "createRoom", security(("appId" = [], "appSecret" = [])),
    params(("idempotency-key" = Option<String>, Header, description = "1–255 printable ASCII characters")),
    request_body = CreateRoom, responses((status = 201, description = "The room", body = Room)))]
pub(crate) async fn create(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    key: IdempotencyKey,
    body: Json<CreateRoom>,
) -> Result<Response, ApiError> {
    let render = |details: &RoomDetails| text(&room(details));
    let once = key.claim(&body, &render);
    let asked = &body.value;
    let draft = RoomDraft {
        name: asked.name.clone(),
        max_participants: asked.max_participants.unwrap_or(PARTICIPANTS_MIN),
        topology: topology(asked.topology.as_deref()).unwrap_or_default(),
        metadata: asked.metadata.as_ref().map(text),
        empty_timeout_s: seconds(asked.empty_timeout),
    };
    Ok(created(state.http.app.create_room(&tenant, draft, once).await?, room))
}

/// List the rooms, newest first.
#[utoipa::path(get, path = "/rooms", tag = "rooms", operation_id = "listRooms", security(("appId" = [], "appSecret" = [])),
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "The rooms", body = [Room], headers(("x-next-cursor" = String, description = "The next page's cursor; missing on the last page")))))]
pub(crate) async fn list(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    params: Params,
) -> Result<Response, ApiError> {
    let asked = params.page()?;
    let listing = state.http.app.list_rooms(&tenant, asked.limit, asked.cursor.as_deref()).await?;
    Ok(page(listing, |details| room(&details)))
}

/// Get a room with its live count.
#[utoipa::path(get, path = "/rooms/{roomId}", tag = "rooms", operation_id = "getRoom", security(("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path)), responses((status = 200, description = "The room", body = Room)))]
pub(crate) async fn get(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id(id): Id<RoomId>,
) -> Result<Answer<Room>, ApiError> {
    Ok(Answer(room(&state.http.app.get_room(&tenant, &id).await?)))
}

/// Change a room, also while somebody is in it.
#[utoipa::path(patch, path = "/rooms/{roomId}", tag = "rooms", operation_id = "updateRoom", security(("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path)), request_body = UpdateRoom,
    responses((status = 200, description = "The room", body = Room)))]
pub(crate) async fn update(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id(id): Id<RoomId>,
    body: Json<UpdateRoom>,
) -> Result<Answer<Room>, ApiError> {
    let asked = body.value;
    let patch = RoomPatch {
        name: asked.name,
        max_participants: asked.max_participants,
        topology: topology(asked.topology.as_deref()),
        metadata: asked.metadata.as_ref().map(text),
        empty_timeout_s: seconds(asked.empty_timeout),
    };
    Ok(Answer(room(&state.http.app.update_room(&tenant, &id, patch).await?)))
}

/// Delete a room; the call ends for everyone in it.
#[utoipa::path(delete, path = "/rooms/{roomId}", tag = "rooms", operation_id = "deleteRoom", security(("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path)), responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id(id): Id<RoomId>,
) -> Result<StatusCode, ApiError> {
    state.http.app.delete_room(&tenant, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
