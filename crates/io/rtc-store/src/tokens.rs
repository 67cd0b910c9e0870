//! A tenant's call tokens: which were issued, used up and revoked.

use crate::{
    Claim, Created, NewIdempotency, NewToken, StoreError, TenantStore, TokenRow,
    sql::{self, Reader, to_db},
    writer::{ClaimRequest, Creation, Write},
};
use rtc_types::{Jti, Millis, RoomId, UserId};
use sea_orm::QueryResult;

impl TenantStore {
    /// Records a call token, unless the key was used in the last 24 h. The room must exist.
    pub async fn record_token(
        &self,
        token: NewToken,
        key: Option<NewIdempotency>,
    ) -> Result<Created, StoreError> {
        let creation = Creation { app_id: self.app_id.clone(), row: token, key };
        self.store.inner.writer.submit(creation, Write::Token).await
    }

    /// One token.
    pub async fn get_token(&self, jti: &Jti) -> Result<Option<TokenRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM token WHERE app_id = $1 AND jti = $2");
        let row = sql::one(self.read(), &select, [self.scope(), jti.as_str().into()]).await?;
        row.as_ref().map(token).transpose()
    }

    /// Uses a token up: of all attempts, in all processes, exactly one is [`Claim::Claimed`].
    pub async fn claim_token(&self, jti: &Jti, now: Millis) -> Result<Claim, StoreError> {
        let request = ClaimRequest { app_id: self.app_id.clone(), jti: jti.clone(), now };
        self.store.inner.writer.submit(request, Write::Claim).await
    }

    /// Gives a claimed token back, for a join that failed after all. A revoked one stays revoked.
    pub async fn unclaim_token(&self, jti: &Jti) -> Result<(), StoreError> {
        let update = "UPDATE token SET used_at = NULL WHERE app_id = $1 AND jti = $2";
        sql::execute(self.write(), update, [self.scope(), jti.as_str().into()]).await?;
        Ok(())
    }

    /// Refuses a token from now on and returns it; `None` when there is none. Again is no error and keeps the
    /// first moment.
    pub async fn revoke_token(&self, jti: &Jti, now: Millis) -> Result<Option<TokenRow>, StoreError> {
        let update = format!(
            "UPDATE token SET revoked_at = COALESCE(revoked_at, $3) WHERE app_id = $1 AND jti = $2 RETURNING {COLUMNS}"
        );
        let row =
            sql::one(self.write(), &update, [self.scope(), jti.as_str().into(), to_db(now).into()]).await?;
        row.as_ref().map(token).transpose()
    }

    /// Refuses every token of a user for a room; returns how many were not revoked before.
    pub async fn revoke_user_tokens(
        &self,
        room: &RoomId,
        user: &UserId,
        now: Millis,
    ) -> Result<u64, StoreError> {
        let update = "UPDATE token SET revoked_at = $4 \
            WHERE app_id = $1 AND room_id = $2 AND user_id = $3 AND revoked_at IS NULL";
        let values = [self.scope(), room.as_str().into(), user.as_str().into(), to_db(now).into()];
        sql::execute(self.write(), update, values).await
    }
}

const COLUMNS: &str = "jti, room_id, user_id, expires_at, used_at, revoked_at";

fn token(row: &QueryResult) -> Result<TokenRow, StoreError> {
    let row = Reader(row);
    Ok(TokenRow {
        jti: row.parsed("jti")?,
        room_id: row.parsed("room_id")?,
        user_id: row.parsed("user_id")?,
        expires_at: row.moment("expires_at")?,
        used_at: row.moment_opt("used_at")?,
        revoked_at: row.moment_opt("revoked_at")?,
    })
}
