//! The embeddable server as a native addon of Node.
//!
//! `packages/rtc-server` is the only caller: it wraps what is exported here in the typed API that people
//! see. What crosses is kept plain, since each value that crosses costs: texts, numbers and, where there
//! is more to say, JSON of the wire types.
//!
//! Every call runs to its end on the thread of Node's event loop. Nothing here starts a thread, and
//! nothing calls JavaScript: events wait until the wrapper takes them, right after the call that caused
//! them, so that listeners hear them in order and no room is held meanwhile.

// The code that the macros of napi-derive generate needs it; there is no other in this crate.
#![allow(unsafe_code, missing_docs)]

mod error;
mod events;
mod server;
mod streams;
