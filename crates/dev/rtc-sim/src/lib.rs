//! A network of one media engine and its clients, with a clock and randomness of its own.
//!
//! [`World`] moves datagrams between an [`rtc_sfu::Engine`] and clients made of `str0m`, a WebRTC library that
//! somebody else wrote, over links with loss, delay, jitter and a rate. Nothing sleeps: the clock jumps to what
//! is due next. Equal seeds give equal runs, but for what the DTLS and SCTP libraries draw by themselves.

mod client;
mod link;
mod media;
mod random;
mod world;

pub use client::{Client, Received};
pub use link::{Link, LinkConfig};
pub use media::{Frame, VideoSource, audio_parameters, simulcast_parameters, video_parameters};
pub use random::Random;
pub use world::{ClientId, World};
