//! The calls.

use crate::{
    calls,
    error::{Result, closed, invalid, refused},
    state::{State, millis},
};
use napi::{
    Env,
    bindgen_prelude::{Object, Uint8Array},
};
use napi_derive::napi;
use rtc_server::{
    CreateRoomRequest, EventKind, Json, PeerSignal, RoomOptions, RtcServer, RtcServerOptions, StreamItem,
};
use rtc_types::limits::PARTICIPANTS_MAX;
use std::{
    cell::Ref,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A server of one Node environment.
#[napi]
pub struct NativeServer {
    state: Rc<State>,
}

#[napi]
impl NativeServer {
    /// `options`: `RtcServerOptions` as JSON. The time is what the last call was told that is told it.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: String) -> Result<Self> {
        let options: RtcServerOptions =
            serde_json::from_str(&options).map_err(|error| invalid("config", plain(&error)))?;
        let mut builder = RtcServer::builder();
        if let Some(servers) = options.ice_servers {
            builder = builder.ice_servers(servers);
        }
        if let Some(peers) = options.max_peers_per_room {
            if peers == 0 || peers > PARTICIPANTS_MAX as usize {
                return Err(invalid("maxPeersPerRoom", format!("must be 1 to {PARTICIPANTS_MAX}")));
            }
            builder = builder.max_peers_per_room(peers);
        }
        if let Some(interval) = options.heartbeat_interval_ms {
            if interval == 0 {
                return Err(invalid("heartbeatIntervalMs", "must be at least 1"));
            }
            builder = builder.heartbeat_interval(Duration::from_millis(interval));
        }
        let clock = Arc::<AtomicU64>::default();
        let time = clock.clone();
        let server = builder.clock(move || time.load(Ordering::Relaxed)).build();
        let state = State {
            server: Some(server).into(),
            clock,
            events: Default::default(),
            streams: Default::default(),
            peers: Default::default(),
            texts: Default::default(),
            memory: Uint8Array::new(Vec::new()).into(),
        };
        Ok(Self { state: Rc::new(state) })
    }

    fn server(&self) -> Result<Ref<'_, RtcServer>> {
        Ref::filter_map(self.state.server.borrow(), Option::as_ref).map_err(|_| closed())
    }

    /// The calls that are made for every message. See `calls.rs`. `memory`: where the wrapper writes bodies.
    #[napi(catch_unwind)]
    pub fn bare(&self, env: Env, memory: Uint8Array) -> napi::Result<Object<'static>> {
        self.state.memory.replace(memory);
        calls::bare(env, &self.state)
    }

    /// Milliseconds since the Unix epoch.
    #[napi(catch_unwind)]
    pub fn set_time(&self, now: f64) {
        self.state.set_time(now);
    }

    #[napi(catch_unwind)]
    pub fn heartbeat_interval_ms(&self) -> Result<f64> {
        Ok(number(self.server()?.heartbeat_interval().as_millis()))
    }

    /// An array of `IceServer` as JSON.
    #[napi(catch_unwind)]
    pub fn ice_servers(&self) -> Result<String> {
        to_json(&self.server()?.ice_servers())
    }

    /// Gives the peer's number. Who else is there is what the wrapper knows.
    #[napi(catch_unwind)]
    pub fn connect(&self, room: String, peer: String, metadata: Option<String>) -> Result<u32> {
        let metadata = metadata.map(|text| json("metadata", &text)).transpose()?;
        let peer = self.server()?.admit(&room, &peer, metadata).map_err(refused)?;
        Ok(self.state.peers.borrow_mut().add(peer))
    }

    /// Frees the numbers of peers that are gone otherwise than by a bare `disconnect`.
    #[napi(catch_unwind)]
    pub fn forget(&self, peers: Vec<u32>) {
        let mut held = self.state.peers.borrow_mut();
        peers.into_iter().for_each(|peer| held.remove(peer));
    }

    /// Tells the rooms of some peers, or of all, when they were last heard of: `seen` has milliseconds since
    /// the Unix epoch by the peers' numbers; 0: not since they came.
    #[napi(catch_unwind)]
    pub fn note_alive(&self, seen: &[f64], peers: Option<Vec<u32>>) {
        let mut held = self.state.peers.borrow_mut();
        match peers {
            Some(peers) => held.note_alive(peers.into_iter(), seen),
            None => {
                let all = u32::try_from(held.len()).unwrap_or(u32::MAX);
                held.note_alive(0..all, seen);
            }
        }
    }

    /// Gives when the peer was seen, in milliseconds since the Unix epoch.
    #[napi(catch_unwind)]
    pub fn heartbeat(&self, room: String, peer: String) -> Result<f64> {
        Ok(number(self.server()?.heartbeat(&room, &peer).map_err(refused)?))
    }

    /// Gives for how many peers it is.
    #[napi(catch_unwind)]
    pub fn relay(
        &self,
        room: String,
        from: String,
        kind: String,
        payload: String,
        to: Option<String>,
    ) -> Result<u32> {
        let signal = PeerSignal { kind, payload: json("signal.payload", &payload)? };
        let answer = self.server()?.relay(&room, &from, signal, to.as_deref()).map_err(refused)?;
        Ok(u32::try_from(answer.recipients).unwrap_or(u32::MAX))
    }

    /// Gives whether the room was closed with its last peer.
    #[napi(catch_unwind)]
    pub fn disconnect(&self, room: String, peer: String) -> Result<bool> {
        Ok(self.server()?.disconnect_peer(&room, &peer).map_err(refused)?.room_closed)
    }

    /// Takes a `CreateRoomRequest` and gives a `RoomSnapshot`, both as JSON.
    #[napi(catch_unwind)]
    pub fn create_room(&self, request: String) -> Result<String> {
        let request: CreateRoomRequest =
            serde_json::from_str(&request).map_err(|error| invalid("request", plain(&error)))?;
        let options = RoomOptions { max_peers: request.max_peers, metadata: request.metadata };
        to_json(&self.server()?.create_room(&request.room_id, options).map_err(refused)?)
    }

    #[napi(catch_unwind)]
    pub fn close_room(&self, room: String) -> Result<()> {
        self.server()?.close_room(&room).map_err(refused)
    }

    /// Gives a `RoomSnapshot` as JSON.
    #[napi(catch_unwind)]
    pub fn snapshot(&self, room: String) -> Result<String> {
        to_json(&self.server()?.snapshot(&room).map_err(refused)?)
    }

    #[napi(catch_unwind)]
    pub fn rooms(&self) -> Result<Vec<String>> {
        Ok(self.server()?.rooms())
    }

    /// Gives an array of `SweptPeer` as JSON. `now`: milliseconds since the Unix epoch.
    #[napi(catch_unwind)]
    pub fn sweep(&self, now: f64) -> Result<String> {
        to_json(&self.server()?.sweep(millis(now)))
    }

    /// Starts or stops to collect a kind of event, such as `peer:connected`.
    #[napi(catch_unwind)]
    pub fn listen(&self, kind: String, wanted: bool) -> Result<()> {
        let kind = EventKind::parse(&kind).ok_or_else(|| invalid("event", "is not the name of an event"))?;
        self.state.events.borrow_mut().listen(&*self.server()?, kind, wanted);
        Ok(())
    }

    /// What happened since the last call, as a JSON array of `ServerEvent`; null: nothing.
    #[napi(catch_unwind)]
    pub fn take_events(&self) -> Option<String> {
        self.state.events.borrow().take()
    }

    /// Opens a peer's stream. Gives its number, for the other calls about it.
    #[napi(catch_unwind)]
    pub fn subscribe(&self, room: String, peer: String, last_id: Option<f64>) -> Result<u32> {
        let stream = self.server()?.subscribe(&room, &peer, last_id.map(millis)).map_err(refused)?;
        Ok(self.state.streams.borrow_mut().add(stream))
    }

    /// The streams that have something to read, or are over, and were read to their end before.
    #[napi(catch_unwind)]
    pub fn ready_streams(&self) -> Vec<u32> {
        self.state.streams.borrow().take_ready()
    }

    /// What waits in a stream, as server-sent events; what is over ends with a line `!`.
    #[napi(catch_unwind)]
    pub fn read_stream_text(&self, stream: u32) -> String {
        let read = self.state.streams.borrow_mut().read(stream);
        let mut text: String = read.items.iter().map(StreamItem::to_sse).collect();
        if read.is_over {
            text.push('!');
        }
        text
    }

    /// What waits in a stream: `[over, [id, SignalEvent] | null, …]` as JSON; null where signals are lost.
    #[napi(catch_unwind)]
    pub fn read_stream(&self, stream: u32) -> Result<String> {
        let read = self.state.streams.borrow_mut().read(stream);
        let items: Vec<_> = (read.items.iter())
            .map(|item| match item {
                StreamItem::Signal { seq, event } => Some((seq, event)),
                StreamItem::Lagged => None,
            })
            .collect();
        to_json(&(read.is_over, items))
    }

    #[napi(catch_unwind)]
    pub fn close_stream(&self, stream: u32) {
        self.state.streams.borrow_mut().close(stream);
    }

    /// Ends every room, and frees all. The events of it are still to be taken.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        let Some(server) = self.state.server.take() else { return };
        for room in server.rooms() {
            // It may be gone by itself.
            let _ = server.close_room(&room);
        }
        self.state.streams.take();
        self.state.peers.take();
    }
}

fn json(path: &'static str, text: &str) -> Result<Json> {
    Json::parse(text).map_err(|_| invalid(path, "must be JSON"))
}

fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| invalid("result", error.to_string()))
}

/// Without the place in a text that no caller has written.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Exact below 2^53, which is the year 287,000.
#[allow(clippy::cast_precision_loss, reason = "see above")]
fn number(value: impl TryInto<u64>) -> f64 {
    value.try_into().unwrap_or(u64::MAX) as f64
}
