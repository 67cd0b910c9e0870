//! rtc-wire
