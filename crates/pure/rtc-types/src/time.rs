//! Time as an argument: milliseconds since the Unix epoch.

/// A moment or a length of time in milliseconds. As a moment: since 1970-01-01T00:00:00Z.
///
/// Pure code takes it as an argument; only shells read a clock.
pub type Millis = u64;
