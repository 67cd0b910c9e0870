//! The server: its calls.

use crate::{
    builder::{Config, RtcServerBuilder},
    entry::{Cell, Entry, Named, to_domain},
    error::{ConnectError, CreateRoomError, InvalidInput, PeerError, SignalError},
    event::{Event, EventKind},
    event_stream::EventStream,
    listeners::{Listener, Listeners},
    signal_stream::{SignalQueue, SignalStream, StreamItem},
};
use foldhash::quality::RandomState;
use parking_lot::Mutex;
use rtc_room::{Audience, Content, Disconnect, DuplicatePolicy, Join, Liveness, RoomConfig};
use rtc_types::{
    ConnectionId, Json, Millis, PeerInfo, Role, RoomId, SeatId, UserId,
    limits::{METADATA_BYTES_MAX, PARTICIPANTS_MAX, SIGNALING_MESSAGE_BYTES_MAX},
};
use rtc_wire::embed::{
    ConnectInfo, DisconnectAnswer, PeerSignal, RoomSnapshot, SIGNAL_TYPE_CHARS_MAX, SignalAnswer, SweptPeer,
};
use rtc_wire::signal::IceServer;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How a room is made by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomOptions {
    /// How many peers it admits: 1–1000; `None`: as the server is configured.
    pub max_peers: Option<usize>,
    /// A JSON object of at most 8 KiB that the snapshot shows.
    pub metadata: Option<Json>,
}

/// A signaling server inside your process. Clones are handles of the same server.
#[derive(Clone)]
pub struct RtcServer(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    rooms: Mutex<HashSet<Named, RandomState>>,
    listeners: Arc<Listeners>,
    connections: AtomicU64,
}

impl Default for RtcServer {
    fn default() -> Self {
        RtcServerBuilder::default().build()
    }
}

impl RtcServer {
    /// A server with the defaults: 8 peers a room, a heartbeat every 30 s, one public STUN server.
    pub fn new() -> Self {
        Self::default()
    }

    /// A server with other values.
    pub fn builder() -> RtcServerBuilder {
        RtcServerBuilder::default()
    }

    pub(crate) fn with_config(config: Config) -> Self {
        Self(Arc::new(Inner {
            config,
            rooms: Mutex::default(),
            listeners: Arc::default(),
            connections: AtomicU64::new(1),
        }))
    }

    /// Makes a room by hand. It stays, empty, until its last peer goes or [`RtcServer::close_room`].
    ///
    /// # Errors
    /// See [`CreateRoomError`].
    pub fn create_room(&self, room: &str, options: RoomOptions) -> Result<RoomSnapshot, CreateRoomError> {
        let id = room_id(room)?;
        if options.max_peers.is_some_and(|peers| peers == 0 || peers > PARTICIPANTS_MAX as usize) {
            let message = format!("must be 1 to {PARTICIPANTS_MAX}");
            return Err(InvalidInput { path: "maxPeers", message }.into());
        }
        check_metadata(options.metadata.as_ref())?;
        let snapshot = {
            let mut rooms = self.0.rooms.lock();
            if rooms.get(room.as_bytes()).is_some_and(|Named(cell)| !cell.entry.lock().closed) {
                return Err(CreateRoomError::Exists);
            }
            let cell = self.0.new_room(id, options);
            let snapshot = cell.0.entry.lock().snapshot(&cell.0.id);
            // One of this name that is closed may still be there.
            rooms.replace(cell);
            snapshot
        };
        self.0.listeners.run();
        Ok(snapshot)
    }

