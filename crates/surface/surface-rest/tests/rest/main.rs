//! Surface A over HTTP, held to its contract route by route; the routes come from the OpenAPI document.
#![allow(missing_docs, clippy::unwrap_used)]

mod codes;
mod credentials;
mod idempotency;
mod inputs;
mod operations;
mod paths;
mod routes;
mod world;
