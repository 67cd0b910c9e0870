//! Who is in a room.

use crate::{
    answer::{object, time},
    state::RestState,
};
use axum::{Json as Answer, extract::State, http::StatusCode};
use rtc_app::{PeerMediaView, ProducerView};
use rtc_http::{ApiError, AsTenant, Id, Json, Params};
use rtc_types::{MediaKind, RoomId, UserId};
use rtc_wire::rest::{MuteParticipant, Participant, Track};

fn participant(participant: &rtc_app::Participant) -> Participant {
    let rtc_app::Participant { seat, media } = participant;
    Participant {
        socket_id: seat.peer.seat.to_string(),
        user_id: seat.peer.user_id.to_string(),
        role: seat.peer.role.to_string(),
        joined_at: time(seat.joined_at),
        connected: seat.connected,
        muted: seat.muted.iter().map(ToString::to_string).collect(),
        tracks: media.iter().flat_map(|media| &media.tracks).map(|producer| track(producer)).collect(),
        connection_quality: quality(seat.connected, media.as_ref()).into(),
        metadata: object(seat.metadata.as_ref().map(rtc_types::Json::as_str)),
    }
}

fn track(producer: &ProducerView) -> Track {
    Track {
        id: producer.id.to_string(),
        kind: producer.kind.to_string(),
        source: producer.source.to_string(),
        muted: producer.paused,
    }
}

/// In words, so that scales may change.
fn quality(connected: bool, media: Option<&PeerMediaView>) -> &'static str {
    match media.and_then(|media| media.quality) {
        _ if !connected => "lost",
        Some(5) => "excellent",
        Some(3) => "fair",
        Some(0..=2) => "poor",
        Some(_) | None => "good",
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