    /// Ends a room and everybody's seat in it.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn close_room(&self, room: &str) -> Result<(), PeerError> {
        check_room(room)?;
        self.0.with_room(room, |entry| entry.room.close()).ok_or(PeerError::RoomNotFound)?;
        Ok(())
    }

    /// Gives a peer a seat; makes the room if there is none.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn connect_peer(
        &self,
        room: &str,
        peer: &str,
        metadata: Option<Json>,
    ) -> Result<ConnectInfo, ConnectError> {
        check_room(room)?;
        let seat = peer_id("peerId", peer)?;
        check_metadata(metadata.as_ref())?;
        let now = self.now();
        let (_, joined) = self.0.with_room_or_new(room, |entry| {
            entry.drop_silent(now);
            entry.room.join(now, self.0.join(seat, metadata))
        })?;
        let joined = joined.map_err(ConnectError::from)?;
        Ok(ConnectInfo {
            room_id: room.to_string(),
            peer_id: peer.to_string(),
            ice_servers: self.0.config.ice_servers.clone(),
            heartbeat_interval_ms: self.0.config.heartbeat_interval_ms,
            peers: joined.peers.iter().map(|peer| peer.seat.to_string()).collect(),
        })
    }

    /// Takes note that a peer is alive. Gives when.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn heartbeat(&self, room: &str, peer: &str) -> Result<Millis, PeerError> {
        check_room(room)?;
        let peer = peer_id("peerId", peer)?;
        let now = self.now();
        let result = self.0.with_room(room, |entry| entry.room.handle_heartbeat(now, &peer));
        result.ok_or(PeerError::RoomNotFound)?.0.map_err(|_| PeerError::PeerNotFound)
    }

    /// Hands a signal to the listeners, and to one peer or, without `to`, to all others.
    ///
    /// # Errors
    /// See [`SignalError`].
    pub fn relay(
        &self,
        room: &str,
        from: &str,
        signal: PeerSignal,
        to: Option<&str>,
    ) -> Result<SignalAnswer, SignalError> {
        check_room(room)?;
        let from = peer_id("fromPeerId", from)?;
        let to = to.map(|to| peer_id("toPeerId", to)).transpose()?;
        check_signal(&signal.kind, &signal.payload)?;
        let content = Content::Signal(to_domain(&signal.kind, signal.payload));
        let audience = to.as_ref().map_or(Audience::Everyone, |to| Audience::One(to.as_str()));
        let result = self.0.with_room(room, |entry| entry.room.relay(&from, audience, content));
        let (recipients, listeners_notified) = result.ok_or(SignalError::RoomNotFound)?;
        Ok(SignalAnswer { listeners_notified, recipients: recipients? })
    }

    /// Takes a peer's seat away. The room closes with its last peer.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn disconnect_peer(&self, room: &str, peer: &str) -> Result<DisconnectAnswer, PeerError> {
        check_room(room)?;
        let peer = peer_id("peerId", peer)?;
        let result = self.0.with_room(room, |entry| entry.leave(&peer));
        let room_closed = result.ok_or(PeerError::RoomNotFound)?.0.ok_or(PeerError::PeerNotFound)?;
        Ok(DisconnectAnswer { room_id: room.to_string(), peer_id: peer.to_string(), room_closed })
    }

    /// A room as it is.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn snapshot(&self, room: &str) -> Result<RoomSnapshot, PeerError> {
        let id = room_id(room)?;
        let snapshot = self.0.with_room(room, |entry| entry.snapshot(&id));
        snapshot.map(|(snapshot, _)| snapshot).ok_or(PeerError::RoomNotFound)
    }

    /// The ids of the rooms, in no order.
    pub fn rooms(&self) -> Vec<String> {
        self.0.rooms.lock().iter().map(|room| room.0.id.to_string()).collect()
    }

    /// Drops the peers whose last heartbeat is two intervals old. Gives those. `now`: milliseconds since
    /// the Unix epoch; [`RtcServer::now`] has the server's own.
    pub fn sweep(&self, now: Millis) -> Vec<SweptPeer> {
        let rooms: Vec<Named> = self.0.rooms.lock().iter().cloned().collect();
        rooms.iter().flat_map(|Named(cell)| self.0.sweep_room(cell, now)).collect()
    }

    /// The time by the server's clock.
    pub fn now(&self) -> Millis {
        (self.0.config.clock)()
    }

    /// How often peers have to say that they are alive; a good interval for sweeps too.
    pub fn heartbeat_interval(&self) -> Duration {
        Duration::from_millis(self.0.config.heartbeat_interval_ms)
    }

    /// The servers that peers are told to use.
    pub fn ice_servers(&self) -> &[IceServer] {
        &self.0.config.ice_servers
    }

    /// Opens a peer's stream of what others send to it, from after `last_seq`; `None`: from the oldest
    /// that is kept. A stream that was open ends.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn subscribe(
        &self,
        room: &str,
        peer: &str,
        last_seq: Option<u64>,
    ) -> Result<SignalStream, PeerError> {
        let (room, peer) = (room_id(room)?, peer_id("peerId", peer)?);
        let connection = ConnectionId(self.0.connections.fetch_add(1, Ordering::Relaxed));
        let queue = Arc::<SignalQueue>::default();
        let now = self.now();
        let attached = self.0.with_room(room.as_str(), |entry| {
            if entry.room.attach(now, &peer, connection, last_seq)?.is_none() {
                queue.push(StreamItem::Lagged);
                entry.room.attach(now, &peer, connection, None)?;
            }
            entry.add_stream(connection, peer.clone(), queue.clone());
            Ok::<_, rtc_room::AttachError>(())
        });
        attached.ok_or(PeerError::RoomNotFound)?.0.map_err(|_| PeerError::PeerNotFound)?;
        Ok(SignalStream { queue, server: Arc::downgrade(&self.0), room, peer, connection })
    }

    /// Calls `callback` on each event of a kind.
    pub fn on(&self, kind: EventKind, callback: impl Fn(&Event) + Send + Sync + 'static) -> Listener {
        self.0.listeners.add(Some(kind), Box::new(callback))
    }

    /// Calls `callback` on every event.
    pub fn on_any(&self, callback: impl Fn(&Event) + Send + Sync + 'static) -> Listener {
        self.0.listeners.add(None, Box::new(callback))
    }

    /// Every event from now on, as a stream.
    pub fn events(&self) -> EventStream {
        self.0.listeners.stream()
    }
}

