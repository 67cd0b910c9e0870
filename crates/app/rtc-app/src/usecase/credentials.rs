//! Who is asking. A [`Tenant`] is only given out here.

use crate::{App, RequestError, SessionError, usecase::AppLimits};
use rtc_auth::{
    TokenError, constant_time_eq,
    livekit::{self, AccessClaims, ApiKey},
};
use rtc_store::StoreError;
use rtc_types::{AppId, Millis};
use std::{sync::Arc, time::Duration};

/// How long an app's secrets are kept in memory: as long as another node's rotation may go unnoticed.
const REMEMBERED: Duration = Duration::from_secs(10);
const APPS_REMEMBERED_MAX: u64 = 10_000;

/// A tenant whose credentials were checked. What a tenant owns cannot be reached without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant(AppId);

impl Tenant {
    pub(crate) fn of(app: AppId) -> Self {
        Self(app)
    }

    /// Its id.
    pub fn app_id(&self) -> &AppId {
        &self.0
    }
}

/// What is needed to check an app's credentials and caps.
#[derive(Clone)]
pub(crate) struct Known {
    secret: String,
    previous: Option<(String, Millis)>,
    limits: AppLimits,
}

pub(crate) struct Credentials(moka::sync::Cache<AppId, Arc<Known>>);

impl Credentials {
    pub(crate) fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(APPS_REMEMBERED_MAX).time_to_live(REMEMBERED).build())
    }

    pub(crate) fn forget(&self, app: &AppId) {
        self.0.invalidate(app);
    }
}

impl App {
    /// Checks an app's id and secret. During a rotation's grace the former secret is good too.
    ///
    /// # Errors
    /// [`RequestError::Unauthorized`], whichever of the two is wrong; or the database's.
    pub async fn authenticate(&self, id: &str, secret: &str) -> Result<Tenant, RequestError> {
        let id = AppId::new(id).map_err(|_| RequestError::Unauthorized)?;
        let Some(known) = self.known(&id).await? else {
            return Err(RequestError::Unauthorized);
        };
        let current = constant_time_eq(known.secret.as_bytes(), secret.as_bytes());
        let previous = (known.previous.as_ref()).is_some_and(|(old, until)| {
            self.now() < *until && constant_time_eq(old.as_bytes(), secret.as_bytes())
        });
        if current | previous { Ok(Tenant(id)) } else { Err(RequestError::Unauthorized) }
    }

    /// Reads a LiveKit access token: the tenant that signed it, and what it says. During a rotation's grace the
    /// former secret is good too.
    ///
    /// # Errors
    /// [`AccessTokenError`]; [`AccessTokenError::Store`] is the database's fault.
    pub async fn verify_access_token(&self, token: &str) -> Result<(Tenant, AccessClaims), AccessTokenError> {
        let issuer = livekit::unproven_issuer(token)?;
        let unknown = AccessTokenError::Invalid("no such API key");
        let id = AppId::new(&issuer).map_err(|_| unknown.clone())?;
        let known = self.known(&id).await.map_err(|error| match error {
            RequestError::Store(error) => AccessTokenError::Store(error),
            error => AccessTokenError::Internal(error.to_string()),
        })?;
        let known = known.ok_or(unknown)?;
        let now = self.now();
        let current = ApiKey::new(id.as_str(), &known.secret).verify(token, now);
        let claims = match (current, &known.previous) {
            (Err(_), Some((old, until))) if now < *until => ApiKey::new(id.as_str(), old).verify(token, now),
            (current, _) => current,
        };
        Ok((Tenant(id), claims?))
    }

