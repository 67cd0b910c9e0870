//! How much the way to one subscriber bears, and who gets it.
//!
//! [`Estimator`] is Google congestion control (draft-ietf-rmcat-gcc-02) on the sender's side, from
//! transport-wide feedback: packets are grouped as they were sent (`inter_arrival`), a line through the
//! groups' delays tells whether a queue builds (`trend`), a detector with a threshold that adapts decides
//! (`overuse`), a queue that stands is found by itself (`standing`), and the rate goes up carefully and down at once (`aimd`). Loss bounds it (`loss`),
//! what was acknowledged keeps it honest (`acknowledged`) and probes let it jump (`probe`).
//! [`Pacer`] spreads video out, [`allocate`] turns an estimate into layers.

mod acknowledged;
mod aimd;
mod allocation;
mod estimator;
mod history;
mod inter_arrival;
mod loss;
mod overuse;
mod pacer;
mod probe;
mod standing;
mod trend;

pub use allocation::{Allocation, Budget, Choice, Demand, LayerRate, Priority, allocate};
pub use estimator::Estimator;
pub use history::{SendHistory, Sent};
pub use pacer::Pacer;
pub use probe::Probe;

#[cfg(test)]
mod tests;
