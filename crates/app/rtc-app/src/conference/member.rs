//! Who is in a conference, and what they may do.

use super::{TrackSource, TrackView};
use rtc_types::{Millis, PeerInfo, Role};
use std::{collections::BTreeMap, sync::Arc};
use thiserror::Error;

/// What a member may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Receive tracks.
    pub subscribe: bool,
    /// Send tracks.
    pub publish: bool,
    /// Send data.
    pub publish_data: bool,
    /// Of which sources it may send tracks; empty: of all.
    pub sources: Vec<TrackSource>,
    /// Others do not see it.
    pub hidden: bool,
    /// It records.
    pub recorder: bool,
    /// Change its own name, metadata and attributes.
    pub update_own: bool,
    /// Receive figures of others.
    pub subscribe_metrics: bool,
    /// It is an agent.
    pub agent: bool,
}

impl Permission {
    /// What a peer of another surface may do.
    pub fn of(role: Role) -> Self {
        Self {
            subscribe: true,
            publish: role != Role::Viewer,
            publish_data: role != Role::Viewer,
            sources: Vec::new(),
            hidden: false,
            recorder: false,
            update_own: false,
            subscribe_metrics: false,
            agent: false,
        }
    }

    /// Whether it may send a track of that source.
    pub fn may_publish(&self, source: TrackSource) -> bool {
        self.publish && (self.sources.is_empty() || self.sources.contains(&source))
    }
}

/// What a member is made with, and what of it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What people call it.
    pub name: String,
    /// As the tenant has it.
    pub metadata: String,
    /// As the tenant has them.
    pub attributes: BTreeMap<String, String>,
    /// What it may do.
    pub permission: Permission,
    /// What it is, in the surface's own numbers.
    pub kind: i32,
    /// Whether it receives every track that it does not decline.
    pub auto_subscribe: bool,
    /// Whether it is there in full: its connection for media is up.
    pub active: bool,
}

/// A change of a profile; `None` keeps what is there. An attribute with an empty value is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfilePatch {
    /// What people call it.
    pub name: Option<String>,
    /// As the tenant has it.
    pub metadata: Option<String>,
    /// Those that change.
    pub attributes: BTreeMap<String, String>,
    /// What it may do.
    pub permission: Option<Permission>,
}

impl Profile {
    /// Bytes of a name.
    pub const NAME_BYTES_MAX: usize = 256;
    /// Bytes of metadata.
    pub const METADATA_BYTES_MAX: usize = 64 * 1024;
    /// Bytes of all attributes, names and values.
    pub const ATTRIBUTES_BYTES_MAX: usize = 64 * 1024;

    /// Takes a change over, within the limits.
    pub(super) fn apply(&mut self, patch: ProfilePatch) -> Result<(), Refusal> {
        let mut attributes = self.attributes.clone();
        for (key, value) in patch.attributes {
            if value.is_empty() {
                attributes.remove(&key);
            } else {
                attributes.insert(key, value);
            }
        }
        let bytes = attributes.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        if bytes > Self::ATTRIBUTES_BYTES_MAX
            || patch.name.as_ref().is_some_and(|name| name.len() > Self::NAME_BYTES_MAX)
            || patch.metadata.as_ref().is_some_and(|metadata| metadata.len() > Self::METADATA_BYTES_MAX)
        {
            return Err(Refusal::TooLarge);
        }
        self.attributes = attributes;
        self.name = patch.name.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.metadata = patch.metadata.unwrap_or_else(|| std::mem::take(&mut self.metadata));
        if let Some(permission) = patch.permission {
            self.permission = permission;
        }
        Ok(())
    }
}

/// A member as others may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Its seat.
    pub peer: PeerInfo,
    /// When it took it.
    pub joined_at: Millis,
    /// What is known of it.
    pub profile: Profile,
    /// What it publishes.
    pub tracks: Vec<Arc<TrackView>>,
    /// Greater with each reading.
    pub version: u32,
}

/// Why something in a conference was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The member may not do it.
    #[error("the participant may not do that")]
    NotAllowed,
    /// More than the limit allows.
    #[error("that is more than the limit allows")]
    TooLarge,
    /// There is no such member or track.
    #[error("there is no such participant or track")]
    NotFound,
}
