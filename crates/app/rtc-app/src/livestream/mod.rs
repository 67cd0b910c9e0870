//! Livestreams: use cases, the webhook queue's workers, and what watchers are told.
//!
//! Whatever happens, by the API or by a webhook, is a change that [`App`](crate::App) makes in one transaction and
//! then announces: to the bus, to watchers, to the media server. What the announcement does not reach stays in the
//! outbox.

mod announce;
mod audience;
mod builtin;
mod channel;
mod deliver;
mod endpoints;
mod external;
mod hub;
mod ids;
mod intake;
mod news;
mod overheard;
mod pace;
mod parts;
mod places;
mod port;
mod queue;
mod received;
mod state;
mod streams;
mod tell;
mod upkeep;

pub use audience::WatchPass;
pub use builtin::BuiltInRooms;
pub use channel::Outlet;
pub use endpoints::{DueDelivery, NewEndpointSecret};
pub use external::{ExternalRooms, stream_claims};
pub use hub::{EventId, StreamEvent, Told as WatchEvent, Watch};
pub use intake::{WEBHOOK_QUEUE, shared_room_name};
pub use parts::LivestreamParts;
pub(crate) use parts::Livestreams;
pub use places::{LivestreamJoin, LivestreamSeat};
pub use port::{JoinGrant, JoinTicket, MediaRoomDraft, MediaRooms, MediaRoomsError, PARTICIPANT_ATTRIBUTE};
pub use state::LivestreamState;
pub use streams::{LivestreamDraft, safe_room_name};
pub use upkeep::PLACE_KEPT_MS;
