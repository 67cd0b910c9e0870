//! Livestreams from the use cases down to the database, with a media server that only notes what it is asked for.
#![allow(missing_docs)]

mod deliveries;
mod life;
mod watching;
mod webhooks;
mod world;
