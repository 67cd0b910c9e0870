//! Livestreams, their participants, the job queue, the outbox and outgoing webhooks.

/// A stream's room name is taken while it is open, a user's place while it holds it, a media session's id for good.
/// Counts are kept in the stream's row, so that nothing costs more the more viewers there are.
///
/// A job's `due_at` is when somebody may take it: its next run, or the end of its lease while it is worked on. A
/// delivery's the same; of those of one endpoint and room, only the first that is not settled may be taken.
pub(super) const LIVESTREAMS: &[&str] = &[
    "CREATE TABLE livestream (
        id TEXT NOT NULL PRIMARY KEY,
        app_id TEXT NOT NULL REFERENCES app (id) ON DELETE CASCADE,
        room_name TEXT NOT NULL,
        title TEXT NOT NULL,
        description TEXT,
        metadata TEXT,
        max_participants BIGINT NOT NULL,
        empty_timeout_s BIGINT NOT NULL,
        status TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        started_at BIGINT,
        ended_at BIGINT,
        room_sid TEXT,
        room_created_at BIGINT,
        joined_count BIGINT NOT NULL,
        viewer_count BIGINT NOT NULL,
        total_viewers BIGINT NOT NULL,
        peak_viewer_count BIGINT NOT NULL,
        host_name TEXT,
        revision BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX livestream_by_room_name ON livestream (app_id, room_name) \
        WHERE status IN ('SCHEDULED', 'LIVE')",
    "CREATE INDEX livestream_by_room_sid ON livestream (app_id, room_sid)",
    "CREATE INDEX livestream_by_age ON livestream (app_id, created_at, id)",
    "CREATE TABLE livestream_participant (
        id TEXT NOT NULL PRIMARY KEY,
        app_id TEXT NOT NULL,
        livestream_id TEXT NOT NULL REFERENCES livestream (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL,
        display_name TEXT NOT NULL,
        role TEXT NOT NULL,
        status TEXT NOT NULL,
        metadata TEXT,
        sid TEXT,
        room_sid TEXT,
        joined_at BIGINT NOT NULL,
        connected_at BIGINT,
        left_at BIGINT
    )",
    "CREATE UNIQUE INDEX livestream_participant_place ON livestream_participant (livestream_id, user_id) \
        WHERE status = 'JOINED'",
    "CREATE UNIQUE INDEX livestream_participant_by_sid ON livestream_participant (app_id, sid)",
    "CREATE INDEX livestream_participant_by_user ON livestream_participant (livestream_id, user_id)",
    "CREATE INDEX livestream_participant_by_age ON livestream_participant (livestream_id, joined_at, id)",
    "CREATE INDEX livestream_participant_awaited ON livestream_participant (joined_at) \
        WHERE status = 'JOINED' AND sid IS NULL",
    "CREATE TABLE webhook_processed (
        app_id TEXT NOT NULL,
        id TEXT NOT NULL,
        processed_at BIGINT NOT NULL,
        PRIMARY KEY (app_id, id)
    )",
    "CREATE INDEX webhook_processed_by_age ON webhook_processed (processed_at)",
    "CREATE TABLE job (
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL,
        due_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        last_error TEXT,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (queue, id)
    )",
    "CREATE INDEX job_by_due ON job (queue, due_at) WHERE state <> 'failed'",
    "CREATE INDEX job_failed ON job (queue, created_at, id) WHERE state = 'failed'",
    "CREATE TABLE outbox (
        livestream_id TEXT NOT NULL REFERENCES livestream (id) ON DELETE CASCADE,
        revision BIGINT NOT NULL,
        started BOOLEAN NOT NULL,
        ended BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (livestream_id, revision)
    )",
    "CREATE INDEX outbox_by_age ON outbox (created_at)",
    "CREATE TABLE webhook_endpoint (
        id TEXT NOT NULL PRIMARY KEY,
        app_id TEXT NOT NULL REFERENCES app (id) ON DELETE CASCADE,
        url TEXT NOT NULL,
        events TEXT NOT NULL,
        secret_sealed TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        disabled_at BIGINT,
        disabled_why TEXT
    )",
    "CREATE INDEX webhook_endpoint_by_app ON webhook_endpoint (app_id, created_at, id)",
    "CREATE TABLE webhook_delivery (
        endpoint_id TEXT NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        room TEXT NOT NULL,
        event TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL,
        due_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        response_status BIGINT,
        last_error TEXT,
        created_at BIGINT NOT NULL,
        settled_at BIGINT,
        PRIMARY KEY (endpoint_id, id)
    )",
    "CREATE INDEX webhook_delivery_by_due ON webhook_delivery (due_at) WHERE state IN ('waiting', 'active')",
    "CREATE INDEX webhook_delivery_by_room ON webhook_delivery (endpoint_id, room, id) \
        WHERE state IN ('waiting', 'active')",
    "CREATE INDEX webhook_delivery_settled ON webhook_delivery (settled_at) WHERE settled_at IS NOT NULL",
];
