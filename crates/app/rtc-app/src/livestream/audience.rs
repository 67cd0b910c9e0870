//! Who may watch a stream: everybody, unless its app says that its streams are private.

use crate::{AccessTokenError, App, RequestError, livestream::shared_room_name};
use rtc_auth::livekit;
use rtc_types::{AppId, StreamId};
use std::sync::Arc;

/// Streams whose tenants are kept in memory.
const REMEMBERED_MAX: u64 = 10_000;

/// Whose a stream is, which never changes.
#[derive(Debug)]
struct Origin {
    app: AppId,
    room: String,
}

/// The origins of streams that were asked for of late.
pub(super) struct Origins(moka::sync::Cache<StreamId, Arc<Origin>>);

impl Default for Origins {
    fn default() -> Self {
        Self(moka::sync::Cache::new(REMEMBERED_MAX))
    }
}

/// What somebody shows who wants to watch.
#[derive(Clone, Copy, Debug, Default)]
pub struct WatchPass<'a> {
    /// An app's id and secret.
    pub app: Option<(&'a str, &'a str)>,
    /// A call token of the stream's app, or a LiveKit access token for the stream's room.
    pub token: Option<&'a str>,
}

impl App {
    /// Lets somebody see a stream's state and events.
    ///
    /// # Errors
    /// [`RequestError::NotFound`]; [`RequestError::Unauthorized`] where the stream's app has private livestreams and
    /// the pass is not good for it; or the database's.
    pub async fn admit_watcher(&self, stream: &StreamId, pass: WatchPass<'_>) -> Result<(), RequestError> {
        let origin = self.origin_of(stream).await?;
        if !self.limits_of(&origin.app).await?.private_livestreams {
            return Ok(());
        }
        let is_good = match pass {
            WatchPass { app: Some((id, secret)), .. } => {
                *self.authenticate(id, secret).await?.app_id() == origin.app
            }
            WatchPass { token: Some(token), .. } => self.opens(token, &origin).await?,
            WatchPass { app: None, token: None } => false,
        };
        if is_good { Ok(()) } else { Err(RequestError::Unauthorized) }
    }

    async fn origin_of(&self, stream: &StreamId) -> Result<Arc<Origin>, RequestError> {
        let known = &self.livestreams()?.origins.0;
        if let Some(origin) = known.get(stream) {
            return Ok(origin);
        }
        let row = self.0.store.find_livestream(stream).await?;
        let row = row.ok_or(RequestError::NotFound("livestream state"))?;
        let origin = Arc::new(Origin { app: row.app_id, room: row.room_name });
        known.insert(stream.clone(), origin.clone());
        Ok(origin)
    }

    async fn opens(&self, token: &str, origin: &Origin) -> Result<bool, RequestError> {
        if let Some((tenant, _)) = self.user_of_token(token).await? {
            return Ok(*tenant.app_id() == origin.app);
        }
        let is_for = |claims: livekit::AccessClaims, room: &str| {
            claims.video.is_some_and(|grant| grant.room_join && grant.room == room)
        };
        // Where an external LiveKit is used, its key signs the tokens of `join`.
        if let Some(key) = &self.livestreams()?.external_key
            && let Ok(claims) = key.verify(token, self.now())
        {
            return Ok(is_for(claims, &shared_room_name(&origin.app, &origin.room)));
        }
        match self.verify_access_token(token).await {
            Ok((tenant, claims)) => Ok(*tenant.app_id() == origin.app && is_for(claims, &origin.room)),
            Err(AccessTokenError::Store(error)) => Err(error.into()),
            Err(AccessTokenError::Internal(why)) => Err(RequestError::Internal(why)),
            Err(_) => Ok(false),
        }
    }
}
