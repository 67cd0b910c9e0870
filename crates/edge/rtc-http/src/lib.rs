//! What every HTTP surface shares: one error shape, strict JSON bodies, credentials, rate limits, request
//! ids, CORS and metrics.
//!
//! A surface takes an [`HttpState`] (or a state that gives one by `FromRef`) and uses the extractors. The
//! binary merges the surfaces' routers and wraps them once by [`outer_layers`].

mod address;
mod auth;
mod body;
mod cors;
mod error;
mod fallback;
mod idempotency;
mod lasting;
mod layers;
mod limit;
mod metering;
mod params;
mod path;
mod request_id;
mod state;

pub use auth::{AsOperator, AsTenant};
pub use body::{Json, OptionalJson, read_body};
pub use error::ApiError;
pub use idempotency::IdempotencyKey;
pub use lasting::{Frames, Lasting, Outlet, Source};
pub use layers::{OuterConfig, outer_layers};
pub use metering::label_surface;
pub use params::{PageParams, Params};
pub use path::Id;
pub use request_id::{REQUEST_ID_HEADER, request_id};
pub use state::{HttpLimits, HttpState};
