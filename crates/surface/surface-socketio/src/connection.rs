//! One socket: who it is, which rooms it is in, and what its events do.

use crate::{
    asker::{Asker, refusal},
    auth::Identity,
    config::SocketIoConfig,
    job::Job,
    sfu::Call,
};
use parking_lot::Mutex;
use rtc_app::{App, Audience, Content, Mailbox, MessageRate, Session, Signal, SignalKind, Verdict};
use rtc_types::ErrorCode;
use rtc_wire::socketio::{ClientEvent, Relay, RelayKind};
use socketioxide::{
    handler::Value,
    socket::{DisconnectReason, Socket},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Events that may wait for one before them that is not done yet: who comes into a large call asks for all of
/// its tracks at once.
const WAITING_MAX: usize = 256;
/// How long a client that sent too much has to read why it is cut off; what it sends meanwhile is dropped.
const FAREWELL: Duration = Duration::from_millis(500);
/// How often the end of a connection is tried whose queue is full.
const CUT_OFF_RETRY: Duration = Duration::from_secs(1);

/// What every connection shares.
pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) config: SocketIoConfig,
    pub(crate) received: metrics::Counter,
    pub(crate) sent: metrics::Counter,
}

impl Shared {
    pub(crate) fn new(app: App, config: SocketIoConfig) -> Self {
        Self {
            app,
            config,
            received: metrics::counter!("rtc_socketio_events_received_total"),
            sent: metrics::counter!("rtc_socketio_events_sent_total"),
        }
    }
}

/// One socket. Its lock comes before a room's; what a room wakes never takes it.
pub(crate) struct Connection {
    pub(crate) shared: Arc<Shared>,
    pub(crate) identity: Identity,
    pub(crate) state: Mutex<State>,
    /// It is being cut off already.
    cut: AtomicBool,
}

pub(crate) struct State {
    pub(crate) rooms: Vec<Membership>,
    /// The call that the socket is in.
    pub(crate) call: Option<Call>,
    pub(crate) has_joined: bool,
    /// The socket is gone; a join under way gives its seat back.
    pub(crate) ended: bool,
    /// Something that takes its time is under way. What the client sent after it waits, so that its order
    /// holds.
    pub(crate) busy: bool,
    pub(crate) waiting: VecDeque<(ClientEvent, Asker)>,
    rate: MessageRate,
}

/// A seat in a room.
pub(crate) struct Membership {
    pub(crate) session: Session,
    pub(crate) mailbox: Arc<Mailbox>,
}

