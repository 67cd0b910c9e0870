//! The embeddable RTC server in four web frameworks: one file each, all with the same routes.
//!
//! `cargo run -p rtc-server-examples --example axum -- 3000 30000` serves on port 3000 with a heartbeat
//! every 30 s; `actix-web`, `poem` and `warp` likewise.
