//! Sockets: receiving in batches, sending in segmented batches, frames on TCP.

mod connections;
mod frames;
mod outgoing;
mod sys;
mod udp;
mod wire;

pub(crate) use connections::{Connections, SCRATCH_BYTES, TcpLimits};
pub(crate) use frames::{NotFrames, split};
pub(crate) use outgoing::Outgoing;
pub(crate) use udp::{Inlet, Receiver, UdpPort};
pub(crate) use wire::Wire;
