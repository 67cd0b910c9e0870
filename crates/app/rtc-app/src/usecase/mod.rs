//! What tenants and the operator ask for: apps, rooms, tokens, participants.

mod apps;
mod credentials;
mod idempotency;
mod participants;
mod rooms;
mod tokens;

pub use apps::{AppDetails, AppLimits, NewAppSecret};
pub(crate) use credentials::Credentials;
pub use credentials::{AccessTokenError, Tenant};
pub use idempotency::{Idempotency, IdempotentAnswer};
pub use participants::Participant;
pub use rooms::{RoomDetails, RoomDraft, RoomPatch};
pub use tokens::{TokenDraft, TokenMinted};

/// One page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// Asks for the next page; `None`: this is the last.
    pub next_cursor: Option<String>,
}

/// Reads a client's cursor.
pub(crate) fn cursor(text: Option<&str>) -> Result<Option<rtc_store::Cursor>, crate::RequestError> {
    text.map(|text| {
        text.parse().map_err(|_| crate::RequestError::Invalid {
            path: "cursor",
            message: "must be the x-next-cursor of an earlier answer".into(),
        })
    })
    .transpose()
}
