//! The four routes.

use super::{
    Demo, Shared,
    problem::Problem,
    session::{User, is_https, set_cookie},
};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rtc_app::{IdempotentAnswer, RoomDetails, RoomDraft, TokenDraft};
use rtc_types::{Role, RoomId, TopologySetting, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

const BODY_BYTES_MAX: usize = 16 * 1024;
const USER_NAME_CHARS_MAX: usize = 60;
const MEETING_NAME_CHARS_MAX: usize = 120;
const PARTICIPANTS: std::ops::RangeInclusive<u32> = 2..=16;
const PARTICIPANTS_DEFAULT: u32 = 4;
/// Long enough to click "join", short enough that a leaked one is soon worthless.
const TOKEN_LIFE_S: u64 = 5 * 60;

#[derive(Deserialize)]
struct Login {
    name: Value,
}

/// `POST /demo/api/login`
pub async fn login(State(demo): Demo, request: Request) -> Result<Response, Problem> {
    let (headers, body) = split(request);
    let Login { name } = read(&headers, body).await?;
    let user = User { id: user_id(), name: checked_name(&name, USER_NAME_CHARS_MAX)? };
    let session = demo.sessions.sign(&user, demo.app.now());
    let cookie = set_cookie(&session, &headers);
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "session": session, "user": user }))).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMeeting {
    name: Value,
    max_participants: Option<Value>,
}

/// `POST /demo/api/meetings`
pub async fn create_meeting(State(demo): Demo, request: Request) -> Result<Response, Problem> {
    let (headers, body) = split(request);
    let user = user(&demo, &headers)?;
    let meeting: NewMeeting = read(&headers, body).await?;
    let draft = RoomDraft {
        name: checked_name(&meeting.name, MEETING_NAME_CHARS_MAX)?,
        max_participants: participants(meeting.max_participants.as_ref())?,
        topology: TopologySetting::Auto,
        metadata: Some(json!({ "demo": true, "hostId": user.id }).to_string()),
        empty_timeout_s: None,
    };
    let IdempotentAnswer::First(room) = demo.app.create_room(&demo.tenant, draft, None).await? else {
        return Err(Problem::not_found("meeting"));
    };
    let made = json!({
        "id": room.id, "name": room.name, "link": format!("/demo/m/{}", room.id),
        "maxParticipants": room.max_participants,
    });
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// `GET /demo/api/meetings/{id}`
pub async fn meeting(State(demo): Demo, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let (room, _) = find(&demo, &id).await?;
    Ok(Json(json!({
        "id": room.id, "name": room.name, "participants": room.participants,
        "maxParticipants": room.max_participants,
    })))
}

/// `POST /demo/api/meetings/{id}/token`
pub async fn token(State(demo): Demo, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let (headers, body) = split(request);
    let user = user(&demo, &headers)?;
    read_if_any(&headers, body).await?;
    let (room, host) = find(&demo, &id).await?;
    let is_host = host.as_deref() == Some(&user.id);
    let draft = TokenDraft {
        user_id: UserId::new(&user.id).map_err(|_| Problem::unauthorized())?,
        role: if is_host { Role::Host } else { Role::Participant },
        life_s: Some(TOKEN_LIFE_S),
        metadata: Some(json!({ "name": user.name })),
    };
    let minted = demo.app.create_token(&demo.tenant, &room.id, draft, None).await?;
    let IdempotentAnswer::First(minted) = minted else {
        return Err(Problem::not_found("meeting"));
    };
    let made = json!({
        "token": minted.token, "url": signaling_url(&headers), "appId": room.app_id, "roomId": minted.room_id,
        "userId": minted.user_id, "role": minted.role.as_str(),
        "expiresAt": crate::time::iso(minted.expires_at),
    });
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

fn split(request: Request) -> (HeaderMap, Body) {
    let (parts, body) = request.into_parts();
    (parts.headers, body)
}

fn user(demo: &Shared, headers: &HeaderMap) -> Result<User, Problem> {
    demo.sessions.user(headers, demo.app.now()).ok_or_else(Problem::unauthorized)
}

/// A room that the demo made, and who made it.
async fn find(demo: &Shared, id: &str) -> Result<(RoomDetails, Option<String>), Problem> {
    let id = RoomId::new(id).map_err(|_| Problem::not_found("meeting"))?;
    let room = demo.app.get_room(&demo.tenant, &id).await?;
    let metadata: Value =
        room.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    if metadata["demo"] != true {
        return Err(Problem::not_found("meeting"));
    }
    let host = metadata["hostId"].as_str().map(str::to_owned);
    Ok((room, host))
}

async fn read<T: serde::de::DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, Problem> {
    let value = read_if_any(headers, body).await?;
    serde_json::from_value(value).map_err(|_| Problem::invalid("The body must be an object with a name."))
}

/// The body as JSON; null where there is none.
async fn read_if_any(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Problem::too_large(BODY_BYTES_MAX))?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::not_json());
    }
    serde_json::from_slice(&bytes).map_err(|_| Problem::invalid("The body is not valid JSON."))
}

fn checked_name(value: &Value, chars_max: usize) -> Result<String, Problem> {
    let name = value.as_str().unwrap_or_default().trim();
    let fits = (1..=chars_max).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned()).ok_or_else(|| {
        Problem::invalid(format!(
            "The name must have 1 to {chars_max} characters, none of them control characters."
        ))
    })
}

fn participants(value: Option<&Value>) -> Result<u32, Problem> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(PARTICIPANTS_DEFAULT);
    };
    value
        .as_u64()
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| PARTICIPANTS.contains(count))
        .ok_or_else(|| {
            let (min, max) = (PARTICIPANTS.start(), PARTICIPANTS.end());
            Problem::invalid(format!("maxParticipants must be a whole number from {min} to {max}."))
        })
}

/// `u_` and 10 characters of a–z and 0–9.
fn user_id() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let drawn = rtc_app::random_bytes::<16>();
    let number = u128::from_be_bytes(drawn);
    let digits = (0..10u32).map(|place| ALPHABET[(number / 36u128.pow(place) % 36) as usize] as char);
    "u_".chars().chain(digits).collect()
}

/// Where the page's SDK connects: the address by which the browser came.
fn signaling_url(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost:3000");
    let scheme = if is_https(headers) { "wss" } else { "ws" };
    format!("{scheme}://{host}/")
}
