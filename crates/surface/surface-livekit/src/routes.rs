//! Paths: where clients connect, where they ask whether they may, and the room API.

use crate::{
    access::{self, Refused},
    connection::{self, Admitted, Connection},
    entry::{Entry, Query},
    frame::{self, Form},
    render,
    state::{LiveKitState, Shared},
    twirp,
};
use axum::{
    Router,
    extract::{
        RawQuery, State, WebSocketUpgrade,
        ws::{WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use livekit_protocol::{DisconnectReason, leave_request::Action};
use rtc_app::{
    Access, AccessClaims, App, DuplicatePolicy, JoinRequest, Liveness, Mailbox, RoomSettings, Session,
    SessionError, Tenant,
};
use rtc_types::{ErrorCode, RoomId, SeatId, Topology, UserId};
use std::sync::Arc;

/// Bytes that a connection reads at once.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that are gathered before a write goes out by itself.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// All paths.
pub fn router(state: LiveKitState) -> Router {
    Router::new()
        .route("/rtc", get(connect_v0))
        .route("/rtc/v1", get(connect_v1))
        .route("/rtc/validate", get(validate_v0))
        .route("/rtc/v1/validate", get(validate_v1))
        .route("/settings/regions", get(regions))
        .route("/twirp/{service}/{method}", post(twirp::serve))
        .with_state(state)
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

async fn connect_v0(
    State(state): State<LiveKitState>,
    headers: HeaderMap,
    query: RawQuery,
    upgrade: Upgrade,
) -> Response {
    connect(state.0, headers, query, upgrade, false).await
}

async fn connect_v1(
    State(state): State<LiveKitState>,
    headers: HeaderMap,
    query: RawQuery,
    upgrade: Upgrade,
) -> Response {
    connect(state.0, headers, query, upgrade, true).await
}

async fn validate_v0(State(state): State<LiveKitState>, headers: HeaderMap, query: RawQuery) -> Response {
    validate(&state.0, &headers, &query, false).await
}

async fn validate_v1(State(state): State<LiveKitState>, headers: HeaderMap, query: RawQuery) -> Response {
    validate(&state.0, &headers, &query, true).await
}

/// Whether a client could connect, for pages whose WebSocket failed: browsers do not show them why.
async fn validate(shared: &Shared, headers: &HeaderMap, query: &RawQuery, v1: bool) -> Response {
    let checked = async {
        let query = read_query(query)?;
        let (_, claims) =
            access::verify(&shared.app, access::token(headers, query.access_token.as_deref())).await?;
        whom(&claims)?;
        Entry::read(&query, v1).map(|_| ())
    };
    let response = match checked.await {
        Ok(()) => "success".into_response(),
        Err(refused) => refused.into_response(),
    };
    for_all_pages(response)
}

/// The regions that there are: this one.
async fn regions(headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let url = format!("{}://{host}", if secure { "wss" } else { "ws" });
    let body = serde_json::json!({ "regions": [{ "region": "default", "url": url, "distance": "0" }] });
    for_all_pages(axum::Json(body).into_response())
}

/// Tokens are what counts here, not origins.
fn for_all_pages(mut response: Response) -> Response {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

/// Query parameters of a request; browsers and SDKs escape them as forms do.
pub(crate) fn read_query(RawQuery(query): &RawQuery) -> Result<Query, Refused> {
    let text = query.as_deref().unwrap_or_default();
    let uri = format!("/?{text}").parse::<axum::http::Uri>();
    let read = uri.ok().and_then(|uri| axum::extract::Query::<Query>::try_from_uri(&uri).ok());
    read.map(|query| query.0).ok_or_else(|| Refused::new(StatusCode::BAD_REQUEST, "the query cannot be read"))
}

/// Which room a token's holder may join, and as whom.
fn whom(claims: &AccessClaims) -> Result<(RoomId, UserId), Refused> {
    let room = claims
        .joins()
        .ok_or_else(|| Refused::new(StatusCode::UNAUTHORIZED, "no permissions to access the room"))?;
    let invalid = |what: &str, why| Refused::new(StatusCode::BAD_REQUEST, format!("the {what} {why}"));
    let room = RoomId::new(room).map_err(|why| invalid("room's name", why))?;
    let user = UserId::new(claims.identity()).map_err(|why| invalid("identity", why))?;
    Ok((room, user))
}

async fn connect(
    shared: Arc<Shared>,
    headers: HeaderMap,
    query: RawQuery,
    upgrade: Upgrade,
    v1: bool,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused.into_response(),
    };
    let admitted = match admit(&shared, &headers, &query, v1).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused.into_response(),
    };
    let bytes_max = shared.config.message_bytes_max;
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(8 * bytes_max.max(WRITE_BUFFER_BYTES))
        .max_message_size(bytes_max)
        .max_frame_size(bytes_max);
    match admitted {
        Some(admitted) => upgrade.on_upgrade(move |socket| Connection::serve(shared, socket, admitted)),
        None => upgrade.on_upgrade(unknown),
    }
}

/// Someone wants to come back whom we do not know: it joins anew.
async fn unknown(mut socket: WebSocket) {
    let leave = render::leave(DisconnectReason::StateMismatch, Action::Reconnect);
    // A client that is gone already need not be told.
    let _ = socket.send(frame::write(Form::Binary, leave)).await;
    connection::close(socket).await;
}

/// Gives a client its seat, before the upgrade, so that a refusal has its status. `None`: it wants back a seat that
/// is no more.
async fn admit(
    shared: &Shared,
    headers: &HeaderMap,
    query: &RawQuery,
    v1: bool,
) -> Result<Option<Admitted>, Refused> {
    let query = read_query(query)?;
    let token = access::token(headers, query.access_token.as_deref());
    let (tenant, claims) = access::verify(&shared.app, token).await?;
    let (room, user) = whom(&claims)?;
    let mut entry = Entry::read(&query, v1)?;
    let mailbox = Mailbox::new();
    if let Some(sid) = &entry.reconnect {
        let back = come_back(&shared.app, &tenant, &room, &user, sid, &mailbox);
        return Ok(back.map(|session| Admitted { tenant, claims, session, mailbox, entry }));
    }
    if claims.video.as_ref().is_some_and(|grant| !grant.updates_own_metadata()) {
        entry.attributes.clear();
        entry.metadata.clear();
    }
    let session = join(shared, &tenant, &claims, room, user, &entry, &mailbox).await?;
    Ok(Some(Admitted { tenant, claims, session, mailbox, entry }))
}

fn come_back(
    app: &App,
    tenant: &Tenant,
    room: &RoomId,
    user: &UserId,
    sid: &str,
    mailbox: &Arc<Mailbox>,
) -> Option<Session> {
    let own = |seat: SeatId| app.peer(tenant, room, &seat);
    let mut found = render::seat_of(sid).filter_map(own);
    let peer = found.find(|peer| peer.media().is_some_and(|media| media.peer().user_id == *user))?;
    peer.attach(None, mailbox.clone()).ok().flatten()
}

async fn join(
    shared: &Shared,
    tenant: &Tenant,
    claims: &AccessClaims,
    room: RoomId,
    user: UserId,
    entry: &Entry,
    mailbox: &Arc<Mailbox>,
) -> Result<Session, Refused> {
    let app = &shared.app;
    if let Some(config) = &claims.room_config {
        open_room(app, tenant, &room, config).await?;
    }
    let mut profile = access::profile(claims, entry.auto_subscribe);
    profile.attributes.extend(entry.attributes.clone());
    if !entry.metadata.is_empty() {
        profile.metadata.clone_from(&entry.metadata);
    }
    let seat = format!("{}{}", render::PARTICIPANT_PREFIX, app.new_seat_id());
    let seat = SeatId::new(seat).expect("a prefix and base64url are printable and short");
    let request = JoinRequest {
        access: Access::Tenant {
            tenant: tenant.clone(),
            user_id: user,
            role: access::role(&claims.video.clone().unwrap_or_default()),
            metadata: None,
        },
        room_id: room,
        seat,
        liveness: Liveness::Connection { resume_window_ms: shared.config.resume_window_ms },
        duplicates: DuplicatePolicy::Replace,
        mailbox: Some(mailbox.clone()),
        ad_hoc_capacity: None,
        topology: Some(Topology::Sfu),
    };
    Box::pin(app.join_as(request, Some(profile))).await.map_err(|error| refusal(&error))
}

/// The settings that a token has for a room which its join creates.
async fn open_room(
    app: &App,
    tenant: &Tenant,
    room: &RoomId,
    config: &serde_json::Value,
) -> Result<(), Refused> {
    let config: livekit_protocol::RoomConfiguration = serde_json::from_value(config.clone())
        .map_err(|_| Refused::new(StatusCode::BAD_REQUEST, "the token's roomConfig cannot be read"))?;
    let some = |number: u32| Some(number).filter(|number| *number > 0);
    let settings = RoomSettings {
        metadata: config.metadata,
        members_max: some(config.max_participants),
        empty_timeout_s: some(config.empty_timeout),
        departure_timeout_s: some(config.departure_timeout),
    };
    if settings == RoomSettings::default() || app.conference(tenant, room).is_some() {
        return Ok(());
    }
    let departure_timeout_s = settings.departure_timeout_s.or(Some(RoomSettings::DEPARTURE_TIMEOUT_S));
    let settings = RoomSettings { departure_timeout_s, ..settings };
    app.open_conference(tenant, room.clone(), settings).await.map(|_| ()).map_err(|error| {
        let session: SessionError = error.into();
        refusal(&session)
    })
}

fn refusal(error: &SessionError) -> Refused {
    if let Some(text) = error.log_text() {
        tracing::error!(error = text, "a join failed");
    }
    let status = match error.code() {
        ErrorCode::Kicked | ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::InvalidToken | ErrorCode::TokenExpired => StatusCode::UNAUTHORIZED,
        ErrorCode::RoomFull => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    Refused::new(status, error.to_string())
}
