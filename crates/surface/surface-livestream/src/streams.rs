//! `/livestreams`.

use crate::{
    answer::{data, livestream, participant, rows, text, with_message},
    caller::Caller,
    state::LivestreamSurface,
};
use axum::{
    Json as Wrapped,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rtc_app::{
    LivestreamDraft, LivestreamJoin, LivestreamPatch, ParticipantFilter, SessionStatus, StreamRole,
    StreamStatus, safe_room_name,
};
use rtc_http::{ApiError, Id, Json, Params};
use rtc_types::StreamId;
use rtc_wire::livestream::{
    Answer, CreateLivestream, EndLivestream, JoinLivestream, LeaveLivestream, Livestream, LivestreamJoined,
    LivestreamParticipant, UpdateLivestream,
};

const PARTICIPANTS: u32 = 100;
const EMPTY_TIMEOUT_S: u32 = 86_400;

pub(crate) async fn create(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    body: Json<CreateLivestream>,
) -> Result<Response, ApiError> {
    let asked = body.value;
    let draft = LivestreamDraft {
        room_name: safe_room_name(&asked.room_name),
        title: asked.title,
        description: asked.description,
        created_by: caller.acts_for("createdBy", &asked.created_by)?,
        max_participants: asked.max_participants.unwrap_or(PARTICIPANTS),
        empty_timeout_s: asked.empty_timeout.unwrap_or(EMPTY_TIMEOUT_S),
        metadata: text(asked.metadata.as_ref()),
    };
    let made = state.http.app.create_livestream(&caller.tenant, draft).await?;
    Ok((StatusCode::CREATED, data(livestream(made))).into_response())
}

pub(crate) async fn list(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    params: Params,
) -> Result<Wrapped<Answer<Vec<Livestream>>>, ApiError> {
    let status: Option<StreamStatus> = params.one_of("status", "SCHEDULED, LIVE, ENDED or ERROR")?;
    let (limit, offset) = params.window()?;
    let found = state.http.app.list_livestreams(&caller.tenant, status, limit, offset).await?;
    Ok(rows(found, livestream))
}

pub(crate) async fn get(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    Id(id): Id<StreamId>,
) -> Result<Wrapped<Answer<Livestream>>, ApiError> {
    Ok(data(livestream(state.http.app.get_livestream(&caller.tenant, &id).await?)))
}

pub(crate) async fn update(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    Id(id): Id<StreamId>,
    body: Json<UpdateLivestream>,
) -> Result<Wrapped<Answer<Livestream>>, ApiError> {
    let app = &state.http.app;
    let current = app.get_livestream(&caller.tenant, &id).await?;
    caller.must_be(&current.stream.created_by, "only the creator of the livestream may change it")?;
    let asked = body.value;
    let patch = LivestreamPatch {
        title: asked.title,
        description: asked.description.map(Some),
        metadata: asked.metadata.as_ref().map(|object| text(Some(object))),
        max_participants: asked.max_participants,
        empty_timeout_s: asked.empty_timeout,
        updated_at: 0,
    };
    Ok(data(livestream(app.update_livestream(&caller.tenant, &id, patch).await?)))
}

pub(crate) async fn end(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    Id(id): Id<StreamId>,
    body: Json<EndLivestream>,
) -> Result<Wrapped<Answer<Livestream>>, ApiError> {
    let user = caller.acts_for("requestingUserId", &body.value.requesting_user_id)?;
    let ended = state.http.app.end_livestream(&caller.tenant, &id, &user).await?;
    Ok(with_message(livestream(ended), "The livestream has ended."))
}

pub(crate) async fn join(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    Id(id): Id<StreamId>,
    headers: HeaderMap,
    body: Json<JoinLivestream>,
) -> Result<Wrapped<Answer<LivestreamJoined>>, ApiError> {
    let asked = body.value;
    let join = LivestreamJoin {
        user_id: caller.acts_for("userId", &asked.user_id)?,
        display_name: asked.display_name,
        // The body's checks have passed.
        role: asked.role.parse().unwrap_or(StreamRole::Viewer),
        metadata: text(asked.metadata.as_ref()),
    };
    let seat = state.http.app.join_livestream(&caller.tenant, &id, join).await?;
    Ok(data(LivestreamJoined {
        token: seat.ticket.token,
        url: seat.ticket.url.unwrap_or_else(|| state.socket_url(&headers)),
        participant: participant(&id, seat.participant),
    }))
}

pub(crate) async fn leave(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    Id(id): Id<StreamId>,
    body: Json<LeaveLivestream>,
) -> Result<Wrapped<Answer<Option<()>>>, ApiError> {
    let user = caller.acts_for("userId", &body.value.user_id)?;
    state.http.app.leave_livestream(&caller.tenant, &id, &user).await?;
    Ok(with_message(None, "The user has left the livestream."))
}

pub(crate) async fn participants(
    State(state): State<LivestreamSurface>,
    caller: Caller,
    Id(id): Id<StreamId>,
    params: Params,
) -> Result<Wrapped<Answer<Vec<LivestreamParticipant>>>, ApiError> {
    let status: Option<SessionStatus> = params.one_of("status", "JOINED or LEFT")?;
    let role: Option<StreamRole> = params.one_of("role", "HOST or VIEWER")?;
    let (limit, offset) = params.window()?;
    let filter = ParticipantFilter { status, role };
    let app = &state.http.app;
    let found = app.list_livestream_participants(&caller.tenant, &id, filter, limit, offset).await?;
    Ok(rows(found, |session| participant(&id, session)))
}
