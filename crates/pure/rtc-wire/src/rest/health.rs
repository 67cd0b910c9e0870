//! `GET /health`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;
use utoipa::ToSchema;

/// One part of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Component {
    /// `healthy`, `unhealthy`, or `disabled` where the part does not run here.
    pub status: String,
    /// Figures of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub details: Option<serde_json::Value>,
}

/// Figures of the job queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct QueueDetails {
    /// Jobs that may run now.
    pub waiting: u64,
    /// Jobs that run.
    pub active: u64,
    /// Jobs done.
    pub completed: u64,
    /// Jobs given up.
    pub failed: u64,
    /// Jobs that wait for a time.
    pub delayed: u64,
}

/// The state of the whole server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Health {
    /// Whether all is well.
    pub success: bool,
    /// `healthy` or `unhealthy`.
    pub status: String,
    /// `rtc-platform`.
    pub service: String,
    /// The server's version.
    pub version: String,
    /// ISO 8601, UTC.
    pub timestamp: String,
    /// By name: `api`, `database`, `redis`, `queue`, `state`, `media`.
    pub components: BTreeMap<String, Component>,
}
