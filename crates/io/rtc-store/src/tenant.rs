//! The tenant's side of the store. Every statement of it filters on the tenant's id.
//!
//! Rooms, tokens and bans each have a file of their own.

use crate::{IdempotentRow, Store, StoreError, idempotency};
use rtc_types::{AppId, Millis};
use sea_orm::{DatabaseConnection, Value};

/// What one tenant owns. Another tenant's objects do not exist here.
#[derive(Clone, Debug)]
pub struct TenantStore {
    pub(crate) store: Store,
    pub(crate) app_id: AppId,
}

impl TenantStore {
    /// Whose it is.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// The tenant's earlier request with this key, if it was made in the 24 h before `now`.
    pub async fn find_idempotent(
        &self,
        route: &str,
        key: &str,
        now: Millis,
    ) -> Result<Option<IdempotentRow>, StoreError> {
        idempotency::find(self.read(), self.app_id.as_str(), route, key, now).await
    }

    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.store.inner.connections.read
    }

    pub(crate) fn write(&self) -> &DatabaseConnection {
        &self.store.inner.connections.write
    }

    /// The tenant's id as a statement's value; by convention the first.
    pub(crate) fn scope(&self) -> Value {
        self.app_id.as_str().into()
    }
}
