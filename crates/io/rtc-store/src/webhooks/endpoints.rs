//! The tenants' endpoints.

use crate::{
    StoreError, TenantStore,
    sql::{self, Reader, to_db},
};
use rtc_types::Millis;
use sea_orm::QueryResult;

/// Parts the names of events in their column; no name holds it.
const BETWEEN: &str = ",";

/// An endpoint to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Unique over all tenants.
    pub id: String,
    /// Where messages go.
    pub url: String,
    /// Names of events; `*`: all.
    pub events: Vec<String>,
    /// The secret that signs them, as the caller sealed it.
    pub secret_sealed: String,
    /// When it is made.
    pub created_at: Millis,
}

/// A tenant's endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// Unique over all tenants.
    pub id: String,
    /// Where messages go.
    pub url: String,
    /// Names of events; `*`: all.
    pub events: Vec<String>,
    /// The secret that signs them, sealed.
    pub secret_sealed: String,
    /// When it was made.
    pub created_at: Millis,
    /// From when on nothing is sent to it.
    pub disabled_at: Option<Millis>,
    /// Why.
    pub disabled_why: Option<String>,
}

impl TenantStore {
    /// Makes an endpoint, unless the tenant has `endpoints_max`; false then.
    pub async fn create_endpoint(&self, new: NewEndpoint, endpoints_max: u32) -> Result<bool, StoreError> {
        let insert = "INSERT INTO webhook_endpoint (app_id, id, url, events, secret_sealed, created_at) \
            SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), \
            CAST($6 AS BIGINT) WHERE (SELECT COUNT(*) FROM webhook_endpoint WHERE app_id = $1) < $7";
        let values = [
            self.scope(),
            new.id.into(),
            new.url.into(),
            new.events.join(BETWEEN).into(),
            new.secret_sealed.into(),
            to_db(new.created_at).into(),
            i64::from(endpoints_max).into(),
        ];
        Ok(sql::execute(self.write(), insert, values).await? > 0)
    }

    /// The endpoints, the oldest first.
    pub async fn list_endpoints(&self) -> Result<Vec<EndpointRow>, StoreError> {
        let select =
            format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE app_id = $1 ORDER BY created_at, id");
        sql::all(self.read(), &select, [self.scope()]).await?.iter().map(endpoint).collect()
    }

    /// One endpoint.
    pub async fn get_endpoint(&self, id: &str) -> Result<Option<EndpointRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE app_id = $1 AND id = $2");
        let row = sql::one(self.read(), &select, [self.scope(), id.into()]).await?;
        row.as_ref().map(endpoint).transpose()
    }

    /// Deletes an endpoint with its log; false when there is none.
    pub async fn delete_endpoint(&self, id: &str) -> Result<bool, StoreError> {
        let delete = "DELETE FROM webhook_endpoint WHERE app_id = $1 AND id = $2";
        Ok(sql::execute(self.write(), delete, [self.scope(), id.into()]).await? > 0)
    }
}

/// Whether an endpoint that asked for `events` (as stored) wants an event of this name.
pub(super) fn wants(events: &str, event: &str) -> bool {
    events.split(BETWEEN).any(|wanted| wanted == "*" || wanted == event)
}

const COLUMNS: &str = "id, url, events, secret_sealed, created_at, disabled_at, disabled_why";

fn endpoint(row: &QueryResult) -> Result<EndpointRow, StoreError> {
    let row = Reader(row);
    Ok(EndpointRow {
        id: row.text("id")?,
        url: row.text("url")?,
        events: row.text("events")?.split(BETWEEN).map(str::to_owned).collect(),
        secret_sealed: row.text("secret_sealed")?,
        created_at: row.moment("created_at")?,
        disabled_at: row.moment_opt("disabled_at")?,
        disabled_why: row.text_opt("disabled_why")?,
    })
}
