//! A WebRTC client that is light enough to be had a thousand times: ICE, DTLS and SRTP for real, no decoding.

pub mod dtls;
pub mod ice;
pub mod link;
pub mod rtp;
pub mod session;
mod stun;
