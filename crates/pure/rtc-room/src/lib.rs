//! rtc-room
