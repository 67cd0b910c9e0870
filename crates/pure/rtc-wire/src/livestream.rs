//! Surface D: livestreams. Field names are camelCase; times are ISO 8601 in UTC; every answer is wrapped.

mod answer;
mod body;
mod endpoint;
mod event;

pub use answer::{
    Answer, Failure, HostInfo, Livestream, LivestreamJoined, LivestreamParticipant, LivestreamState,
};
pub use body::{CreateLivestream, EndLivestream, JoinLivestream, LeaveLivestream, UpdateLivestream};
pub use endpoint::{CreateWebhookEndpoint, WebhookDelivery, WebhookEndpoint, WebhookTest};
pub use event::{RoomEnded, RoomStarted, ViewerCountUpdate};
