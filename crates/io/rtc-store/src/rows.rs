//! What goes into the store and what comes out of it.

use rtc_types::{AppId, Jti, Millis, RoomId, TopologySetting, UserId};

/// A tenant to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApp {
    /// Unique among all apps; `admin` is refused.
    pub id: AppId,
    /// 1–120 characters.
    pub name: String,
    /// The secret as the caller sealed it; the store never sees it plain.
    pub secret_sealed: String,
    /// JSON text of the app's own limits.
    pub limits: Option<String>,
    /// When it is created; also its first `updated_at`.
    pub created_at: Millis,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRow {
    /// Unique among all apps.
    pub id: AppId,
    /// What people call it.
    pub name: String,
    /// The secret that holds now, sealed.
    pub secret_sealed: String,
    /// The secret before the last rotation, sealed.
    pub previous_secret_sealed: Option<String>,
    /// Until when the previous secret is accepted too (exclusive).
    pub previous_valid_until: Option<Millis>,
    /// JSON text of the app's own limits.
    pub limits: Option<String>,
    /// When it was created.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

/// A change to a tenant; `None` keeps what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppPatch {
    /// The new name.
    pub name: Option<String>,
    /// The new limits; `Some(None)` removes them.
    pub limits: Option<Option<String>>,
    /// When the change is made.
    pub updated_at: Millis,
}

/// A room to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoom {
    /// Unique within the tenant.
    pub id: RoomId,
    /// 1–120 characters.
    pub name: String,
    /// How many peers it admits.
    pub max_participants: u32,
    /// What the tenant asked for.
    pub topology: TopologySetting,
    /// JSON text of the tenant's own object.
    pub metadata: Option<String>,
    /// Seconds that it may stay empty before it is ended; `None` is for ever.
    pub empty_timeout_s: Option<u32>,
    /// When it is created; also its first `updated_at` and `last_active_at`.
    pub created_at: Millis,
}

impl NewRoom {
    /// The row that the store holds once the creation is acknowledged.
    pub fn into_row(self, app_id: AppId) -> RoomRow {
        RoomRow {
            app_id,
            id: self.id,
            name: self.name,
            max_participants: self.max_participants,
            topology: self.topology,
            metadata: self.metadata,
            empty_timeout_s: self.empty_timeout_s,
            last_active_at: self.created_at,
            created_at: self.created_at,
            updated_at: self.created_at,
        }
    }
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    /// Whose room it is.
    pub app_id: AppId,
    /// Unique within the tenant.
    pub id: RoomId,
    /// What people call it.
    pub name: String,
    /// How many peers it admits.
    pub max_participants: u32,
    /// What the tenant asked for.
    pub topology: TopologySetting,
    /// JSON text of the tenant's own object.
    pub metadata: Option<String>,
    /// Seconds that it may stay empty before it is ended; `None` is for ever.
    pub empty_timeout_s: Option<u32>,
    /// When it was last created, joined or left.
    pub last_active_at: Millis,
    /// When it was created.
    pub created_at: Millis,
    /// When its settings were last changed.
    pub updated_at: Millis,
}

/// A change to a room; `None` keeps what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPatch {
    /// The new name.
    pub name: Option<String>,
    /// The new size.
    pub max_participants: Option<u32>,
    /// The new topology.
    pub topology: Option<TopologySetting>,
    /// The new metadata; `Some(None)` removes it.
    pub metadata: Option<Option<String>>,
    /// The new time-out in seconds; `Some(None)` removes it.
    pub empty_timeout_s: Option<Option<u32>>,
    /// When the change is made.
    pub updated_at: Millis,
}

/// A call token to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Unique within the tenant.
    pub jti: Jti,
    /// The room that it admits to; must exist.
    pub room_id: RoomId,
    /// The user that it admits.
    pub user_id: UserId,
    /// The token's `exp`.
    pub expires_at: Millis,
}

/// A call token as the store knows it: never the token's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Unique within the tenant.
    pub jti: Jti,
    /// The room that it admits to.
    pub room_id: RoomId,
    /// The user that it admits.
    pub user_id: UserId,
    /// The token's `exp`.
    pub expires_at: Millis,
    /// When a session was begun with it.
    pub used_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

/// What became of an attempt to use a token. Its `exp` is not looked at here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It was unused and belongs to the caller now.
    Claimed,
    /// A session was begun with it before.
    Used,
    /// It was revoked.
    Revoked,
    /// This tenant has no such token.
    Unknown,
}

/// What is remembered of a request that carries an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdempotency {
    /// Method and path template, such as `POST /rooms`.
    pub route: String,
    /// The key that the client chose.
    pub key: String,
    /// A hash of the request's body, to tell a repeat from another request.
    pub body_hash: String,
    /// The answer to be given again; sealed by the caller where it holds a secret.
    pub response: String,
    /// When the request was made; the key is free again 24 h later.
    pub created_at: Millis,
}

/// The first request that was made with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotentRow {
    /// A hash of that request's body.
    pub body_hash: String,
    /// Its answer.
    pub response: String,
    /// When it was made.
    pub created_at: Millis,
}

/// What became of a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The row was written.
    New,
    /// The idempotency key was used before, so nothing was written.
    Existing(IdempotentRow),
}

/// How many rows a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Idempotency keys older than 24 h.
    pub idempotency_keys: u64,
    /// Tokens that expired more than 7 days ago.
    pub tokens: u64,
    /// Ids of webhooks that were applied more than 24 h ago.
    pub webhook_ids: u64,
    /// Deliveries that were settled more than 7 days ago.
    pub deliveries: u64,
}
