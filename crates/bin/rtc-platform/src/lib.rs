//! The rtc-platform server: command line, configuration, wiring and lifecycle.
//!
//! `main` reads as the life of the process; this library holds its steps, so that tests can take them one by
//! one. Rules of rooms, tokens and tenants are not here but in rtc-app and below.

mod announce;
pub mod cli;
mod command;
pub mod config;
mod demo;
pub mod descriptors;
mod dev;
mod embedded;
pub mod exit;
pub mod foundation;
pub mod health;
pub mod keys;
mod life;
mod limits;
pub mod listen;
mod livestreams;
pub mod logging;
mod media;
pub mod metering;
pub mod openapi;
mod operations;
pub mod platform;
mod router;
pub mod serve;
pub mod signals;
mod time;
mod tracked;
pub mod web;

pub use command::run;
