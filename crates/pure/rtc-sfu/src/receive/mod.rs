//! What is kept of a stream that a publisher sends us: how well it arrives ([`StreamReceiver`]), what of it
//! to ask for again ([`NackGenerator`]), and when its packets came, for the publisher's own bandwidth
//! estimation ([`ArrivalRecorder`]). Plain values in and out; RTP and RTCP are read and written elsewhere.

mod arrivals;
mod nack;
mod rate;
mod stream;

pub use arrivals::{ArrivalRecorder, Feedback};
pub use nack::{NackGenerator, NackUpdate};
pub use rate::RateMeter;
pub use stream::{Report, StreamReceiver};
