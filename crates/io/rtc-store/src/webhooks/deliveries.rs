//! The log of deliveries, which is their queue, too.
//!
//! A delivery may be taken when it is due and nothing older for the same endpoint and room is unsettled: so each
//! endpoint hears of a room in order, and one that fails holds up nothing else.

use super::endpoints::wants;
use crate::{
    Store, StoreError, TenantStore, Told,
    connect::begin,
    jobs::lock_clause,
    sql::{self, ManyRows, Reader, fixed_sizes, to_db},
};
use rtc_types::{AppId, Millis};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use std::{collections::HashMap, fmt, str::FromStr};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits for its next attempt.
    Waiting,
    /// It is being sent, or was when its sender was cut off.
    Active,
    /// The endpoint took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    const ALL: [DeliveryState; 4] =
        [DeliveryState::Waiting, DeliveryState::Active, DeliveryState::Delivered, DeliveryState::Failed];

    /// As the database and the wire have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Active => "active",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeliveryState {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or("not a state of a delivery")
    }
}

/// A delivery as its tenant sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The message's id.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The body.
    pub payload: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it may be sent next; while it is being sent, the end of the lease.
    pub due_at: Millis,
    /// How often it was sent.
    pub attempts: u32,
    /// The status of the last answer.
    pub response_status: Option<u32>,
    /// What the last attempt failed of.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was delivered or given up.
    pub settled_at: Option<Millis>,
}

/// A delivery to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// Whose endpoint.
    pub app_id: AppId,
    /// Which.
    pub endpoint_id: String,
    /// Where to.
    pub url: String,
    /// The secret that signs it, sealed.
    pub secret_sealed: String,
    /// The message's id.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The body.
    pub payload: String,
    /// How often it was sent, with this time.
    pub attempts: u32,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The endpoint took it.
    Delivered {
        /// The status of its answer.
        status: u32,
    },
    /// It is to be sent again.
    Again {
        /// When.
        due_at: Millis,
        /// The status of the answer, if one came.
        status: Option<u32>,
        /// For the log.
        why: String,
    },
    /// It is given up.
    Failed {
        /// The status of the answer, if one came.
        status: Option<u32>,
        /// For the log.
        why: String,
    },
    /// The endpoint is gone (410): it is disabled, with all that waits for it.
    Gone {
        /// The status of the answer.
        status: u32,
    },
}

/// How many deliveries there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Wait for an attempt.
    pub waiting: u64,
    /// Are being sent.
    pub active: u64,
    /// Were taken, as far as the log goes back.
    pub delivered: u64,
    /// Were given up, as far as the log goes back.
    pub failed: u64,
}

/// The endpoints that one transaction tells, each tenant's read once.
#[derive(Default)]
pub(crate) struct Endpoints {
    of_app: HashMap<AppId, Vec<(String, String)>>,
    rows: Vec<[Value; 9]>,
}

impl Endpoints {
    /// Notes a message for those of the tenant's endpoints that want it.
    pub(crate) async fn tell<C: ConnectionTrait>(
        &mut self,
        db: &C,
        app: &AppId,
        told: &Told,
        now: Millis,
    ) -> Result<(), StoreError> {
        if !self.of_app.contains_key(app) {
            let select = "SELECT id, events FROM webhook_endpoint WHERE app_id = $1 AND disabled_at IS NULL";
            let mut endpoints = Vec::new();
            for row in sql::all(db, select, [app.as_str().into()]).await? {
                endpoints.push((Reader(&row).text("id")?, Reader(&row).text("events")?));
            }
            self.of_app.insert(app.clone(), endpoints);
        }
        let endpoints = self.of_app.get(app).into_iter().flatten();
        for (id, _) in endpoints.filter(|(_, events)| wants(events, &told.event)) {
            self.rows.push(values(id, told, now));
        }
        Ok(())
    }

    /// Writes the messages; gives how many.
    pub(crate) async fn write<C: ConnectionTrait>(mut self, db: &C) -> Result<usize, StoreError> {
        for rows in fixed_sizes(&mut self.rows) {
            let insert = ManyRows::new(db.get_database_backend(), INSERT)
                .rows(rows.iter().cloned())
                .text(" ON CONFLICT (endpoint_id, id) DO NOTHING");
            db.execute_raw(insert.build()).await?;
        }
        Ok(self.rows.len())
    }
}

