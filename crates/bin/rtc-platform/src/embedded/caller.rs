//! Who calls: found out before the routes, where address and rate limits are at hand.

use axum::{
    extract::{FromRequestParts as _, Request, State},
    http::{HeaderValue, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use rtc_app::{Claims, SeatView, Tenant};
use rtc_http::{ApiError, AsTenant, HttpState, REQUEST_ID_HEADER, request_id};
use rtc_server::http::{BackendError, Credentials};
use rtc_types::ErrorCode;

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A tenant's backend: may act for every peer of the tenant.
    Tenant(Tenant),
    /// A browser with a call token: may act for the peers of its user, in its room.
    User(Tenant, Box<Claims>),
}

tokio::task_local! {
    static CALLER: Caller;
}

/// Who calls in the request that this task serves.
pub fn caller() -> Result<Caller, BackendError> {
    let nobody = |_| BackendError::new(ErrorCode::Unauthorized, "credentials are missing");
    CALLER.try_with(Clone::clone).map_err(nobody)
}

/// Finds out who calls, or refuses.
pub async fn identify(State(http): State<HttpState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match find(&mut parts, &http).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    // The routes put the request's id into their errors; it is to be the one that the log has.
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        parts.headers.insert(REQUEST_ID_HEADER, id);
    }
    CALLER.scope(caller, next.run(Request::from_parts(parts, body))).await
}

async fn find(parts: &mut Parts, http: &HttpState) -> Result<Caller, ApiError> {
    let has_app = parts.headers.contains_key("x-app-id") || parts.headers.contains_key("x-app-secret");
    let credentials =
        Credentials::from_request_parts(parts, &()).await.unwrap_or_else(|never| match never {});
    let Some(token) = credentials.token().filter(|_| !has_app) else {
        let AsTenant(tenant) = AsTenant::from_request_parts(parts, http).await?;
        return Ok(Caller::Tenant(tenant));
    };
    match http.app.verify_call_token(token) {
        Ok(claims) => {
            http.count_app(&claims.app_id)?;
            Ok(Caller::User(http.app.tenant_of(&claims), Box::new(claims)))
        }
        Err(error) => {
            http.count_address(parts)?;
            Err(error.into())
        }
    }
}

impl Caller {
    /// Whose rooms.
    pub fn tenant(&self) -> &Tenant {
        match self {
            Caller::Tenant(tenant) | Caller::User(tenant, _) => tenant,
        }
    }

    /// A token opens its own room only.
    pub fn may_enter(&self, room_id: &str) -> Result<(), BackendError> {
        match self {
            Caller::User(_, claims) if claims.room_id.as_str() != room_id => {
                Err(BackendError::new(ErrorCode::InvalidToken, "the token is for another room"))
            }
            _ => Ok(()),
        }
    }

    /// A token acts for its own user only.
    pub fn may_act_for(&self, seat: &SeatView) -> Result<(), BackendError> {
        match self {
            Caller::User(_, claims) if claims.user_id != seat.peer.user_id => {
                Err(BackendError::new(ErrorCode::Forbidden, "the token is for another user"))
            }
            _ => Ok(()),
        }
    }
}
