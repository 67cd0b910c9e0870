//! The embeddable server as a native addon of Node.
//!
//! `packages/rtc-server` is the only caller: it wraps what is exported here in the typed API that people
//! see. What crosses is kept plain, since each value that crosses costs: texts, numbers, bytes in memory
//! that both see and, where there is more to say, JSON of the wire types.
//! A peer crosses as a number, and what is called for every message goes by bare functions ([`calls`]). The
//! wrapper keeps the names, and when each peer was last heard of; rooms are told before they judge by it.
//!
//! Every call runs to its end on the thread of Node's event loop. Nothing here starts a thread, and
//! nothing calls JavaScript: events wait until the wrapper takes them, right after the call that caused
//! them, so that listeners hear them in order and no room is held meanwhile.

// The code that the macros of napi-derive generate needs it; other than that, `calls` alone.
#![allow(unsafe_code, missing_docs)]

/// A relay makes two blocks and frees those of an older one; those of an offer are more than the system's allocator has
/// at hand.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod calls;
mod error;
mod events;
mod server;
mod state;
mod streams;
