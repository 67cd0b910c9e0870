//! The calls.

use crate::{
    error::{Result, closed, invalid, refused},
    events::Events,
    streams::Streams,
};
use napi_derive::napi;
use rtc_server::{
    CreateRoomRequest, EventKind, Json, Millis, PeerSignal, RoomOptions, RtcServer, RtcServerOptions,
    StreamItem,
};
use rtc_types::limits::PARTICIPANTS_MAX;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A server of one Node environment.
#[napi]
pub struct NativeServer {
    /// `None`: closed.
    server: Option<RtcServer>,
    events: Events,
    streams: Streams,
    /// The host's time, where it brings its own.
    clock: Option<Arc<AtomicU64>>,
}

#[napi]
impl NativeServer {
    /// `options`: `RtcServerOptions` as JSON. `has_clock`: the time is what `set_time` was told last.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: String, has_clock: bool) -> Result<Self> {
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
        let clock = has_clock.then(Arc::<AtomicU64>::default);
        if let Some(clock) = clock.clone() {
            builder = builder.clock(move || clock.load(Ordering::Relaxed));
        }
        let (events, streams) = (Events::default(), Streams::default());
        Ok(Self { server: Some(builder.build()), events, streams, clock })
    }

    fn server(&self) -> Result<&RtcServer> {
        self.server.as_ref().ok_or_else(closed)
    }

    /// Milliseconds since the Unix epoch.
    #[napi(catch_unwind)]
    pub fn set_time(&self, now: f64) {
        if let Some(clock) = &self.clock {
            clock.store(millis(now), Ordering::Relaxed);
        }
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

    /// Gives the ids of the others, each in a line: an id holds no line break, and one text crosses
    /// faster than an array. The rest of a `ConnectInfo` is what the wrapper knows.
    #[napi(catch_unwind)]
    pub fn connect(&self, room: String, peer: String, metadata: Option<String>) -> Result<String> {
        let metadata = metadata.map(|text| json("metadata", &text)).transpose()?;
        let info = self.server()?.connect_peer(&room, &peer, metadata).map_err(refused)?;
        Ok(info.peers.join("\n"))
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

    /// Gives an array of `SweptPeer` as JSON. `now`: milliseconds since the Unix epoch; missing: the
    /// server's clock.
    #[napi(catch_unwind)]
    pub fn sweep(&self, now: Option<f64>) -> Result<String> {
        let server = self.server()?;
        to_json(&server.sweep(now.map_or_else(|| server.now(), millis)))
    }

    /// Starts or stops to collect a kind of event, such as `peer:connected`.
    #[napi(catch_unwind)]
    pub fn listen(&mut self, kind: String, wanted: bool) -> Result<()> {
        let kind = EventKind::parse(&kind).ok_or_else(|| invalid("event", "is not the name of an event"))?;
        let server = self.server.as_ref().ok_or_else(closed)?;
        self.events.listen(server, kind, wanted);
        Ok(())
    }

    /// What happened since the last call, as a JSON array of `ServerEvent`; null: nothing.
    #[napi(catch_unwind)]
    pub fn take_events(&self) -> Option<String> {
        self.events.take()
    }

    /// Opens a peer's stream. Gives its number, for the other calls about it.
    #[napi(catch_unwind)]
    pub fn subscribe(&mut self, room: String, peer: String, last_id: Option<f64>) -> Result<u32> {
        let server = self.server.as_ref().ok_or_else(closed)?;
        let stream = server.subscribe(&room, &peer, last_id.map(millis)).map_err(refused)?;
        Ok(self.streams.add(stream))
    }

    /// The streams that have something to read, or are over, and were read to their end before.
    #[napi(catch_unwind)]
    pub fn ready_streams(&self) -> Vec<u32> {
        self.streams.take_ready()
    }

    /// What waits in a stream, as server-sent events; what is over ends with a line `!`.
    #[napi(catch_unwind)]
    pub fn read_stream_text(&mut self, stream: u32) -> String {
        let read = self.streams.read(stream);
        let mut text: String = read.items.iter().map(StreamItem::to_sse).collect();
        if read.is_over {
            text.push('!');
        }
        text
    }

    /// What waits in a stream: `[over, [id, SignalEvent] | null, …]` as JSON; null where signals are lost.
    #[napi(catch_unwind)]
    pub fn read_stream(&mut self, stream: u32) -> Result<String> {
        let read = self.streams.read(stream);
        let items: Vec<_> = (read.items.iter())
            .map(|item| match item {
                StreamItem::Signal { seq, event } => Some((seq, event)),
                StreamItem::Lagged => None,
            })
            .collect();
        to_json(&(read.is_over, items))
    }

    #[napi(catch_unwind)]
    pub fn close_stream(&mut self, stream: u32) {
        self.streams.close(stream);
    }

    /// Ends every room, and frees all. The events of it are still to be taken.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        let Some(server) = self.server.take() else { return };
        for room in server.rooms() {
            // It may be gone by itself.
            let _ = server.close_room(&room);
        }
        self.streams = Streams::default();
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

/// What is no time is 0, as the cast has it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates by intent")]
fn millis(value: f64) -> Millis {
    value as Millis
}

/// Exact below 2^53, which is the year 287,000.
#[allow(clippy::cast_precision_loss, reason = "see above")]
fn number(value: impl TryInto<u64>) -> f64 {
    value.try_into().unwrap_or(u64::MAX) as f64
}
