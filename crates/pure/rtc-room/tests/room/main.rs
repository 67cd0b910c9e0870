//! The room model by scenarios and by properties, on virtual time.
#![allow(missing_docs, clippy::unwrap_used)]

mod control;
mod join;
mod liveness;
mod properties;
mod relay;
mod resume;
mod support;
mod world;
