//! Moments as people and programs read them.

use rtc_types::Millis;

/// A moment as ISO 8601 in UTC, to the millisecond; empty past the year 9999.
pub fn iso(at: Millis) -> String {
    let at = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.map(|at| format!("{at:.3}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_moment_has_milliseconds_and_is_utc() {
        assert_eq!(super::iso(1_700_000_000_007), "2023-11-14T22:13:20.007Z");
        assert_eq!(super::iso(u64::MAX), "");
    }
}
