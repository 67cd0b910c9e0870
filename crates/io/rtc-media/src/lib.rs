//! Media worker threads: each owns its sockets and an engine of rtc-sfu.
