//! A fresh database for each case, and the values that the cases share.

pub mod postgres;
pub mod streams;

use postgres::Server;
use rtc_store::{NewApp, NewIdempotency, NewRoom, NewToken, Store, StoreOptions, TenantStore};
use rtc_types::{AppId, Jti, Millis, RoomId, TopologySetting, UserId};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

/// The moment that the cases begin at.
pub const NOW: Millis = 1_800_000_000_000;
/// An hour in milliseconds.
pub const HOUR: Millis = 3_600_000;

/// One database with a store open on it.
pub struct Harness {
    pub store: Store,
    pub url: String,
    _folder: Option<TempDir>,
    _server: Option<Arc<Server>>,
}

impl Harness {
    /// A SQLite file of its own.
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("data/rtc.db").display());
        let store = Store::connect(&url, options()).await.unwrap();
        Harness { store, url, _folder: Some(folder), _server: None }
    }

    /// A schema of its own on the PostgreSQL server of this test run; `None` when that is to be skipped.
    pub async fn postgres() -> Option<Self> {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let server = Server::shared()?;
        let url = format!("{}?schema=case_{}", server.url(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
        let store = Store::connect(&url, options()).await.unwrap();
        Some(Harness { store, url, _folder: None, _server: Some(server) })
    }

    /// Another store on the same database, as another process has it.
    pub async fn another_process(&self) -> Store {
        Store::connect(&self.url, options()).await.unwrap()
    }

    /// Creates the app `id` and gives its side of the store.
    pub async fn tenant(&self, id: &str) -> TenantStore {
        self.store.create_app(new_app(id, NOW), None).await.unwrap();
        self.store.tenant(&app_id(id))
    }

    /// Creates the app `id` with the room `room`.
    pub async fn tenant_with_room(&self, id: &str, room: &str) -> TenantStore {
        let tenant = self.tenant(id).await;
        tenant.create_room(new_room(room, NOW), None).await.unwrap();
        tenant
    }
}

/// Few connections, since a server has few and the cases run side by side.
pub fn options() -> StoreOptions {
    StoreOptions { connections_max: 4, ..StoreOptions::default() }
}

pub fn app_id(id: &str) -> AppId {
    AppId::new(id).unwrap()
}

pub fn room_id(id: &str) -> RoomId {
    RoomId::new(id).unwrap()
}

pub fn user_id(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

pub fn jti(id: &str) -> Jti {
    Jti::new(id).unwrap()
}

pub fn new_app(id: &str, created_at: Millis) -> NewApp {
    NewApp {
        id: app_id(id),
        name: format!("App {id}"),
        secret_sealed: format!("v1.sealed-{id}"),
        limits: None,
        created_at,
    }
}

pub fn new_room(id: &str, created_at: Millis) -> NewRoom {
    NewRoom {
        id: room_id(id),
        name: format!("Room {id}"),
        max_participants: 2,
        topology: TopologySetting::Auto,
        metadata: None,
        empty_timeout_s: None,
        created_at,
    }
}

pub fn new_token(id: &str, room: &str, user: &str) -> NewToken {
    NewToken { jti: jti(id), room_id: room_id(room), user_id: user_id(user), expires_at: NOW + HOUR }
}

pub fn key(route: &str, key: &str) -> NewIdempotency {
    NewIdempotency {
        route: route.to_owned(),
        key: key.to_owned(),
        body_hash: "hash".to_owned(),
        response: "{\"first\":true}".to_owned(),
        created_at: NOW,
    }
}
