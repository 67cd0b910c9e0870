//! Call tokens.

use crate::{
    answer::{created, text, time},
    state::RestState,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use rtc_app::{TokenDraft, TokenMinted};
use rtc_http::{ApiError, AsTenant, Id, IdempotencyKey, Json};
use rtc_types::{Jti, Role, RoomId, UserId};
use rtc_wire::rest::{CreateToken, Lifetime, TokenCreated};

/// Where the SDK connects: the configured address, or the one that the request came to.
fn signaling_url(public_url: Option<&str>, headers: &HeaderMap) -> String {
    if let Some(url) = public_url {
        let url = url.trim_end_matches('/');
        let socket = url.strip_prefix("http").map_or_else(|| url.to_owned(), |rest| format!("ws{rest}"));
        return format!("{socket}/ws");
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("ws://{host}/ws")
}

/// Make a call token: it admits one user to one session in the room.
#[utoipa::path(post, path = "/rooms/{roomId}/token", tag = "tokens", operation_id = "createToken",
    security(("appId" = [], "appSecret" = [])),
    params(("roomId" = String, Path), ("idempotency-key" = Option<String>, Header, description = "1–255 printable ASCII characters")),
    request_body = CreateToken, responses((status = 201, description = "The token", body = TokenCreated)))]
pub(crate) async fn create(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id(room): Id<RoomId>,
    headers: HeaderMap,
    key: IdempotencyKey,
    body: Json<CreateToken>,
) -> Result<Response, ApiError> {
    let url = signaling_url(state.public_url.as_deref(), &headers);
    let map = |minted: &TokenMinted| TokenCreated {
        token: minted.token.clone(),
        jti: minted.jti.to_string(),
        room_id: minted.room_id.to_string(),
        user_id: minted.user_id.to_string(),
        role: minted.role.to_string(),
        expires_at: time(minted.expires_at),
        url: url.clone(),
    };
    let render = |minted: &TokenMinted| text(&map(minted));
    let once = key.claim(&body, &render);
    let asked = &body.value;
    let draft = TokenDraft {
        user_id: UserId::new(&asked.user_id).map_err(|why| ApiError::invalid("userId", why.to_string()))?,
        role: asked.role.as_deref().and_then(|role| role.parse().ok()).unwrap_or(Role::Participant),
        life_s: asked
            .expires_in
            .as_ref()
            .map(Lifetime::seconds)
            .transpose()
            .map_err(|why| ApiError::invalid("expiresIn", why))?,
        metadata: asked.metadata.clone().map(serde_json::Value::Object),
    };
    Ok(created(state.http.app.create_token(&tenant, &room, draft, once).await?, map))
}

/// Revoke a token: it is refused from now on, and the session that it began ends.
#[utoipa::path(delete, path = "/tokens/{jti}", tag = "tokens", operation_id = "revokeToken", security(("appId" = [], "appSecret" = [])),
    params(("jti" = String, Path)), responses((status = 204, description = "Revoked")))]
pub(crate) async fn revoke(
    State(state): State<RestState>,
    AsTenant(tenant): AsTenant,
    Id(jti): Id<Jti>,
) -> Result<StatusCode, ApiError> {
    state.http.app.revoke_token(&tenant, &jti).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signaling_url_is_the_public_one_or_that_of_the_request() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost:3000".parse().expect("header"));
        assert_eq!(signaling_url(None, &headers), "ws://localhost:3000/ws");
        assert_eq!(signaling_url(Some("https://rtc.example.com/"), &headers), "wss://rtc.example.com/ws");
        assert_eq!(signaling_url(Some("http://10.0.0.1:3000"), &headers), "ws://10.0.0.1:3000/ws");
    }
}
