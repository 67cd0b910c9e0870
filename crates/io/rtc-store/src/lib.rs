//! rtc-store
