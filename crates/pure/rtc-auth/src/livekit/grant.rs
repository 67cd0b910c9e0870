//! What a token may do with rooms, and how lenient its JSON is read: as LiveKit's own server does, `null` is the
//! same as nothing, and a moment may be a fraction.

use serde::{Deserialize, Deserializer, Serialize};
use std::ops::Not;

/// The `video` part of an access token. What is not granted is left out of a minted token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoGrant {
    /// May create and delete rooms.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub room_create: bool,
    /// May list rooms.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub room_list: bool,
    /// May record.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub room_record: bool,
    /// May control the room named by `room`.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub room_admin: bool,
    /// May join the room named by `room`.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub room_join: bool,
    /// The room that it is about.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub room: String,
    /// The room that participants may be forwarded or moved to.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub destination_room: String,
    /// May publish tracks; read [`VideoGrant::publishes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    /// May subscribe to tracks; read [`VideoGrant::subscribes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    /// May send data; read [`VideoGrant::publishes_data`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    /// The sources that it may publish; all where it is empty. Read [`VideoGrant::publishes_source`].
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub can_publish_sources: Vec<String>,
    /// May change its own name, metadata and attributes; not unless it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_update_own_metadata: Option<bool>,
    /// May manage ingresses.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub ingress_admin: bool,
    /// Is not shown to other participants.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub hidden: bool,
    /// Records the room.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub recorder: bool,
    /// May register as a worker for agents.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Not::not")]
    pub agent: bool,
    /// May subscribe to metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_subscribe_metrics: Option<bool>,
    /// May manage an agent's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_manage_agent_session: Option<bool>,
}

impl VideoGrant {
    /// May publish tracks: unless it is told not to.
    pub fn publishes(&self) -> bool {
        self.can_publish.unwrap_or(true)
    }

    /// May publish a track of this source: `camera`, `microphone`, `screen_share` or `screen_share_audio`, in any
    /// case.
    pub fn publishes_source(&self, source: &str) -> bool {
        let sources = &self.can_publish_sources;
        self.publishes() && (sources.is_empty() || sources.iter().any(|one| one.eq_ignore_ascii_case(source)))
    }

    /// May subscribe to tracks: unless it is told not to.
    pub fn subscribes(&self) -> bool {
        self.can_subscribe.unwrap_or(true)
    }

    /// May send data: as told, or else as it may publish tracks.
    pub fn publishes_data(&self) -> bool {
        self.can_publish_data.unwrap_or_else(|| self.publishes())
    }

    /// May change its own name, metadata and attributes.
    pub fn updates_own_metadata(&self) -> bool {
        self.can_update_own_metadata.unwrap_or(false)
    }
}

pub(super) fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    source: D,
) -> Result<T, D::Error> {
    Option::deserialize(source).map(Option::unwrap_or_default)
}

/// A NumericDate (RFC 7519, section 2) in whole seconds; what is before 1970 is 1970.
pub(super) fn seconds<'de, D: Deserializer<'de>>(source: D) -> Result<u64, D::Error> {
    // A cast from a float stops at the type's limits, and takes no number for 0.
    f64::deserialize(source).map(|seconds| seconds as u64)
}

pub(super) fn seconds_or_none<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u64>, D::Error> {
    Option::<f64>::deserialize(source).map(|seconds| seconds.map(|seconds| seconds as u64))
}
