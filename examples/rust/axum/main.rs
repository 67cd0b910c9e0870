//! The `/rtc/*` routes in axum, by the crate's own router.

use rtc_server::{RtcServer, http::router};
use std::time::Duration;

/// An argument of the command line: 1 is the port, 2 the heartbeat's interval in milliseconds.
fn argument(index: usize, default: u64) -> u64 {
    std::env::args().nth(index).and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = RtcServer::builder().heartbeat_interval(Duration::from_millis(argument(2, 30_000))).build();
    let swept = server.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(swept.heartbeat_interval()).await;
            swept.sweep(swept.now());
        }
    });
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", argument(1, 3000))).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router(server)).await
}
