//! Measures joining and being idle: joins a second, processor time a join, memory a connection that waits.

use std::time::Duration;

use anyhow::Result;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::client::{Receiver, Sender};
use crate::stage::Stage;
use crate::surface::Surface;
use crate::window::{Usage, Window};

/// Clients that join at a time.
const JOINING: usize = 64;
/// Left to a server before its memory is read, so that start-up and garbage have settled.
const SETTLE: Duration = Duration::from_millis(1500);

/// What came out.
#[derive(Clone, Copy, Debug)]
pub struct IdleFigures {
    /// Clients that connected, upgraded and joined, a second.
    pub joins_per_second: f64,
    /// Processor time of the server for each, in milliseconds.
    pub cpu_ms_per_join: f64,
    /// Resident memory of the server for each, in KiB.
    pub kib_per_connection: f64,
    /// Processor time while they joined.
    pub usage: Usage,
}

/// Joins all seats of the stage and leaves them idle.
pub async fn measure(stage: &Stage, surface: Surface) -> Result<IdleFigures> {
    tokio::time::sleep(SETTLE).await;
    let resident = stage.server.resident_kib()?;
    let window = Window::open(&stage.server)?;
    let keepers: Vec<tokio::task::JoinHandle<()>> = stream::iter(&stage.seats)
        .map(|seat| async move {
            let joined = surface.join(stage.server.address, seat).await?;
            Ok::<_, anyhow::Error>(tokio::task::spawn_local(keep(
                surface,
                joined.client.sender,
                joined.client.receiver,
            )))
        })
        .buffer_unordered(JOINING)
        .try_collect()
        .await?;
    let usage = window.close()?;
    tokio::time::sleep(SETTLE).await;
    let resident = stage.server.resident_kib()? - resident;
    let connections = keepers.len() as f64;
    anyhow::ensure!(
        !keepers.iter().any(|keeper| keeper.is_finished()),
        "the server dropped idle connections"
    );
    for keeper in keepers {
        keeper.abort();
    }
    Ok(IdleFigures {
        joins_per_second: connections / usage.seconds,
        cpu_ms_per_join: usage.server_cpu * 1e3 / connections,
        kib_per_connection: resident / connections,
        usage,
    })
}

/// Answers heartbeats until the connection ends.
async fn keep(surface: Surface, sender: Sender, mut receiver: Receiver) {
    while receiver.fill().await.is_ok() {
        while let Ok(Some(text)) = receiver.next_text() {
            if let Some(answer) = surface.heartbeat_answer(text) {
                sender.text(answer);
            }
        }
        if sender.flush().is_err() {
            return;
        }
    }
}
