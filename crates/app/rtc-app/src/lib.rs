//! rtc-app
