//! Numbers that wrap, unwrapped: sequence numbers and timestamps as 64-bit counts.

/// Whether `a` is later than `b` among wrapping 16-bit numbers.
pub const fn is_newer(a: u16, b: u16) -> bool {
    a != b && a.wrapping_sub(b) < 0x8000
}

/// Whether `a` is later than `b` among wrapping timestamps.
pub const fn is_newer_timestamp(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 0x8000_0000
}

/// Unwraps 16-bit sequence numbers against the highest seen so far.
///
/// The first number `n` becomes `65536 + n`, so that packets from before it keep their order without going below
/// zero. A number is taken for the nearest to the highest: up to 32,767 ahead, up to 32,768 behind. After a stream
/// restarts with other numbers, start with a new unwrapper.
#[derive(Clone, Copy, Debug, Default)]
pub struct SequenceUnwrapper {
    highest: Option<u64>,
}

impl SequenceUnwrapper {
    /// None seen yet.
    pub const fn new() -> Self {
        SequenceUnwrapper { highest: None }
    }

    /// The unwrapped number; the highest moves up to it.
    pub fn unwrap(&mut self, value: u16) -> u64 {
        let unwrapped = self.peek(value);
        self.highest = self.highest.max(Some(unwrapped));
        unwrapped
    }

    /// What [`SequenceUnwrapper::unwrap`] would give, the highest untouched: for packets not yet authenticated.
    pub fn peek(&self, value: u16) -> u64 {
        let Some(highest) = self.highest else { return (1 << 16) + u64::from(value) };
        let ahead = value.wrapping_sub(highest as u16) as i16;
        highest.saturating_add_signed(i64::from(ahead))
    }

    /// The highest so far.
    pub const fn highest(&self) -> Option<u64> {
        self.highest
    }
}

/// Unwraps 32-bit timestamps against the highest seen so far. The first value `t` becomes `2^32 + t`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimestampUnwrapper {
    highest: Option<u64>,
}

impl TimestampUnwrapper {
    /// None seen yet.
    pub const fn new() -> Self {
        TimestampUnwrapper { highest: None }
    }

    /// The unwrapped timestamp; the highest moves up to it.
    pub fn unwrap(&mut self, value: u32) -> u64 {
        let unwrapped = match self.highest {
            None => (1 << 32) + u64::from(value),
            Some(highest) => {
                let ahead = value.wrapping_sub(highest as u32) as i32;
                highest.saturating_add_signed(i64::from(ahead))
            }
        };
        self.highest = self.highest.max(Some(unwrapped));
        unwrapped
    }

    /// The highest so far.
    pub const fn highest(&self) -> Option<u64> {
        self.highest
    }
}