impl Inner {
    fn new_room(&self, id: RoomId, options: RoomOptions) -> Named {
        let config = RoomConfig {
            capacity: options.max_peers.unwrap_or(self.config.max_peers_per_room),
            replay: self.config.replay,
            reports_traffic: self.listeners.wants_traffic(),
            // Peers of this server hear signals only; its listeners hear who comes and goes.
            announces_peers: false,
        };
        if !self.listeners.is_idle() {
            self.listeners.push(Event::RoomCreated { room_id: id.to_string() });
        }
        let entry = Entry::new(config, (self.config.clock)(), options.metadata).into();
        Named(Arc::new(Cell { id, entry }))
    }

    pub(crate) fn join(&self, seat: SeatId, metadata: Option<Json>) -> Join {
        Join {
            peer: PeerInfo { user_id: UserId::from(seat.clone()), seat, role: Role::Participant },
            connection: None,
            liveness: Liveness::Heartbeat { interval_ms: self.config.heartbeat_interval_ms },
            duplicates: DuplicatePolicy::Reject,
            resume_token: None,
            jti: None,
            metadata,
            hidden: false,
        }
    }

    fn sweep_room(&self, cell: &Arc<Cell>, now: Millis) -> Vec<SweptPeer> {
        let views = self.run(cell, |entry| entry.room.handle_timeout(now));
        let views = views.into_iter().flat_map(|(views, _)| views);
        let swept = views.map(|view| SweptPeer {
            room_id: cell.id.to_string(),
            peer_id: view.peer.seat.to_string(),
            last_seen: view.last_seen,
        });
        swept.collect()
    }

    /// Runs one operation on a room and carries its outputs out; then, with the room free, calls the
    /// listeners. Gives the operation's result, and how many listeners were handed a signal.
    fn with_room<T>(&self, id: &str, operation: impl FnOnce(&mut Entry) -> T) -> Option<(T, usize)> {
        let Named(cell) = self.rooms.lock().get(id.as_bytes()).cloned()?;
        self.run(&cell, operation)
    }

