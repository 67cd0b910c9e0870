//! One worker's routers, transports, producers and consumers, tied together.

mod api;
mod error;
mod event;
mod machine;
mod stats;

pub use api::*;
pub use error::{ConsumeError, DataError, ProduceError, TransportError, UnknownId};
pub use event::{Event, TransportFailure};
pub use machine::Engine;
pub use stats::*;
