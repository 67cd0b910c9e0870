//! One worker's routers, transports, producers and consumers, tied together.
//!
//! [`machine`] holds the state and how it is driven; [`rooms`], [`tracks`] and [`channels`] are commands;
//! [`session`], [`rtp_in`] and [`rtcp_in`] take input; [`forward`] and [`reports`] write output; [`allocate`]
//! decides who gets which layers, [`layered`] finds those that nobody announced.

mod allocate;
mod allowance;
mod api;
mod channels;
mod error;
mod event;
mod figures;
mod forward;
mod layered;
mod machine;
mod probe;
mod producer;
mod queue;
mod random;
mod reports;
mod resends;
mod rooms;
mod router;
mod rtcp_in;
mod rtp_in;
mod session;
mod stats;
#[cfg(test)]
mod tests;
mod tracks;
mod transport;
mod wheel;

pub use api::*;
pub use error::{ConsumeError, DataError, ProduceError, TransportError, UnknownId};
pub use event::{Event, TransportFailure};
pub use machine::Engine;
pub use rooms::DATA_MESSAGE_BYTES_MAX;
pub use stats::*;
