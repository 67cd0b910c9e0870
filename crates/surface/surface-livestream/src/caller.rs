//! Who calls: an app's backend, or a user of it with a token.

use crate::state::LivestreamSurface;
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use rtc_app::Tenant;
use rtc_http::{ApiError, AsTenant};
use rtc_types::{ErrorCode, UserId};

/// Anyone may call, at a rate of its address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anyone;

impl FromRequestParts<LivestreamSurface> for Anyone {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &LivestreamSurface) -> Result<Self, ApiError> {
        state.http.count_public(parts).map(|()| Self)
    }
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
        let token = parts.headers.get(header::AUTHORIZATION).filter(|_| !is_backend);
        if let Some(token) = token {
            let token = token.to_str().ok().and_then(|value| value.split_once(' '));
            let bearer = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let user = match bearer {
                Some((_, token)) => state.http.app.user_of_token(token.trim()).await?,
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
