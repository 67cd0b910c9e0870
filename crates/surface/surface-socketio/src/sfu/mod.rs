//! Surface C: calls through the media server, driven by `mediasoup-client`.
//!
//! `room` has create, join and leave; `jobs` sends what a peer asks for to the file that does it; `render` is
//! what the server says by itself. A connection is in one call at most, so that only `createRoom`, `joinRoom`
//! and `getProducers` name it.

mod consumers;
mod data;
mod jobs;
mod producers;
pub(crate) mod render;
mod room;
mod stats;
mod transports;

pub(crate) use jobs::CallJob;
pub(crate) use room::{Call, CallJoinJob};
