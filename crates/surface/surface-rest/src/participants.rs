//! Who is in a room.

use crate::{
    answer::{object, time},
    state::RestState,
};
use axum::{Json as Answer, extract::State, http::StatusCode};
use rtc_app::SeatView;
use rtc_http::{ApiError, AsTenant, Id, Json, Params};
use rtc_types::{MediaKind, RoomId, UserId};
use rtc_wire::rest::{MuteParticipant, Participant};

fn participant(seat: &SeatView) -> Participant {
    Participant {
        socket_id: seat.peer.seat.to_string(),
        user_id: seat.peer.user_id.to_string(),
        role: seat.peer.role.to_string(),
        joined_at: time(seat.joined_at),
        connected: seat.connected,
        muted: seat.muted.iter().map(ToString::to_string).collect(),
        tracks: Vec::new(),
        connection_quality: if seat.connected { "good" } else { "lost" }.into(),
        metadata: object(seat.metadata.as_ref().map(rtc_types::Json::as_str)),
    }
}

/// List who is in the room now, in the order of joining.
#[utoipa::path(get, path = "/rooms/{roomId}/participants", tag = "participants", operation_id = "listParticipants",
    security(("appId" = [], "appSecret" = [])), params(("roomId" = String, Path)),
    responses((status = 200, description = "The participants", body = [Participant])))]
pub(crate) async fn list(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id(room): Id<RoomId>,
) -> Result<Answer<Vec<Participant>>, ApiError> {
    let seats = state.http.app.participants(&tenant, &room).await?;
    Ok(Answer(seats.iter().map(participant).collect()))
}

/// Kick a participant: the session ends and the user's tokens are refused; with `ban`, new ones too.
#[utoipa::path(delete, path = "/rooms/{roomId}/participants/{userId}", tag = "participants", operation_id = "kickParticipant",
    security(("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path), ("userId" = String, Path), ("ban" = Option<bool>, Query)),
    responses((status = 204, description = "Kicked")))]
pub(crate) async fn kick(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id((room, user)): Id<(RoomId, UserId)>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    state.http.app.kick(&tenant, &room, &user, params.flag("ban")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mute or unmute a participant; the room is told.
#[utoipa::path(post, path = "/rooms/{roomId}/participants/{userId}/mute", tag = "participants", operation_id = "muteParticipant",
    security(("appId" = [], "appSecret" = [])), params(("roomId" = String, Path), ("userId" = String, Path)),
    request_body = MuteParticipant, responses((status = 204, description = "Done")))]
pub(crate) async fn mute(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id((room, user)): Id<(RoomId, UserId)>,
    body: Json<MuteParticipant>,
) -> Result<StatusCode, ApiError> {
    let kind: MediaKind = body
        .value
        .kind
        .parse()
        .map_err(|error: rtc_types::UnknownName| ApiError::invalid("kind", error.to_string()))?;
    state.http.app.mute(&tenant, &room, &user, kind, body.value.muted).await?;
    Ok(StatusCode::NO_CONTENT)
}
