//! The tables, and how they came to be.
//!
//! The statements are written so that SQLite and PostgreSQL both take them. A migration that was released is
//! never changed; a new one follows it.

mod livestreams;

use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Foundation), Box::new(Livestreams)]
    }
}

/// Ids are text as the caller made them; moments are milliseconds since 1970; JSON is text, so that a client
/// gets back what it gave. A token's and a ban's room is a foreign key, so that none outlives it.
const FOUNDATION: &[&str] = &[
    "CREATE TABLE app (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        secret_sealed TEXT NOT NULL,
        previous_secret_sealed TEXT,
        previous_valid_until BIGINT,
        limits TEXT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX app_by_age ON app (created_at, id)",
    "CREATE TABLE room (
        app_id TEXT NOT NULL REFERENCES app (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        max_participants BIGINT NOT NULL,
        topology TEXT NOT NULL,
        metadata TEXT,
        empty_timeout_s BIGINT,
        last_active_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (app_id, id)
    )",
    "CREATE INDEX room_by_age ON room (app_id, created_at, id)",
    "CREATE INDEX room_by_end ON room ((last_active_at + empty_timeout_s * 1000)) WHERE empty_timeout_s IS NOT NULL",
    "CREATE TABLE token (
        app_id TEXT NOT NULL,
        jti TEXT NOT NULL,
        room_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        expires_at BIGINT NOT NULL,
        used_at BIGINT,
        revoked_at BIGINT,
        PRIMARY KEY (app_id, jti),
        FOREIGN KEY (app_id, room_id) REFERENCES room (app_id, id) ON DELETE CASCADE
    )",
    "CREATE INDEX token_by_user ON token (app_id, room_id, user_id)",
    "CREATE INDEX token_by_expiry ON token (expires_at)",
    "CREATE TABLE ban (
        app_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (app_id, room_id, user_id),
        FOREIGN KEY (app_id, room_id) REFERENCES room (app_id, id) ON DELETE CASCADE
    )",
    "CREATE TABLE idempotency (
        scope TEXT NOT NULL,
        route TEXT NOT NULL,
        key TEXT NOT NULL,
        body_hash TEXT NOT NULL,
        response TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (scope, route, key)
    )",
    "CREATE INDEX idempotency_by_age ON idempotency (created_at)",
];

/// Runs a migration's statements, oldest first.
macro_rules! migrations {
    ($($(#[$doc:meta])* $name:ident ($file:literal) = $statements:expr;)+) => { $(
        $(#[$doc])*
        struct $name;

        impl MigrationName for $name {
            fn name(&self) -> &str {
                $file
            }
        }

        // The trait elides this lifetime, and async_trait makes another signature of a written one.
        #[allow(elided_lifetimes_in_paths)]
        #[async_trait::async_trait]
        impl MigrationTrait for $name {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                for statement in $statements {
                    manager.get_connection().execute_unprepared(statement).await?;
                }
                Ok(())
            }
        }
    )+ };
}

migrations! {
    /// Apps, rooms, tokens, bans and idempotency keys.
    Foundation("m0001_foundation") = FOUNDATION;
    /// Livestreams, the job queue, the outbox and outgoing webhooks.
    Livestreams("m0002_livestreams") = livestreams::LIVESTREAMS;
}
