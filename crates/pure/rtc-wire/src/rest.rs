//! Surface A's REST bodies. Field names are camelCase; times are ISO 8601 in UTC.

mod app;
mod health;
mod names;
mod room;
mod token;
pub(crate) mod validate;

pub use app::{App, AppCreated, AppLimits, CreateApp, RotateSecret, SecretRotated, UpdateApp};
pub use health::{Component, Health, QueueDetails};
pub use names::{ConnectionQuality, MediaKind, Role, TopologySetting};
pub use room::{CreateRoom, MuteParticipant, Participant, Room, Track, UpdateRoom};
pub use token::{CreateToken, Lifetime, TokenCreated};
