//! `rtc-load sfu`: how many packets media servers forward for a second of processor time.
//!
//! Each server gets the same rooms: publishers that pace media by the clock, and subscribers with real ICE, DTLS
//! and SRTP sessions that count what arrives by SSRC and sequence number, decrypt a sample of it and answer with
//! transport-wide feedback. Servers are interleaved in one run; what counts is ratios of that run.

mod cases;
mod client;
mod cpu;
pub mod engine;
mod feedback;
mod latency;
pub mod limit;
mod measure;
mod peers;
mod poller;
mod publish;
mod receive;
mod report;
mod run;
mod soak;
mod socket;

pub use cpu::process_ns;
pub use run::{SfuArgs, sfu};
pub use soak::{SoakArgs, soak};
