//! Livestreams from the outside: single events, every order of them, and the throttle in virtual time.
#![allow(missing_docs)]

mod orders;
mod rules;
mod throttle;
mod world;
