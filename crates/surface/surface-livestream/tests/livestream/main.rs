//! Surface D over HTTP.
#![allow(missing_docs)]

mod events;
mod routes;
mod world;
