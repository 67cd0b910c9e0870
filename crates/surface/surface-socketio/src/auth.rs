//! Who connects: the handshake's `auth` holds a call token, or an app's id and secret. In development it
//! may be empty.

use rtc_app::{App, Claims, RequestError, SessionError, Tenant};
use rtc_types::ErrorCode;
use serde::Deserialize;
use std::fmt;

/// The handshake's `auth`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Handshake {
    token: Option<String>,
    app_id: Option<String>,
    app_secret: Option<String>,
}

/// Who a connection speaks for.
pub(crate) enum Identity {
    /// A tenant's backend, or a client that it trusts: joins rooms as any user.
    Tenant(Tenant),
    /// One user of one room.
    Token(Box<Claims>, Tenant),
}

impl Identity {
    pub(crate) fn tenant(&self) -> &Tenant {
        match self {
            Identity::Tenant(tenant) | Identity::Token(_, tenant) => tenant,
        }
    }
}

/// Why a handshake was refused. The client's `connect_error` has this text as its message: the library
/// sends no `data` beside it, so that the code stands in front.
#[derive(Debug)]
pub(crate) struct Refusal(ErrorCode, String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0, self.1)
    }
}

impl From<SessionError> for Refusal {
    fn from(error: SessionError) -> Self {
        Self(error.code(), error.to_string())
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        if let Some(text) = error.log_text() {
            tracing::error!(error = text, "a Socket.IO handshake failed");
        }
        Self(error.code(), error.to_string())
    }
}

impl Refusal {
    /// The handshake's `auth` is not of its shape.
    pub(crate) fn malformed() -> Self {
        let text = "`auth` must be an object of text: token, or appId and appSecret";
        Self(ErrorCode::ValidationError, text.into())
    }
}

/// Finds out who connects.
pub(crate) async fn identify(app: &App, auth: Handshake) -> Result<Identity, Refusal> {
    match auth {
        Handshake { token: Some(token), .. } => {
            let claims = app.verify_call_token(&token)?;
            let tenant = app.tenant_of(&claims);
            Ok(Identity::Token(Box::new(claims), tenant))
        }
        Handshake { app_id: Some(id), app_secret: Some(secret), .. } => {
            Ok(Identity::Tenant(app.authenticate(&id, &secret).await?))
        }
        Handshake { app_id: None, app_secret: None, token: None } => {
            let tenant = app.default_tenant().ok_or(RequestError::Unauthorized)?;
            Ok(Identity::Tenant(tenant))
        }
        Handshake { .. } => Err(RequestError::Unauthorized.into()),
    }
}
