//! Measures room creation: `POST /rooms` over kept-alive connections, each sending as soon as it is answered.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use crate::http::HttpClient;
use crate::relay::Timing;
use crate::stage::{App, Stage};
use crate::stats::Latencies;
use crate::window::{Usage, Window};

/// Connections that create rooms at a time.
pub const CONNECTIONS: usize = 50;

/// What came out.
#[derive(Clone, Copy, Debug)]
pub struct RoomsFigures {
    /// Rooms created a second.
    pub per_second: f64,
    /// Rooms created for each second of the server's processor time.
    pub per_cpu_second: f64,
    /// From the request to the whole answer, in milliseconds.
    pub p99_ms: f64,
    /// Processor time meanwhile.
    pub usage: Usage,
}

/// What the tasks of a run share.
#[derive(Default)]
struct Run {
    measuring: Cell<bool>,
    created: Cell<u64>,
    latencies: RefCell<Latencies>,
    failure: RefCell<Option<anyhow::Error>>,
}

/// Creates rooms for the time given.
pub async fn measure(stage: &Stage, app: &App, timing: Timing) -> Result<RoomsFigures> {
    let run = Rc::new(Run::default());
    let headers = Rc::new(app.headers());
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (run, headers, address) = (run.clone(), headers.clone(), stage.server.address);
            tokio::task::spawn_local(async move {
                if let Err(failure) = create(&run, address, &headers).await {
                    run.failure.borrow_mut().get_or_insert(failure);
                }
            })
        })
        .collect();
    tokio::time::sleep(timing.warm_up).await;
    let (window, created) = (Window::open(&stage.server)?, run.created.get());
    run.measuring.set(true);
    tokio::time::sleep(timing.measure).await;
    run.measuring.set(false);
    let (created, usage) = ((run.created.get() - created) as f64, window.close()?);
    for worker in workers {
        worker.abort();
    }
    if let Some(failure) = run.failure.borrow_mut().take() {
        return Err(failure);
    }
    let Some(p99_ms) = run.latencies.borrow_mut().percentile_ms(99.0) else { bail!("no room was created") };
    Ok(RoomsFigures {
        per_second: created / usage.seconds,
        per_cpu_second: created / usage.server_cpu,
        p99_ms,
        usage,
    })
}

async fn create(run: &Run, address: SocketAddr, headers: &[String]) -> Result<()> {
    let mut http = HttpClient::connect(address).await?;
    let body = r#"{"name":"bench room","maxParticipants":2,"topology":"p2p"}"#;
    let room = http.post("/rooms", headers, body).await?;
    check(&room)?;
    let request = http.request("/rooms", headers, body);
    loop {
        let began = Instant::now();
        let response = http.send(request.as_bytes()).await?;
        if response.status != 201 {
            bail!("POST /rooms gave {}: {}", response.status, String::from_utf8_lossy(response.body));
        }
        run.created.set(run.created.get() + 1);
        if run.measuring.get() {
            run.latencies.borrow_mut().record(began.elapsed().as_nanos() as u64);
        }
    }
}

/// A room has all its fields, so that no server wins by leaving some out.
fn check(room: &Value) -> Result<()> {
    for field in ["id", "appId", "name", "maxParticipants", "topology", "metadata", "createdAt", "updatedAt"]
    {
        ensure!(room.get(field).is_some(), "the created room has no `{field}`: {room}");
    }
    Ok(())
}
