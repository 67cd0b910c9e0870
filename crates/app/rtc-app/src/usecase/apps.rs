//! Apps: the operator's use cases.

use super::{Idempotency, IdempotentAnswer, Listing, cursor};
use crate::{App, RequestError, environment::random_bytes, live::Bar};
use rtc_auth::AppSecret;
use rtc_store::{AppPatch, AppRow, NewApp};
use rtc_types::{AppId, Millis};
use serde::{Deserialize, Serialize};

const CREATE: &str = "POST /apps";
const HOUR_MS: Millis = 3_600_000;

/// What the operator sets for one app: caps (`None`: no cap), and who may watch. Kept as JSON in the app's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppLimits {
    /// Rooms that may exist at once.
    pub rooms_max: Option<u32>,
    /// Peers that may be connected at once, over all rooms.
    pub peers_max: Option<u32>,
    /// Whether state and events of its livestreams need a token or the app's credentials; else they are public.
    pub private_livestreams: bool,
}

impl AppLimits {
    pub(crate) fn from_stored(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    fn to_stored(&self) -> Option<String> {
        (*self != Self::default()).then(|| serde_json::to_string(self).ok())?
    }
}

/// An app, without its secret.
#[derive(Clone, Debug)]
pub struct AppDetails {
    /// cuid2.
    pub id: AppId,
    /// What people call it.
    pub name: String,
    /// Its caps.
    pub limits: AppLimits,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

impl From<AppRow> for AppDetails {
    fn from(row: AppRow) -> Self {
        let limits = AppLimits::from_stored(row.limits.as_deref());
        let AppRow { id, name, created_at, updated_at, .. } = row;
        Self { id, name, limits, created_at, updated_at }
    }
}

/// An app with a secret that is shown this once.
#[derive(Clone, Debug)]
pub struct NewAppSecret {
    /// The app.
    pub app: AppDetails,
    /// `sk_` and 43 base62 digits.
    pub secret: String,
}

impl App {
    /// Makes an app with a fresh id and secret.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn create_app(
        &self,
        name: &str,
        once: Option<Idempotency<'_, NewAppSecret>>,
    ) -> Result<IdempotentAnswer<NewAppSecret>, RequestError> {
        let id = AppId::new(cuid2::create_id()).map_err(|error| RequestError::Internal(error.to_string()))?;
        self.create_app_as(id, name, once).await
    }

    /// Makes an app with a given id, such as the development tenant.
    ///
    /// # Errors
    /// See [`RequestError`]; a taken id is a conflict.
    pub async fn create_app_as(
        &self,
        id: AppId,
        name: &str,
        once: Option<Idempotency<'_, NewAppSecret>>,
    ) -> Result<IdempotentAnswer<NewAppSecret>, RequestError> {
        let now = self.now();
        let secret = AppSecret::generate(random_bytes());
        let new = NewApp {
            id: id.clone(),
            name: name.into(),
            secret_sealed: self.0.sealer.seal(random_bytes(), &secret, id.as_str()),
            limits: None,
            created_at: now,
        };
        let app = AppDetails {
            id,
            name: name.into(),
            limits: AppLimits::default(),
            created_at: now,
            updated_at: now,
        };
        let answer = NewAppSecret { app, secret };
        once.as_ref().map_or(Ok(()), Idempotency::check)?;
        let key = once.as_ref().map(|once| self.remember(CREATE, once, &answer, now));
        let created = self.0.store.create_app(new, key).await?;
        self.answer(CREATE, once.as_ref(), created, answer)
    }

    /// The apps, newest first.
    ///
    /// # Errors
    /// A wrong cursor, or the database's.
    pub async fn list_apps(
        &self,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Listing<AppDetails>, RequestError> {
        let page = self.0.store.list_apps(limit, cursor(after)?.as_ref()).await?;
        Ok(Listing {
            items: page.rows.into_iter().map(AppDetails::from).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
        })
    }

    /// One app.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn get_app(&self, id: &AppId) -> Result<AppDetails, RequestError> {
        self.0.store.get_app(id).await?.map(AppDetails::from).ok_or(RequestError::NotFound("app"))
    }

    /// Renames an app or replaces its caps.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn update_app(
        &self,
        id: &AppId,
        name: Option<String>,
        limits: Option<AppLimits>,
    ) -> Result<AppDetails, RequestError> {
        let patch =
            AppPatch { name, limits: limits.map(|limits| limits.to_stored()), updated_at: self.now() };
        let row = self.0.store.update_app(id, patch).await?.ok_or(RequestError::NotFound("app"))?;
        self.0.credentials.forget(id);
        Ok(row.into())
    }

    /// Gives an app a new secret. The former one stays good for `grace_hours`; 0: not at all.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn rotate_secret(&self, id: &AppId, grace_hours: u32) -> Result<NewAppSecret, RequestError> {
        let now = self.now();
        let secret = AppSecret::generate(random_bytes());
        let sealed = self.0.sealer.seal(random_bytes(), &secret, id.as_str());
        let until = (grace_hours > 0).then(|| now + Millis::from(grace_hours) * HOUR_MS);
        let row =
            self.0.store.rotate_secret(id, sealed, until, now).await?.ok_or(RequestError::NotFound("app"))?;
        self.0.credentials.forget(id);
        Ok(NewAppSecret { app: row.into(), secret })
    }

    /// Deletes an app with all that it owns, and disconnects everyone.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn delete_app(&self, id: &AppId) -> Result<(), RequestError> {
        if !self.0.store.delete_app(id).await? {
            return Err(RequestError::NotFound("app"));
        }
        self.0.credentials.forget(id);
        self.0.live.bar(Bar::App(id.clone()));
        for cell in self.0.live.cells_of(id) {
            self.0.live.run(&cell, |state| state.room.close());
        }
        Ok(())
    }
}
