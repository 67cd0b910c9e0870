//! rtc-auth