const INSERT: &str = "INSERT INTO webhook_delivery (endpoint_id, id, room, event, payload, state, due_at, attempts, \
    created_at) VALUES ";

fn values(endpoint: &str, told: &Told, now: Millis) -> [Value; 9] {
    [
        endpoint.into(),
        told.id.as_str().into(),
        told.room.as_str().into(),
        told.event.as_str().into(),
        told.payload.as_str().into(),
        DeliveryState::Waiting.as_str().into(),
        to_db(now).into(),
        0i64.into(),
        to_db(now).into(),
    ]
}

impl TenantStore {
    /// Tells the tenant's endpoints of something that belongs to no transaction of its own.
    pub async fn tell(&self, told: &Told, now: Millis) -> Result<(), StoreError> {
        let transaction = begin(self.write()).await?;
        let mut endpoints = Endpoints::default();
        endpoints.tell(&transaction, self.app_id(), told, now).await?;
        endpoints.write(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Sends a message to one endpoint, whatever events it asked for; false when the tenant has no such endpoint.
    pub async fn tell_endpoint(&self, endpoint: &str, told: &Told, now: Millis) -> Result<bool, StoreError> {
        if self.get_endpoint(endpoint).await?.is_none() {
            return Ok(false);
        }
        let endpoints = Endpoints { rows: vec![values(endpoint, told, now)], ..Endpoints::default() };
        endpoints.write(self.write()).await?;
        Ok(true)
    }

    /// An endpoint's deliveries, the newest first, from before the one named `before`.
    pub async fn list_deliveries(
        &self,
        endpoint: &str,
        limit: u32,
        before: Option<&str>,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM webhook_delivery WHERE endpoint_id = \
            (SELECT id FROM webhook_endpoint WHERE app_id = $1 AND id = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
        );
        let values = [self.scope(), endpoint.into(), before.into(), i64::from(limit).into()];
        sql::all(self.read(), &select, values).await?.iter().map(delivery).collect()
    }

    /// Sends a settled delivery once more, with the same id; `None` when there is none that is settled.
    pub async fn replay_delivery(
        &self,
        endpoint: &str,
        id: &str,
        now: Millis,
    ) -> Result<Option<DeliveryRow>, StoreError> {
        let update = format!(
            "UPDATE webhook_delivery SET state = 'waiting', due_at = $4, attempts = 0, settled_at = NULL \
            WHERE endpoint_id = (SELECT id FROM webhook_endpoint WHERE app_id = $1 AND id = $2) AND id = $3 \
            AND state IN ('delivered', 'failed') RETURNING {COLUMNS}"
        );
        let values = [self.scope(), endpoint.into(), id.into(), to_db(now).into()];
        let row = sql::one(self.write(), &update, values).await?;
        row.as_ref().map(delivery).transpose()
    }
}

impl Store {
    /// Takes up to `max` deliveries that are due, for `lease_ms`; of one endpoint and room, only the oldest that is
    /// not settled.
    pub async fn claim_deliveries(
        &self,
        max: u32,
        lease_ms: Millis,
        now: Millis,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let db = &self.inner.connections.write;
        let lock = lock_clause(db.get_database_backend());
        let update = format!(
            "UPDATE webhook_delivery SET state = 'active', due_at = $3, attempts = attempts + 1 \
            WHERE (endpoint_id, id) IN (SELECT endpoint_id, id FROM webhook_delivery AS d \
            WHERE d.state IN ('waiting', 'active') AND d.due_at <= $1 AND NOT EXISTS (SELECT 1 \
            FROM webhook_delivery AS older WHERE older.endpoint_id = d.endpoint_id AND older.room = d.room \
            AND older.id < d.id AND older.state IN ('waiting', 'active')) ORDER BY d.due_at LIMIT $2 {lock}) \
            RETURNING endpoint_id, id, event, payload, attempts, \
            (SELECT app_id FROM webhook_endpoint AS e WHERE e.id = endpoint_id) AS app_id, \
            (SELECT url FROM webhook_endpoint AS e WHERE e.id = endpoint_id) AS url, \
            (SELECT secret_sealed FROM webhook_endpoint AS e WHERE e.id = endpoint_id) AS secret_sealed"
        );
        let lease_end = to_db(now.saturating_add(lease_ms));
        let values = [to_db(now).into(), i64::from(max).into(), lease_end.into()];
        sql::all(db, &update, values).await?.iter().map(claimed).collect()
    }

    /// When the next delivery may be due; `None` when none waits.
    pub async fn next_delivery_due(&self) -> Result<Option<Millis>, StoreError> {
        let select = "SELECT due_at FROM webhook_delivery WHERE state IN ('waiting', 'active') \
            ORDER BY due_at LIMIT 1";
        let row = sql::one(&self.inner.connections.read, select, []).await?;
        row.map(|row| Reader(&row).moment("due_at")).transpose()
    }

    /// Notes what became of an attempt.
    pub async fn settle_delivery(
        &self,
        endpoint: &str,
        id: &str,
        settled: &Settled,
        now: Millis,
    ) -> Result<(), StoreError> {
        let (state, due_at, status, why) = match settled {
            Settled::Delivered { status } => (DeliveryState::Delivered, now, Some(*status), None),
            Settled::Again { due_at, status, why } => {
                (DeliveryState::Waiting, *due_at, *status, Some(why.as_str()))
            }
            Settled::Failed { status, why } => (DeliveryState::Failed, now, *status, Some(why.as_str())),
            Settled::Gone { status } => {
                (DeliveryState::Failed, now, Some(*status), Some("the endpoint is gone"))
            }
        };
        let update = "UPDATE webhook_delivery SET state = $3, due_at = $4, response_status = $5, last_error = $6, \
            settled_at = $7 WHERE endpoint_id = $1 AND id = $2 AND state = 'active'";
        let is_settled = state != DeliveryState::Waiting;
        let values = [
            endpoint.into(),
            id.into(),
            state.as_str().into(),
            to_db(due_at).into(),
            status.map(i64::from).into(),
            why.into(),
            is_settled.then(|| to_db(now)).into(),
        ];
        let transaction = begin(&self.inner.connections.write).await?;
        sql::execute(&transaction, update, values).await?;
        if matches!(settled, Settled::Gone { .. }) {
            disable(&transaction, endpoint, now).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// How many deliveries there are, of all tenants.
    pub async fn count_deliveries(&self) -> Result<DeliveryCounts, StoreError> {
        let select = "SELECT state, COUNT(*) AS n FROM webhook_delivery GROUP BY state";
        let mut counts = DeliveryCounts::default();
        for row in sql::all(&self.inner.connections.read, select, []).await? {
            let n = Reader(&row).moment("n")?;
            match Reader(&row).parsed("state")? {
                DeliveryState::Waiting => counts.waiting = n,
                DeliveryState::Active => counts.active = n,
                DeliveryState::Delivered => counts.delivered = n,
                DeliveryState::Failed => counts.failed = n,
            }
        }
        Ok(counts)
    }
}

async fn disable(db: &DatabaseTransaction, endpoint: &str, now: Millis) -> Result<(), StoreError> {
    let why = "it answered 410: gone";
    let update = "UPDATE webhook_endpoint SET disabled_at = $2, disabled_why = $3 WHERE id = $1";
    sql::execute(db, update, [endpoint.into(), to_db(now).into(), why.into()]).await?;
    let update = "UPDATE webhook_delivery SET state = 'failed', settled_at = $2, last_error = $3 \
        WHERE endpoint_id = $1 AND state IN ('waiting', 'active')";
    sql::execute(db, update, [endpoint.into(), to_db(now).into(), why.into()]).await?;
    Ok(())
}

const COLUMNS: &str = "id, event, payload, state, due_at, attempts, response_status, last_error, created_at, \
    settled_at";

fn delivery(row: &QueryResult) -> Result<DeliveryRow, StoreError> {
    let row = Reader(row);
    Ok(DeliveryRow {
        id: row.text("id")?,
        event: row.text("event")?,
        payload: row.text("payload")?,
        state: row.parsed("state")?,
        due_at: row.moment("due_at")?,
        attempts: row.number("attempts")?,
        response_status: row.number_opt("response_status")?,
        last_error: row.text_opt("last_error")?,
        created_at: row.moment("created_at")?,
        settled_at: row.moment_opt("settled_at")?,
    })
}

fn claimed(row: &QueryResult) -> Result<ClaimedDelivery, StoreError> {
    let row = Reader(row);
    Ok(ClaimedDelivery {
        app_id: row.parsed("app_id")?,
        endpoint_id: row.text("endpoint_id")?,
        url: row.text("url")?,
        secret_sealed: row.text("secret_sealed")?,
        id: row.text("id")?,
        event: row.text("event")?,
        payload: row.text("payload")?,
        attempts: row.number("attempts")?,
    })
}
