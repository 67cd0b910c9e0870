//! Apps: the tenants themselves, which only the operator manages.

use crate::{
    AppPatch, AppRow, Created, Cursor, NewApp, NewIdempotency, Page, Store, StoreError,
    connect::begin,
    idempotency::{self, ADMIN_SCOPE},
    sql::{self, Reader, to_db},
};
use rtc_types::{AppId, Millis};
use sea_orm::QueryResult;

impl Store {
    /// Creates a tenant, unless the key (scope: the operator) was used in the last 24 h.
    pub async fn create_app(&self, app: NewApp, key: Option<NewIdempotency>) -> Result<Created, StoreError> {
        if app.id.as_str() == ADMIN_SCOPE {
            // Its idempotency keys would be the operator's.
            return Err(StoreError::Conflict("the app id `admin` is taken".to_owned()));
        }
        let transaction = begin(&self.inner.connections.write).await?;
        if let Some(key) = &key {
            let created = idempotency::remember(&transaction, ADMIN_SCOPE, key).await?;
            if created != Created::New {
                return Ok(created);
            }
        }
        let insert = "INSERT INTO app (id, name, secret_sealed, limits, created_at, updated_at) \
            VALUES ($1, $2, $3, $4, $5, $6)";
        let created_at = to_db(app.created_at);
        let values = [
            app.id.as_str().into(),
            app.name.into(),
            app.secret_sealed.into(),
            app.limits.into(),
            created_at.into(),
            created_at.into(),
        ];
        sql::execute(&transaction, insert, values).await?;
        transaction.commit().await?;
        Ok(Created::New)
    }

    /// The tenants, newest first.
    pub async fn list_apps(&self, limit: u32, after: Option<&Cursor>) -> Result<Page<AppRow>, StoreError> {
        let (created_at, id) = Cursor::start(after);
        let select = format!(
            "SELECT {COLUMNS} FROM app WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3"
        );
        let values = [created_at.into(), id.into(), (i64::from(limit) + 1).into()];
        let rows = sql::all(&self.inner.connections.read, &select, values).await?;
        let rows = rows.iter().map(app).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(rows, limit, |app| Cursor { created_at: app.created_at, id: app.id.to_string() }))
    }

    /// One tenant.
    pub async fn get_app(&self, id: &AppId) -> Result<Option<AppRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM app WHERE id = $1");
        let row = sql::one(&self.inner.connections.read, &select, [id.as_str().into()]).await?;
        row.as_ref().map(app).transpose()
    }

    /// Changes a tenant and returns it as it is now; `None` when there is none.
    pub async fn update_app(&self, id: &AppId, patch: AppPatch) -> Result<Option<AppRow>, StoreError> {
        let update = format!(
            "UPDATE app SET name = COALESCE($2, name), limits = CASE WHEN $3 THEN $4 ELSE limits END, \
            updated_at = $5 WHERE id = $1 RETURNING {COLUMNS}"
        );
        let values = [
            id.as_str().into(),
            patch.name.into(),
            patch.limits.is_some().into(),
            patch.limits.flatten().into(),
            to_db(patch.updated_at).into(),
        ];
        let row = sql::one(&self.inner.connections.write, &update, values).await?;
        row.as_ref().map(app).transpose()
    }

    /// Puts a new secret in place and returns the tenant; `None` when there is none.
    ///
    /// The secret before is kept when `previous_valid_until` says until when, else it is forgotten. The one before
    /// that is forgotten in any case.
    pub async fn rotate_secret(
        &self,
        id: &AppId,
        new_secret_sealed: String,
        previous_valid_until: Option<Millis>,
        now: Millis,
    ) -> Result<Option<AppRow>, StoreError> {
        let update = format!(
            "UPDATE app SET secret_sealed = $2, \
            previous_secret_sealed = CASE WHEN $3 THEN secret_sealed ELSE NULL END, \
            previous_valid_until = $4, updated_at = $5 WHERE id = $1 RETURNING {COLUMNS}"
        );
        let values = [
            id.as_str().into(),
            new_secret_sealed.into(),
            previous_valid_until.is_some().into(),
            previous_valid_until.map(to_db).into(),
            to_db(now).into(),
        ];
        let row = sql::one(&self.inner.connections.write, &update, values).await?;
        row.as_ref().map(app).transpose()
    }

    /// Deletes a tenant with all that it owns, in one transaction; false when there is none.
    pub async fn delete_app(&self, id: &AppId) -> Result<bool, StoreError> {
        let transaction = begin(&self.inner.connections.write).await?;
        // Rooms go with their app, and tokens and bans with their room, by foreign key.
        let apps = sql::execute(&transaction, "DELETE FROM app WHERE id = $1", [id.as_str().into()]).await?;
        if apps > 0 {
            let delete = "DELETE FROM idempotency WHERE scope = $1";
            sql::execute(&transaction, delete, [id.as_str().into()]).await?;
        }
        transaction.commit().await?;
        Ok(apps > 0)
    }
}

const COLUMNS: &str =
    "id, name, secret_sealed, previous_secret_sealed, previous_valid_until, limits, created_at, updated_at";

fn app(row: &QueryResult) -> Result<AppRow, StoreError> {
    let row = Reader(row);
    Ok(AppRow {
        id: row.parsed("id")?,
        name: row.text("name")?,
        secret_sealed: row.text("secret_sealed")?,
        previous_secret_sealed: row.text_opt("previous_secret_sealed")?,
        previous_valid_until: row.moment_opt("previous_valid_until")?,
        limits: row.text_opt("limits")?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
