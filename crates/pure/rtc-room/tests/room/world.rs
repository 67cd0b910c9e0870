//! A room, and for each seat a client as a real one is: it keeps the last number that it saw, drops
//! doubles, and loses what was under way when its connection drops. Every output is checked as it comes.

use crate::support::{seat, user};
use rtc_room::{Content, Output, ReplayLimits, Room, RoomConfig, RoomEvent, RoomMessage};
use rtc_types::{ConnectionId, Json, Millis, SeatId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const USERS: usize = 5;

/// One seat's client. A user that joins again is a new client.
pub struct Client {
    pub seat: SeatId,
    pub user: usize,
    pub connection: Option<ConnectionId>,
    /// The highest number seen.
    pub last_seq: u64,
    pub acknowledged: u64,
    /// Sent by the room, not yet seen.
    pub under_way: VecDeque<(u64, RoomMessage)>,
    /// Who is there, as far as it was told.
    pub known: BTreeSet<SeatId>,
    /// (sending client, number) of each message seen.
    pub seen: Vec<(usize, u64)>,
    pub alive: bool,
    /// A stream was opened over a gap, knowingly.
    pub missed: bool,
    pub polls: bool,
    /// Its messages are not kept: it ends with its connection.
    pub no_store: bool,
}

pub struct World {
    pub room: Room,
    pub now: Millis,
    pub clients: Vec<Client>,
    /// By (sender, receiver): the numbers of the messages accepted.
    pub sent: BTreeMap<(usize, usize), Vec<u64>>,
    pub messages: u64,
    /// How many messages a store keeps, where it is fewer than a test sends.
    pub tight_stores: Option<usize>,
    connections: u64,
    attached: BTreeMap<ConnectionId, usize>,
    connected: BTreeSet<SeatId>,
}

impl World {
    pub fn new(capacity: usize, tight_stores: Option<usize>) -> Self {
        let messages_max = tight_stores.unwrap_or(usize::MAX);
        let replay = ReplayLimits { messages_max, bytes_max: usize::MAX };
        Self {
            room: Room::new(RoomConfig { capacity, replay, reports_traffic: true, announces_peers: true }),
            now: 1_000,
            clients: Vec::new(),
            sent: BTreeMap::new(),
            messages: 0,
            tight_stores,
            connections: 0,
            attached: BTreeMap::new(),
            connected: BTreeSet::new(),
        }
    }

    pub fn next_connection(&mut self) -> ConnectionId {
        self.connections += 1;
        ConnectionId(self.connections)
    }

    /// The user's client that has a seat.
    pub fn client_of(&self, user: usize) -> Option<usize> {
        self.clients.iter().position(|client| client.alive && client.user == user)
    }

    pub fn attach(&mut self, client: usize, connection: ConnectionId) {
        self.detach(client);
        self.clients[client].connection = Some(connection);
        self.attached.insert(connection, client);
    }

    /// The connection is gone, and with it what was under way.
    pub fn detach(&mut self, client: usize) -> Option<ConnectionId> {
        let connection = self.clients[client].connection.take()?;
        self.attached.remove(&connection);
        self.clients[client].under_way.clear();
        Some(connection)
    }

    pub fn content(&mut self, sender: usize) -> (u64, Content) {
        self.messages += 1;
        let body = Json::of(&(sender, self.messages)).unwrap();
        (self.messages, Content::Data(body))
    }

    pub fn pump(&mut self) {
        while let Some(output) = self.room.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    let client = self.attached.get(&delivery.connection);
                    let client = *client.expect("a delivery goes to an attached connection");
                    assert_eq!(self.clients[client].seat, delivery.seat);
                    self.clients[client].under_way.push_back((delivery.seq, delivery.message));
                }
                Output::Close { connection, .. } => {
                    let held = self.attached.remove(&connection);
                    if let Some(client) = held {
                        self.receive(client, usize::MAX);
                        self.clients[client].connection = None;
                    }
                }
                Output::Event(RoomEvent::PeerConnected(view)) => {
                    assert!(self.connected.insert(view.peer.seat), "connected twice");
                }
                Output::Event(RoomEvent::PeerDisconnected { seat: view, .. }) => {
                    let seat = view.peer.seat;
                    assert!(self.connected.remove(&seat), "disconnected without having been connected");
                    let ended = self.clients.iter_mut().find(|client| client.alive && client.seat == seat);
                    ended.expect("a seat that ends was taken").alive = false;
                }
                Output::Event(_) => {}
            }
        }
        let seats: BTreeSet<_> = self.room.peers().map(|peer| peer.seat.clone()).collect();
        assert_eq!(seats, self.connected, "events and seats agree");
        let alive: BTreeSet<_> =
            self.clients.iter().filter(|client| client.alive).map(|client| client.seat.clone()).collect();
        assert_eq!(seats, alive);
    }

    /// The client sees the next messages.
    pub fn receive(&mut self, index: usize, count: usize) {
        for _ in 0..count {
            let client = &mut self.clients[index];
            let Some((seq, message)) = client.under_way.pop_front() else { return };
            if seq <= client.last_seq {
                continue;
            }
            assert!(client.missed || seq == client.last_seq + 1, "{seq} after {}", client.last_seq);
            client.last_seq = seq;
            match message {
                RoomMessage::PeerJoined { peer, .. } => {
                    assert!(client.known.insert(peer.seat) || client.missed, "joined twice");
                }
                RoomMessage::PeerLeft { peer, .. } => {
                    assert!(client.known.remove(&peer.seat) || client.missed, "left without having joined");
                }
                RoomMessage::Relayed { content: Content::Data(body), .. } => {
                    client.seen.push(serde_json_pair(body.as_str()));
                }
                RoomMessage::Relayed { .. } | RoomMessage::Muted { .. } => {}
            }
        }
    }

    /// Calls the room as its owner does: only when it asked to be called.
    pub fn pass(&mut self, ms: Millis) {
        let end = self.now + ms;
        while let Some(at) = self.room.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.room.handle_timeout(self.now);
            self.pump();
            assert!(self.room.poll_timeout().is_none_or(|next| next > self.now), "time goes on");
        }
        self.now = end;
    }

    /// What arrived is what was sent, in order; for a client whose seat ended or that missed some, as far
    /// as it came.
    pub fn check_messages(&self) {
        for ((sender, receiver), sent) in &self.sent {
            let client = &self.clients[*receiver];
            let seen: Vec<u64> =
                client.seen.iter().filter(|(from, _)| from == sender).map(|(_, number)| *number).collect();
            if client.missed {
                assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
                assert!(seen.iter().all(|number| sent.contains(number)));
            } else if client.alive {
                assert_eq!(&seen, sent, "from {sender} to {receiver}");
            } else {
                assert!(sent.starts_with(&seen), "from {sender} to {receiver}: {seen:?} of {sent:?}");
            }
        }
        for client in self.clients.iter().filter(|client| client.alive && !client.missed) {
            let others: BTreeSet<_> = self
                .room
                .peers()
                .map(|peer| peer.seat.clone())
                .filter(|other| *other != client.seat)
                .collect();
            assert_eq!(client.known, others, "{} knows who is there", client.seat);
        }
    }

    pub fn seat_name(&self, user: usize, polls: bool) -> SeatId {
        // A peer that polls is called the same each time, as in surface E; sockets have new seats.
        if polls { seat(&format!("peer-{user}")) } else { seat(&format!("seat-{}", self.clients.len())) }
    }

    pub fn user_id(user_index: usize) -> rtc_types::UserId {
        user(&format!("user-{user_index}"))
    }
}

/// Reads `[sender,number]`.
fn serde_json_pair(body: &str) -> (usize, u64) {
    let (sender, number) = body.trim_matches(['[', ']']).split_once(',').unwrap();
    (sender.parse().unwrap(), number.parse().unwrap())
}
