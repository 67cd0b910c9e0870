//! The `/rtc/*` routes as an axum router, on any [`RtcBackend`].
//!
//! | route | body or query | answer |
//! |---|---|---|
//! | `POST /rtc/connect` | `ConnectRequest` | `ConnectInfo` |
//! | `POST /rtc/heartbeat` | `PeerRequest` | `HeartbeatAnswer` |
//! | `POST /rtc/signal` | `SignalRequest` | `SignalAnswer` |
//! | `POST /rtc/disconnect` | `PeerRequest` | `DisconnectAnswer` |
//! | `GET /rtc/rooms/{roomId}` | | `RoomSnapshot` |
//! | `GET /rtc/events` | `roomId`, `peerId` | SSE: events `signal` of `SignalEvent` |
//!
//! The types are those of `rtc_wire::embed`. Errors have the shape of `rtc_wire::error::ErrorBody`.

mod backend;
mod body;
mod error;
mod routes;
mod sse;

pub use backend::{Credentials, RtcBackend, SignalItems};
pub use error::BackendError;
pub use routes::router;
