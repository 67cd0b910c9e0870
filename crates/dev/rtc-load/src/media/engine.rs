//! The media workers alone, behind surface C's requests as lines of JSON: no rooms, no tenants, no Socket.IO. What
//! is measured is the packet's path, in a process that starts fast and profiles cleanly.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rtc_media::{Media, MediaConfig, Notice, WorkerHandle};
use rtc_sfu::{
    ConsumeOptions, ConsumerId, Engine, ProduceOptions, ProducerId, RouterId, TransportId, TransportOptions,
    dtls::Identity,
};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// `rtc-load media-engine`, started by the harness.
#[derive(clap::Args)]
pub struct EngineArgs {
    /// Where requests are taken.
    #[arg(long)]
    listen: SocketAddr,
    /// Threads that forward; 0: one a core.
    #[arg(long, default_value_t = 0)]
    workers: usize,
}

/// A call's router and the worker that has it.
#[derive(Clone)]
struct Room {
    name: String,
    worker: WorkerHandle,
    router: RouterId,
}

/// Everything by the number that stands for it in requests.
struct Registry {
    media: Media,
    rooms: Vec<Room>,
    transports: Vec<(Room, TransportId)>,
    producers: Vec<ProducerId>,
    consumers: Vec<(Room, ConsumerId)>,
}

type Shared = Rc<RefCell<Registry>>;

/// Serves until it is killed.
pub async fn run(args: EngineArgs) -> Result<()> {
    let listen = vec![args.listen.ip()];
    let config = MediaConfig { workers: args.workers, listen, ..MediaConfig::default() };
    let (notices, mut heard) = tokio::sync::mpsc::unbounded_channel::<Notice>();
    let media = Media::start(&config, Arc::new(Identity::generate()?), notices)?;
    let (rooms, transports) = (Vec::new(), Vec::new());
    let registry = Registry { media, rooms, transports, producers: Vec::new(), consumers: Vec::new() };
    let shared: Shared = Rc::new(RefCell::new(registry));
    tokio::task::spawn_local(async move {
        while let Some(notice) = heard.recv().await {
            if let Notice::WorkerDied { worker } = notice {
                eprintln!("worker {worker} died");
            }
        }
    });
    let listener = TcpListener::bind(args.listen).await.context("cannot listen")?;
    loop {
        let (stream, _) = listener.accept().await?;
        let shared = shared.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = serve(stream, shared).await {
                eprintln!("a peer's connection ended: {error:#}");
            }
        });
    }
}

/// One peer: a line in, a line out.
async fn serve(stream: TcpStream, shared: Shared) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let (event, payload): (String, Value) = serde_json::from_str(&line)?;
        let reply = match answer(&shared, &event, &payload).await {
            Ok(data) => json!({ "success": true, "data": data }),
            Err(error) => json!({ "success": false, "error": format!("{error:#}") }),
        };
        writer.write_all(format!("{reply}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn answer(shared: &Shared, event: &str, payload: &Value) -> Result<Value> {
    match event {
        "createRoom" => create_room(shared, &field::<String>(payload, "callId")?).await,
        "joinRoom" => Ok(json!({ "peers": [], "peerId": "" })),
        "createTransport" => create_transport(shared, &field::<String>(payload, "callId")?).await,
        "connectTransport" => {
            let (room, transport) = number(payload, "transportId", &shared.borrow().transports)?;
            let dtls = field(payload, "dtlsParameters")?;
            let connect = move |engine: &mut Engine, now| engine.connect_transport(now, transport, &dtls);
            room.worker.call(connect).await??;
            Ok(json!({}))
        }
        "produce" => produce(shared, payload).await,
        "consume" => consume(shared, payload).await,
        "resumeConsumer" => {
            let (room, consumer) = number(payload, "consumerId", &shared.borrow().consumers)?;
            room.worker.call(move |engine, now| engine.set_consumer_paused(now, consumer, false)).await??;
            Ok(json!({}))
        }
        other => bail!("there is no `{other}` here"),
    }
}

async fn create_room(shared: &Shared, name: &str) -> Result<Value> {
    let known = shared.borrow().rooms.iter().any(|room| room.name == name);
    if !known {
        let worker = shared.borrow().media.worker_least_loaded();
        let router = worker.call(|engine, _| engine.create_router()).await?;
        shared.borrow_mut().rooms.push(Room { name: name.to_owned(), worker, router });
    }
    Ok(json!({ "callId": name, "rtpCapabilities": Engine::router_capabilities() }))
}

async fn create_transport(shared: &Shared, call: &str) -> Result<Value> {
    let room = shared.borrow().rooms.iter().find(|room| room.name == call).cloned();
    let room = room.context("there is no such call")?;
    let router = room.router;
    let create =
        move |engine: &mut Engine, now| engine.create_transport(now, router, TransportOptions::default());
    let created = room.worker.call(create).await??;
    let candidates = room.worker.candidates();
    let id = push(&mut shared.borrow_mut().transports, (room, created.transport));
    Ok(json!({
        "id": id, "iceParameters": created.ice, "iceCandidates": candidates, "dtlsParameters": created.dtls,
    }))
}

async fn produce(shared: &Shared, payload: &Value) -> Result<Value> {
    let (room, transport) = number(payload, "transportId", &shared.borrow().transports)?;
    let (kind, parameters) = (field(payload, "kind")?, field(payload, "rtpParameters")?);
    let options = ProduceOptions { kind, parameters, paused: false, screen: false };
    let produced = room.worker.call(move |engine, now| engine.produce(now, transport, options)).await??;
    Ok(json!({ "producerId": push(&mut shared.borrow_mut().producers, produced.producer) }))
}

async fn consume(shared: &Shared, payload: &Value) -> Result<Value> {
    let (room, transport) = number(payload, "transportId", &shared.borrow().transports)?;
    let producer = number(payload, "producerId", &shared.borrow().producers)?;
    let capabilities = field(payload, "rtpCapabilities")?;
    let options = ConsumeOptions { producer, capabilities, paused: true, mid: None };
    let consumed = room.worker.call(move |engine, now| engine.consume(now, transport, options)).await??;
    let id = push(&mut shared.borrow_mut().consumers, (room, consumed.consumer));
    Ok(json!({ "id": id, "rtpParameters": consumed.parameters }))
}

fn field<T: DeserializeOwned>(payload: &Value, name: &str) -> Result<T> {
    T::deserialize(&payload[name]).with_context(|| format!("`{name}`"))
}

/// What the number in a field stands for.
fn number<T: Clone>(payload: &Value, name: &str, list: &[T]) -> Result<T> {
    let at = field::<String>(payload, name)?.parse::<usize>().with_context(|| format!("`{name}`"))?;
    list.get(at).cloned().with_context(|| format!("`{name}`: there is no {at}"))
}

fn push<T>(list: &mut Vec<T>, item: T) -> String {
    list.push(item);
    (list.len() - 1).to_string()
}
