//! Who calls: an app's backend, or a user of it with a token.

use crate::state::LivestreamSurface;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use rtc_app::{App, RequestError, Tenant, WatchPass};
use rtc_http::{ApiError, AsTenant, Params};
use rtc_types::{ErrorCode, StreamId, UserId};

/// Whoever would watch a stream, at a rate of its address, with what it shows: the app's id and secret, or a token as
/// `Authorization: Bearer` or, for pages whose `EventSource` sends no headers, in the query as `token`.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    app: Option<(String, String)>,
    token: Option<String>,
}

impl Watcher {
    /// Refuses who may not watch the stream: where its app says nothing of it, everybody may.
    pub(crate) async fn may_watch(&self, app: &App, stream: &StreamId) -> Result<(), ApiError> {
        let pair = self.app.as_ref().map(|(id, secret)| (id.as_str(), secret.as_str()));
        let pass = WatchPass { app: pair, token: self.token.as_deref() };
        app.admit_watcher(stream, pass).await.map_err(|error| match error {
            RequestError::Unauthorized => ApiError::unauthorized(
                "this app's livestreams are private: send Authorization: Bearer with a token of the app or of the \
                stream, or the token in the query as `token`, or x-app-id and x-app-secret",
            ),
            error => error.into(),
        })
    }
}

impl FromRequestParts<LivestreamSurface> for Watcher {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &LivestreamSurface) -> Result<Self, ApiError> {
        state.http.count_public(parts)?;
        let text = |name: &str| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
        let app = text("x-app-id").zip(text("x-app-secret"));
        let token = match bearer(&parts.headers) {
            Some(token) => Some(token.to_owned()),
            None => Params::from_request_parts(parts, state).await?.text("token")?.map(str::to_owned),
        };
        Ok(Self { app, token })
    }
}

/// The token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The caller. A backend acts for any of its users, a user for itself.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: Tenant,
    user: Option<UserId>,
}

impl Caller {
    /// The user that the body names, if the caller may act for it. `path`: where the body names it.
    pub(crate) fn acts_for(&self, path: &'static str, name: &str) -> Result<UserId, ApiError> {
        let user = UserId::new(name).map_err(|why| ApiError::invalid(path, why.to_string()))?;
        match &self.user {
            Some(own) if *own != user => {
                Err(ApiError::new(ErrorCode::Forbidden, format!("`{path}` must be the token's user")))
            }
            _ => Ok(user),
        }
    }

    /// Refuses a user that is not `owner`.
    pub(crate) fn must_be(&self, owner: &UserId, what: &'static str) -> Result<(), ApiError> {
        match &self.user {
            Some(own) if own != owner => Err(ApiError::new(ErrorCode::Forbidden, what)),
            _ => Ok(()),
        }
    }
}

impl FromRequestParts<LivestreamSurface> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &LivestreamSurface) -> Result<Self, ApiError> {
        let is_backend = parts.headers.contains_key("x-app-id") || parts.headers.contains_key("x-app-secret");
        if parts.headers.contains_key(header::AUTHORIZATION) && !is_backend {
            let user = match bearer(&parts.headers) {
                Some(token) => state.http.app.user_of_token(token).await?,
                None => None,
            };
            if let Some((tenant, user)) = user {
                state.http.count_app(tenant.app_id())?;
                return Ok(Self { tenant, user: Some(user) });
            }
            // In development callers without credentials are the one tenant; so are those with stale ones.
            if state.http.app.default_tenant().is_none() {
                state.http.count_address(parts)?;
                return Err(ApiError::unauthorized(
                    "send x-app-id and x-app-secret, or Authorization: Bearer with a user's token",
                ));
            }
        }
        let AsTenant(tenant) = AsTenant::from_request_parts(parts, state).await?;
        Ok(Self { tenant, user: None })
    }
}
