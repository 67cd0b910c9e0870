//! rtc-server