    /// Signs a LiveKit access token as the tenant would.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn mint_access_token(
        &self,
        tenant: &Tenant,
        claims: &AccessClaims,
    ) -> Result<String, RequestError> {
        let known = self.known(&tenant.0).await?.ok_or(RequestError::NotFound("app"))?;
        Ok(ApiKey::new(tenant.0.as_str(), &known.secret).mint(claims))
    }

    /// The tenant of callers without credentials; development only.
    pub fn default_tenant(&self) -> Option<Tenant> {
        self.0.config.default_tenant.clone().map(Tenant)
    }

    /// The tenant that a verified call token speaks for.
    pub fn tenant_of(&self, claims: &crate::Claims) -> Tenant {
        Tenant(claims.app_id.clone())
    }

    /// The user that a call token speaks for, and its tenant; `None` where the token is not good, or was revoked.
    /// Nothing is claimed: the token admits to its room as before.
    ///
    /// # Errors
    /// The database's.
    pub async fn user_of_token(
        &self,
        token: &str,
    ) -> Result<Option<(Tenant, rtc_types::UserId)>, RequestError> {
        let Ok(claims) = self.0.tokens.verify(token, self.now()) else { return Ok(None) };
        let row = self.0.store.tenant(&claims.app_id).get_token(&claims.jti).await?;
        let is_good = row.is_some_and(|row| row.revoked_at.is_none());
        Ok(is_good.then_some((Tenant(claims.app_id), claims.user_id)))
    }

    /// A tenant by its id, for the operator: the command line and the console.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn tenant(&self, id: &AppId) -> Result<Tenant, RequestError> {
        self.known(id).await?.map(|_| Tenant(id.clone())).ok_or(RequestError::NotFound("app"))
    }

    /// Checks the operator's key. Where none is configured, everybody is the operator.
    ///
    /// # Errors
    /// [`RequestError::Unauthorized`].
    pub fn authorize_operator(&self, key: Option<&str>) -> Result<(), RequestError> {
        match (&self.0.config.admin_key, key) {
            (None, _) => Ok(()),
            (Some(expected), Some(key)) if constant_time_eq(expected.as_bytes(), key.as_bytes()) => Ok(()),
            _ => Err(RequestError::Unauthorized),
        }
    }

    pub(crate) async fn limits_of(&self, app: &AppId) -> Result<AppLimits, RequestError> {
        self.known(app).await?.map(|known| known.limits.clone()).ok_or(RequestError::NotFound("app"))
    }

    /// The secrets that are good for an app now, the current one first.
    pub(crate) async fn secrets_of(&self, app: &AppId) -> Result<Vec<String>, RequestError> {
        let known = self.known(app).await?.ok_or(RequestError::Unauthorized)?;
        let previous = known.previous.iter().filter(|(_, until)| self.now() < *until).map(|(old, _)| old);
        Ok(std::iter::once(&known.secret).chain(previous).cloned().collect())
    }

    async fn known(&self, id: &AppId) -> Result<Option<Arc<Known>>, RequestError> {
        let cache = &self.0.credentials.0;
        if let Some(known) = cache.get(id) {
            return Ok(Some(known));
        }
        let Some(row) = self.0.store.get_app(id).await? else {
            return Ok(None);
        };
        let open = |sealed: &str| {
            self.0.sealer.open(sealed, id.as_str()).map_err(|_| {
                RequestError::Internal(format!(
                    "the secret of app {id} does not open: was SECRETS_KEY changed?"
                ))
            })
        };
        let previous = match (&row.previous_secret_sealed, row.previous_valid_until) {
            (Some(sealed), Some(until)) => Some((open(sealed)?, until)),
            _ => None,
        };
        let limits = AppLimits::from_stored(row.limits.as_deref());
        let known = Arc::new(Known { secret: open(&row.secret_sealed)?, previous, limits });
        cache.insert(id.clone(), known.clone());
        Ok(Some(known))
    }
}

impl From<RequestError> for SessionError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Store(error) => SessionError::Store(error),
            RequestError::NotFound(_) => SessionError::RoomNotFound,
            _ => SessionError::InvalidToken("the credentials are not good"),
        }
    }
}

/// Why an access token was refused.
#[derive(Clone, Debug)]
pub enum AccessTokenError {
    /// Malformed, forged, not valid yet, or of nobody.
    Invalid(&'static str),
    /// Past its `exp`.
    Expired,
    /// The database failed.
    Store(StoreError),
    /// A fault of ours; the text is for the log.
    Internal(String),
}

impl From<TokenError> for AccessTokenError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid(why) => Self::Invalid(why),
            TokenError::Expired => Self::Expired,
        }
    }
}
