//! A room with a clock at hand, and short words for what scenarios do.

use rtc_room::{
    Audience, Content, Delivery, Disconnect, DuplicatePolicy, Join, JoinError, Joined, Liveness, Output,
    RelayError, ReplayLimits, ResumeToken, Room, RoomConfig, RoomEvent, RoomMessage,
};
use rtc_types::{CloseReason, ConnectionId, Json, Jti, LeaveReason, Millis, PeerInfo, Role, SeatId, UserId};

pub const WINDOW_MS: Millis = 20_000;
pub const INTERVAL_MS: Millis = 30_000;

pub fn config(capacity: usize) -> RoomConfig {
    RoomConfig { capacity, replay: ReplayLimits::default(), reports_traffic: true, announces_peers: true }
}

pub fn seat(name: &str) -> SeatId {
    SeatId::new(name).unwrap()
}

pub fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

pub fn text(text: &str) -> Content {
    Content::Data(Json::of(&text).unwrap())
}

pub fn resumable() -> Liveness {
    Liveness::Connection { resume_window_ms: WINDOW_MS }
}

/// A join as surface A makes it: the user is called as the seat is, the resume token is `r-<seat>`.
pub fn join_of(name: &str, connection: u64) -> Join {
    Join {
        peer: PeerInfo { seat: seat(name), user_id: user(name), role: Role::Participant },
        connection: Some(ConnectionId(connection)),
        liveness: resumable(),
        duplicates: DuplicatePolicy::Replace,
        resume_token: Some(ResumeToken(format!("r-{name}").into())),
        jti: Some(Jti::new(format!("j-{name}")).unwrap()),
        metadata: None,
        hidden: false,
    }
}

pub struct Scene {
    pub room: Room,
    pub now: Millis,
}

impl Scene {
    pub fn new(config: RoomConfig) -> Self {
        Self { room: Room::new(config), now: 1_000_000 }
    }

    /// A room for 8 in which these peers sit, on connections 1, 2, …
    pub fn with(names: &[&str]) -> Self {
        let mut scene = Self::new(config(8));
        for (name, connection) in names.iter().zip(1..) {
            scene.join(name, connection).unwrap();
        }
        scene.outputs();
        scene
    }

    pub fn join(&mut self, name: &str, connection: u64) -> Result<Joined, JoinError> {
        self.room.join(self.now, join_of(name, connection))
    }

    pub fn say(&mut self, from: &str, to: Audience<'_>, what: &str) -> Result<usize, RelayError> {
        self.room.relay(&seat(from), to, text(what))
    }

    pub fn drop(&mut self, name: &str, connection: u64) {
        self.room.handle_disconnect(self.now, &seat(name), ConnectionId(connection), Disconnect::Drop);
    }

    /// Lets time pass and calls the room as its owner would: when it asked to be called.
    pub fn pass(&mut self, ms: Millis) {
        let end = self.now + ms;
        while let Some(at) = self.room.poll_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.room.handle_timeout(self.now);
        }
        self.now = end;
    }

    pub fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.room.poll_output()).collect()
    }

    /// What connections were sent: (connection, seq, what).
    pub fn deliveries(&mut self) -> Vec<(u64, u64, String)> {
        let told = |output| match output {
            Output::Deliver(Delivery { connection, seq, message, .. }) => {
                Some((connection.0, seq, told(&message)))
            }
            _ => None,
        };
        self.outputs().into_iter().filter_map(told).collect()
    }

    pub fn closes(&mut self) -> Vec<(u64, CloseReason)> {
        let close = |output| match output {
            Output::Close { connection, reason, .. } => Some((connection.0, reason)),
            _ => None,
        };
        self.outputs().into_iter().filter_map(close).collect()
    }

    pub fn ends(&mut self) -> Vec<(String, LeaveReason)> {
        let end = |output| match output {
            Output::Event(RoomEvent::PeerDisconnected { seat, reason }) => {
                Some((seat.peer.seat.to_string(), reason))
            }
            _ => None,
        };
        self.outputs().into_iter().filter_map(end).collect()
    }

    pub fn names(&self) -> Vec<&str> {
        self.room.peers().map(|peer| peer.seat.as_str()).collect()
    }
}

/// A message in short: `+ann`, `-ann left`, `ann: "hi"`, `ann muted audio`.
pub fn told(message: &RoomMessage) -> String {
    match message {
        RoomMessage::PeerJoined { peer, .. } => format!("+{}", peer.seat),
        RoomMessage::PeerLeft { peer, reason } => format!("-{} {reason}", peer.seat),
        RoomMessage::Relayed { from, content: Content::Data(body), .. } => {
            format!("{}: {}", from.seat, body.as_str())
        }
        RoomMessage::Relayed { from, content: Content::Signal(signal), .. } => {
            format!("{}: {:?}", from.seat, signal.kind)
        }
        RoomMessage::Muted { peer, kind, muted, .. } => {
            format!("{} {} {kind}", peer.seat, if *muted { "muted" } else { "unmuted" })
        }
    }
}

/// [`Scene::deliveries`] to compare with.
pub fn sent(list: &[(u64, u64, &str)]) -> Vec<(u64, u64, String)> {
    list.iter().map(|(connection, seq, what)| (*connection, *seq, (*what).to_owned())).collect()
}