    /// Gives the room, too.
    pub(crate) fn with_room_or_new<T>(
        &self,
        id: &str,
        operation: impl FnOnce(&mut Entry) -> T,
    ) -> Result<(Arc<Cell>, T), InvalidInput> {
        // Not run in a room that was closed meanwhile.
        let mut operation = Some(operation);
        loop {
            let cell = {
                let mut rooms = self.rooms.lock();
                match rooms.get(id.as_bytes()) {
                    Some(Named(cell)) => cell.clone(),
                    None => {
                        let made = self.new_room(room_id(id)?, RoomOptions::default());
                        rooms.insert(made.clone());
                        made.0
                    }
                }
            };
            if let Some((Some(result), _)) = self.run(&cell, |entry| operation.take().map(|run| run(entry))) {
                return Ok((cell, result));
            }
        }
    }

    /// `None` where the room was closed meanwhile.
    pub(crate) fn run<T>(
        &self,
        cell: &Arc<Cell>,
        operation: impl FnOnce(&mut Entry) -> T,
    ) -> Option<(T, usize)> {
        let mut held = cell.entry.lock();
        let was_closed = held.closed;
        let done = (!was_closed).then(|| {
            let had_peers = !held.room.is_empty();
            held.room.set_reports_traffic(self.listeners.wants_traffic());
            held.room.set_unheard(self.listeners.is_idle());
            let result = operation(&mut held);
            let notified = held.pump(&cell.id, &self.listeners);
            if held.room.is_empty() && (had_peers || held.room.is_closed()) {
                held.closed = true;
                if !self.listeners.is_idle() {
                    self.listeners.push(Event::RoomClosed { room_id: cell.id.to_string() });
                }
            }
            (result, notified)
        });
        let is_closed = held.closed;
        drop(held);
        if is_closed {
            let mut rooms = self.rooms.lock();
            if rooms.get(cell.id.as_bytes()).is_some_and(|Named(known)| Arc::ptr_eq(known, cell)) {
                rooms.remove(cell.id.as_bytes());
            }
        }
        self.listeners.run();
        done
    }

    pub(crate) fn close_stream(&self, room: &RoomId, peer: &SeatId, connection: ConnectionId) {
        let now = (self.config.clock)();
        self.with_room(room.as_str(), |entry| {
            entry.end_stream(connection);
            entry.room.handle_disconnect(now, peer, connection, Disconnect::Drop);
        });
    }
}

pub(crate) fn room_id(text: &str) -> Result<RoomId, InvalidInput> {
    RoomId::new(text).map_err(|error| InvalidInput { path: "roomId", message: error.to_string() })
}

pub(crate) fn check_room(text: &str) -> Result<(), InvalidInput> {
    RoomId::check(text).map_err(|error| InvalidInput { path: "roomId", message: error.to_string() })
}

pub(crate) fn peer_id(path: &'static str, text: &str) -> Result<SeatId, InvalidInput> {
    SeatId::new(text).map_err(|error| InvalidInput { path, message: error.to_string() })
}

pub(crate) fn check_metadata(metadata: Option<&Json>) -> Result<(), InvalidInput> {
    let Some(metadata) = metadata else { return Ok(()) };
    if !metadata.is_object() || metadata.as_str().len() > METADATA_BYTES_MAX {
        let message = format!("must be an object of at most {METADATA_BYTES_MAX} bytes");
        return Err(InvalidInput { path: "metadata", message });
    }
    Ok(())
}

pub(crate) fn check_signal(name: &str, payload: &Json) -> Result<(), SignalError> {
    // Nearly all names: a character is a byte.
    let is_plain = name.len().wrapping_sub(1) < SIGNAL_TYPE_CHARS_MAX
        && name.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    let is_refused = || {
        name.is_empty() || name.chars().count() > SIGNAL_TYPE_CHARS_MAX || name.chars().any(char::is_control)
    };
    if !is_plain && is_refused() {
        let message = format!("must be 1–{SIGNAL_TYPE_CHARS_MAX} printable characters");
        return Err(InvalidInput { path: "signal.type", message }.into());
    }
    if payload.as_str().len() > SIGNALING_MESSAGE_BYTES_MAX {
        return Err(SignalError::TooLarge);
    }
    Ok(())
}
