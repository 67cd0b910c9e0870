//! LiveKit's client protocol and room API, so that LiveKit's SDKs are clients of the platform unchanged.
//!
//! Pages and apps connect to `/rtc/v1` (one peer connection; [`routes`]) with an access token that the tenant signed
//! ([`access`]), and exchange protobuf frames ([`frame`]) over a WebSocket ([`connection`]). Data between members
//! ([`data`]) travels on data channels. A tenant's backend calls the room API over HTTP ([`twirp`]).
//!
//! What a member is and may do, which tracks there are and who gets them: rtc-app's conference and media. Here is
//! only how LiveKit says it ([`render`]).

mod access;
mod connection;
mod data;
mod entry;
mod frame;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod render;
mod routes;
mod state;
mod twirp;

pub use routes::router;
pub use state::{LiveKitConfig, LiveKitState};
