//! ICE as a server does it (RFC 8445, "lite"): peers check us, we answer and never check ourselves.
//!
//! [`IceLite`] is one transport's agent. It says which addresses proved to be the peer's, which of them to send
//! to, and when the peer has gone. Like mediasoup's, it is found by its ufrag alone, follows USE-CANDIDATE as
//! well as numbered nominations, and lets a peer have several paths at once.

mod agent;
mod credentials;
mod paths;
mod seen;
#[cfg(test)]
mod tests;

pub use agent::{CheckOutcome, IceLite, Rejection};
pub use credentials::Credentials;
