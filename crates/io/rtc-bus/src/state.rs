//! Versioned state with members.

use bytes::Bytes;

/// A change of state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// Grows with each change of this state; below 2^53.
    pub version: u64,
    /// The value from then on.
    pub value: Bytes,
    /// Members that are in (true) or out (false) from then on.
    pub members: Vec<(String, bool)>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// There is no such state: it expired, or Redis lost it. Its owner rebuilds it ([`crate::Bus::replace`]).
    Missing,
    /// The change is the newest.
    Newest,
    /// A newer change was there before; what this one says of members that the newer one did not is taken.
    Older,
}

/// State as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateView {
    /// The version of the value.
    pub version: u64,
    /// The value.
    pub value: Bytes,
    /// Members, as many as were asked for, in no order.
    pub members: Vec<String>,
    /// How many members there are.
    pub member_count: u64,
}
