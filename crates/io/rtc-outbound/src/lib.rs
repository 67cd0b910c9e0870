//! Every HTTP request that the platform originates: deliveries of webhooks, and calls of an external LiveKit.
//!
//! All of them go through [`HttpClient`], which looks up a name once, refuses addresses that its [`Reach`] excludes,
//! connects to the very addresses that it looked at, follows no redirect, and reads no more than a limit.

mod client;
pub mod livekit;
mod reach;
mod retry;
mod target;
#[cfg(test)]
mod testing;
mod webhook;

pub use client::{Answer, ClientOptions, HttpClient, RequestError};
pub use reach::Reach;
pub use retry::{DELAYS_MS, Next, next};
pub use target::{TARGET_BYTES_MAX, Target, TargetError};
pub use webhook::{Endpoint, Message, Outcome, deliver};
