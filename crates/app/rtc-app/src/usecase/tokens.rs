//! Call tokens: a tenant's use cases.

use super::{Idempotency, IdempotentAnswer, Tenant};
use crate::{App, Claims, RequestError, live::Bar, random_id};
use rtc_store::NewToken;
use rtc_types::{ErrorCode, Jti, Millis, Role, RoomId, UserId};

/// A token to be minted.
#[derive(Clone, Debug)]
pub struct TokenDraft {
    /// Whom it admits.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// For how long it is good, in seconds; `None`: as configured.
    pub life_s: Option<u64>,
    /// The tenant's own object.
    pub metadata: Option<serde_json::Value>,
}

/// A minted token.
#[derive(Clone, Debug)]
pub struct TokenMinted {
    /// The signed text.
    pub token: String,
    /// Its name.
    pub jti: Jti,
    /// The room that it admits to.
    pub room_id: RoomId,
    /// Whom.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// From when on it is refused.
    pub expires_at: Millis,
}

impl App {
    /// Mints a token for one session in a room.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn create_token(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        draft: TokenDraft,
        once: Option<Idempotency<'_, TokenMinted>>,
    ) -> Result<IdempotentAnswer<TokenMinted>, RequestError> {
        once.as_ref().map_or(Ok(()), Idempotency::check)?;
        let now = self.now();
        let iat = now / 1000;
        let exp = iat + draft.life_s.unwrap_or(self.0.config.token_life_s);
        let jti = Jti::new(random_id()).map_err(|error| RequestError::Internal(error.to_string()))?;
        let claims = Claims {
            jti: jti.clone(),
            app_id: tenant.app_id().clone(),
            room_id: room.clone(),
            user_id: draft.user_id,
            role: draft.role,
            iat,
            exp,
            metadata: draft.metadata,
        };
        let minted = TokenMinted {
            token: self.0.tokens.mint(&claims),
            jti: jti.clone(),
            room_id: room.clone(),
            user_id: claims.user_id.clone(),
            role: claims.role,
            expires_at: exp * 1000,
        };
        let row = NewToken { jti, room_id: room.clone(), user_id: claims.user_id, expires_at: exp * 1000 };
        let route = format!("POST /rooms/{room}/token");
        let key = once.as_ref().map(|once| self.remember(&route, once, &minted, now));
        let created = self.0.store.tenant(tenant.app_id()).record_token(row, key).await;
        match created {
            // A token hangs on its room: what conflicts is that there is none.
            Err(error) if error.code() == ErrorCode::Conflict => Err(RequestError::NotFound("room")),
            Err(error) => Err(error.into()),
            Ok(created) => self.answer(&route, once.as_ref(), created, minted),
        }
    }

    /// Refuses a token from now on and ends the session that it began.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn revoke_token(&self, tenant: &Tenant, jti: &Jti) -> Result<(), RequestError> {
        let now = self.now();
        let row = self.0.store.tenant(tenant.app_id()).revoke_token(jti, now).await?;
        let row = row.ok_or(RequestError::NotFound("token"))?;
        self.0.live.bar(Bar::Token(tenant.app_id().clone(), jti.clone()));
        if let Some(cell) = self.0.live.find(tenant.app_id(), &row.room_id) {
            let (_, emptied) = self.0.live.run(&cell, |state| state.room.revoke(jti));
            if emptied {
                self.note_emptied(&cell);
            }
        }
        Ok(())
    }
}
