//! What was answered to requests that carry an `Idempotency-Key`.

use crate::{
    Created, IdempotentRow, NewIdempotency, StoreError,
    sql::{self, Reader, to_db},
};
use rtc_types::{Millis, limits::IDEMPOTENCY_WINDOW_MS};
use sea_orm::ConnectionTrait;

/// The scope of the operator's own requests; a tenant's scope is its id.
pub(crate) const ADMIN_SCOPE: &str = "admin";

/// The conflict makes a second request with the key wait for the first one's commit, and a key that is older than
/// the window is taken over.
const REMEMBER: &str = "INSERT INTO idempotency (scope, route, key, body_hash, response, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (scope, route, key) DO UPDATE \
    SET body_hash = excluded.body_hash, response = excluded.response, created_at = excluded.created_at \
    WHERE idempotency.created_at <= $7 \
    RETURNING created_at";

/// Remembers a request inside the transaction that does its work, or finds the one that came first.
pub(crate) async fn remember<C: ConnectionTrait>(
    db: &C,
    scope: &str,
    new: &NewIdempotency,
) -> Result<Created, StoreError> {
    let forgotten = to_db(new.created_at.saturating_sub(IDEMPOTENCY_WINDOW_MS));
    let values = [
        scope.into(),
        new.route.as_str().into(),
        new.key.as_str().into(),
        new.body_hash.as_str().into(),
        new.response.as_str().into(),
        to_db(new.created_at).into(),
        forgotten.into(),
    ];
    if sql::one(db, REMEMBER, values).await?.is_some() {
        return Ok(Created::New);
    }
    match find(db, scope, &new.route, &new.key, new.created_at).await? {
        Some(first) => Ok(Created::Existing(first)),
        None => Err(StoreError::Unavailable("an idempotency key expired while it was looked up".to_owned())),
    }
}

/// The request that was made with the key in the window before `now`.
pub(crate) async fn find<C: ConnectionTrait>(
    db: &C,
    scope: &str,
    route: &str,
    key: &str,
    now: Millis,
) -> Result<Option<IdempotentRow>, StoreError> {
    let forgotten = to_db(now.saturating_sub(IDEMPOTENCY_WINDOW_MS));
    let select = "SELECT body_hash, response, created_at FROM idempotency \
        WHERE scope = $1 AND route = $2 AND key = $3 AND created_at > $4";
    let row = sql::one(db, select, [scope.into(), route.into(), key.into(), forgotten.into()]).await?;
    row.map(|row| {
        let row = Reader(&row);
        Ok(IdempotentRow {
            body_hash: row.text("body_hash")?,
            response: row.text("response")?,
            created_at: row.moment("created_at")?,
        })
    })
    .transpose()
}
