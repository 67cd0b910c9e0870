//! Wire types, one module a contract. They live at the edge: domain types do not serialise.
//!
//! The TypeScript of `packages/shared` is generated from these types; a test fails while the generated
//! files are stale (`RTC_WRITE_GENERATED=1 cargo test -p rtc-wire` writes them).

pub mod embed;
pub mod error;
pub mod livestream;
pub mod rest;
pub mod signal;
pub mod socketio;
#[cfg(test)]
mod typescript;
