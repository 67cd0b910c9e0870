//! The rtc-platform server: command line, configuration, wiring and lifecycle.
//!
//! `main` reads as the life of the process; this library holds its steps, so that tests can take them one by
//! one. Rules of rooms, tokens and tenants are not here but in rtc-app and below.

pub mod cli;
mod command;
pub mod config;
pub mod exit;

pub use command::run;
