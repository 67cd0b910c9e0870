//! The platform in the test's own process: a server on port 0 with a clock that the test sets.
//!
//! Knows no surface: a test mounts the routers of those it is about.

mod server;

pub use server::{Config, Mount, Started, TestServer, mount};
