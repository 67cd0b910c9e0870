//! Livestreams in the real server, under load and in bad times: webhooks while it is killed, or its database or its
//! Redis goes away (what got its 200 is applied, once), and thousands of watchers.
//!
//! `RTC_TEST_WEBHOOKS` sets how many are posted (`make soak-webhooks`: 10,000).
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod kill;
mod outage;
mod platform;
#[path = "../../../../io/rtc-store/tests/support/postgres.rs"]
#[allow(dead_code)]
mod postgres;
#[path = "../../../../io/rtc-bus/tests/contract/server.rs"]
#[allow(dead_code)]
mod redis;
#[path = "../support/mod.rs"]
mod support;
mod traffic;
mod watchers;
