//! Who may do what, as far as a secret proves it: call tokens, LiveKit's access tokens, the signatures of webhooks,
//! app secrets, and the sealing of secrets at rest.
//!
//! Time and randomness are arguments; nothing here reads a clock, draws a number or does I/O. What is
//! remembered of a token (used, revoked) is the store's; here is what its text alone tells.

mod app_secret;
mod call_token;
mod jwt;
pub mod livekit;
mod production;
mod seal;
pub mod standard_webhook;

pub use app_secret::{APP_SECRET_CHARS, AppSecret, constant_time_eq};
pub use call_token::{CallTokens, Claims};
pub use jwt::{TOKEN_BYTES_MAX, TokenError};
pub use production::{SECRET_BYTES_MIN, production_secret_fault};
pub use seal::{SealError, Sealer};
