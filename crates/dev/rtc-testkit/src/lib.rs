//! rtc-testkit
