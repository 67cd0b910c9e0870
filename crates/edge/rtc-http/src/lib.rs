//! rtc-http
