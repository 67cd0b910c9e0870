//! The media machine: RTP is forwarded, never decoded.
//!
//! [`Engine`] is one worker's whole state. Its owner (rtc-media, or a test with its own clock and network)
//! hands it datagrams with [`Engine::handle_datagram`], lets it forward with [`Engine::flush`] after each
//! batch, calls [`Engine::handle_timeout`] when [`Engine::poll_timeout`] is due, and reads facts with
//! [`Engine::poll_event`]. What is to be sent is written straight into the owner's slots ([`Transmit`]).
//!
//! Nothing here reads a clock or opens a socket. The DTLS and SCTP libraries draw their own randomness;
//! everything of ours takes it from the seed in [`EngineConfig`].

pub mod audio;
pub mod bwe;
pub mod codec;
pub mod data;
pub mod demux;
pub mod dtls;
mod engine;
pub mod ice;
mod net;
pub mod ortc;
pub mod receive;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod send;
pub mod srtp;
pub mod stun;
mod time;

pub use engine::*;
pub use net::{Protocol, Transmit, Tuple};
pub use time::Time;
