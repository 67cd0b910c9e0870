//! A network of one media engine and its clients, with a clock and randomness of its own.
//!
//! [`World`] moves datagrams between an [`rtc_sfu::Engine`] and clients made of `str0m`, a WebRTC library that
//! somebody else wrote, over links with loss, delay, jitter and a rate. Nothing sleeps: the clock jumps to what
//! is due next. Equal seeds give equal runs, but for what the DTLS and SCTP libraries draw by themselves.
//!
//! [`RawPeer`] is for attacks: a peer with keys of its own that sends whatever a test wants.

mod client;
mod decoder;
mod link;
mod media;
mod parameters;
mod random;
mod raw;
mod received;
mod world;

pub use client::Client;
pub use decoder::Decoder;
pub use link::{Link, LinkConfig};
pub use media::{Frame, OPUS, Stamp, VP8, VP8_RTX, VideoSource};
pub use parameters::{audio_parameters, rid_parameters, simulcast_parameters, video_parameters};
pub use random::Random;
pub use raw::{RawPeer, rtp_packet};
pub use received::{Arrived, Picture, Received};
pub use world::{ClientId, World};