impl State {
    pub(crate) fn membership(&self, room_id: &str) -> Option<usize> {
        self.rooms.iter().position(|room| room.session.info().room_id.as_str() == room_id)
    }
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, identity: Identity) -> Arc<Self> {
        let rate = MessageRate::new(shared.config.rate_per_s, shared.config.burst, Instant::now());
        let state = State {
            rooms: Vec::new(),
            call: None,
            has_joined: false,
            ended: false,
            busy: false,
            waiting: VecDeque::new(),
            rate,
        };
        metrics::gauge!("rtc_socketio_connections").increment(1);
        Arc::new(Self { shared, identity, state: Mutex::new(state), cut: AtomicBool::new(false) })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Takes one event of the socket.
    pub(crate) fn receive(self: &Arc<Self>, socket: Arc<Socket>, event: Value, ack_id: Option<i64>) {
        self.shared.received.increment(1);
        let (asker, event) = Asker::new(socket, event, ack_id);
        let mut state = self.state.lock();
        if state.ended {
            return;
        }
        match state.rate.take(Instant::now()) {
            Verdict::Take => {}
            Verdict::Close => {
                // The end of the socket takes this lock too.
                drop(state);
                return self.end_flood(asker);
            }
            verdict => {
                if verdict == Verdict::RefuseAloud || asker.has_ack() {
                    asker.refuse(ErrorCode::RateLimitExceeded, "too many events: slow down");
                }
                return;
            }
        }
        let event = match read(&event) {
            Ok(event) => event,
            Err(text) => return asker.refuse(ErrorCode::ValidationError, text),
        };
        if !state.busy {
            if let Some(job) = self.handle(&mut state, event, asker) {
                state.busy = true;
                tokio::spawn(self.clone().run_jobs(job));
            }
        } else if state.waiting.len() < WAITING_MAX {
            state.waiting.push_back((event, asker));
        } else {
            asker.refuse(ErrorCode::RateLimitExceeded, "too many events at once: wait for answers");
        }
    }

    /// Does what an event asks for; what takes its time is given back as a job.
    pub(crate) fn handle(&self, state: &mut State, event: ClientEvent, asker: Asker) -> Option<Job> {
        match event {
            ClientEvent::JoinRoom { room_id, user_id } => {
                return self.prepare_join(state, room_id, user_id, asker).map(Job::Join);
            }
            ClientEvent::LeaveRoom { room_id } => match state.membership(&room_id) {
                Some(index) => {
                    state.rooms.swap_remove(index).session.leave();
                    asker.done();
                }
                None => asker.refuse(ErrorCode::NotInRoom, "this connection is not in the room"),
            },
            ClientEvent::Relay(relay) => handle_relay(state, relay, asker),
            ClientEvent::Call(event) => return self.handle_call(state, event, asker),
        }
        None
    }

    /// Drops a seat that ended from the room's side.
    pub(crate) fn forget(&self, mailbox: &Arc<Mailbox>) {
        let mut state = self.state.lock();
        state.rooms.retain(|room| !Arc::ptr_eq(&room.mailbox, mailbox));
        if state.call.as_ref().is_some_and(|call| Arc::ptr_eq(&call.membership.mailbox, mailbox)) {
            state.call = None;
        }
    }

    /// The socket is gone: its seats end.
    pub(crate) fn end(&self, reason: DisconnectReason) {
        let rooms = {
            let mut state = self.state.lock();
            state.ended = true;
            state.waiting = VecDeque::new();
            let mut rooms = std::mem::take(&mut state.rooms);
            rooms.extend(state.call.take().map(|call| call.membership));
            rooms
        };
        for room in rooms {
            match reason {
                DisconnectReason::HeartbeatTimeout | DisconnectReason::TransportError => {
                    room.session.drop_connection();
                }
                _ => room.session.leave(),
            }
        }
    }

    /// Ends a connection whose queue is full. Its seats end at once; the farewell needs room in the queue,
    /// or the heartbeat finds it full and ends the connection for us.
    pub(crate) fn cut_off(self: &Arc<Self>, socket: Arc<Socket>) {
        if self.cut.swap(true, Ordering::Relaxed) {
            return;
        }
        let connection = self.clone();
        tokio::spawn(async move {
            connection.end(DisconnectReason::TransportError);
            disconnect(socket).await;
        });
    }

    /// Ends a connection that goes on sending too much: its seats at once, its transport a little later. A
    /// transport that is closed with events unread is reset, and the client never learns why.
    fn end_flood(&self, asker: Asker) {
        let socket = asker.socket().clone();
        asker.refuse(ErrorCode::RateLimitExceeded, "too many events: the connection ends");
        self.end(DisconnectReason::ServerNSDisconnect);
        tokio::spawn(async move {
            tokio::time::sleep(FAREWELL).await;
            disconnect(socket).await;
        });
    }

    /// Ends the connection if it has not joined a room in time.
    pub(crate) fn expect_a_join(self: &Arc<Self>, socket: &Arc<Socket>) {
        let deadline = Duration::from_millis(self.shared.config.join_deadline_ms);
        let (connection, socket) = (Arc::downgrade(self), Arc::downgrade(socket));
        tokio::spawn(async move {
            tokio::time::sleep(deadline).await;
            let (Some(connection), Some(socket)) = (connection.upgrade(), socket.upgrade()) else {
                return;
            };
            let joined = {
                let state = connection.state.lock();
                state.has_joined || state.busy || state.ended
            };
            if !joined {
                let _ = socket.emit("error", &refusal(ErrorCode::NotInRoom, "no room was joined in time"));
                let _ = socket.disconnect();
            }
        });
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        metrics::gauge!("rtc_socketio_connections").decrement(1);
    }
}

fn read(event: &Value) -> Result<ClientEvent, String> {
    match event {
        Value::Str(text, None) => ClientEvent::parse(text).map_err(|error| error.0),
        _ => Err("binary attachments are not accepted".into()),
    }
}

fn handle_relay(state: &State, relay: Relay, asker: Asker) {
    let Some(index) = state.membership(&relay.room_id) else {
        return asker.refuse(ErrorCode::NotInRoom, "this connection is not in the room");
    };
    let kind = match relay.kind {
        RelayKind::Offer => SignalKind::Offer,
        RelayKind::Answer => SignalKind::Answer,
        RelayKind::IceCandidate => SignalKind::Ice,
    };
    let content = Content::Signal(Signal { kind, body: relay.body });
    match state.rooms[index].session.relay(None, Audience::One(&relay.target_id), content) {
        Ok(_) => asker.done(),
        Err(error) => asker.refuse(error.code(), error.to_string()),
    }
}

/// Ends a connection, also one whose queue has no room for the farewell yet.
async fn disconnect(socket: Arc<Socket>) {
    while socket.connected() && socket.clone().disconnect().is_err() {
        tokio::time::sleep(CUT_OFF_RETRY).await;
    }
}
