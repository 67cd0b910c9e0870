//! Whatever clients do, in whatever order: the promises of the crate's first page hold.

use crate::world::{Client, USERS, World};
use proptest::{prelude::*, sample::Index};
use rtc_room::{
    Actor, Audience, Disconnect, DuplicatePolicy, Join, Liveness, RelayError, Resume, ResumeError,
    ResumeToken,
};
use rtc_types::{Jti, MediaKind, PeerInfo, Role};
use std::collections::VecDeque;

const WINDOW_MS: u64 = 20_000;
const INTERVAL_MS: u64 = 15_000;

/// What a client that comes back says it has seen.
#[derive(Clone, Copy, Debug)]
enum Claim {
    Right,
    Older,
    Nothing,
    Future,
}

#[derive(Clone, Copy, Debug)]
enum To {
    One(usize),
    User(usize),
    Other,
    Everyone,
}

#[derive(Clone, Copy, Debug)]
enum Kept {
    Window,
    Socket,
    Heartbeat,
}

#[derive(Clone, Debug)]
enum Op {
    Join { user: usize, kept: Kept, replace: bool, host: bool },
    Drop(usize),
    Hangup(usize),
    Leave(usize),
    Resume { user: usize, claim: Claim },
    WrongToken,
    Relay { user: usize, to: To },
    Repeat(usize),
    Receive { user: usize, count: usize },
    Acknowledge { user: usize, up_to: Index },
    Mute { by: Option<usize>, user: usize },
    Kick { by: Option<usize>, user: usize },
    Revoke(usize),
    Heartbeat(usize),
    Pass(u64),
    Capacity(usize),
}

fn ops() -> impl Strategy<Value = Op> {
    let user = 0..USERS;
    let kept = prop_oneof![3 => Just(Kept::Window), 1 => Just(Kept::Socket), 2 => Just(Kept::Heartbeat)];
    let claim = prop_oneof![
        12 => Just(Claim::Right), 3 => Just(Claim::Older), 2 => Just(Claim::Nothing), 1 => Just(Claim::Future)
    ];
    let to = prop_oneof![
        (0..USERS).prop_map(To::One),
        (0..USERS).prop_map(To::User),
        Just(To::Other),
        Just(To::Everyone)
    ];
    prop_oneof![
        6 => (user.clone(), kept, any::<bool>(), any::<bool>())
            .prop_map(|(user, kept, replace, host)| Op::Join { user, kept, replace, host }),
        4 => user.clone().prop_map(Op::Drop),
        1 => user.clone().prop_map(Op::Hangup),
        1 => user.clone().prop_map(Op::Leave),
        6 => (user.clone(), claim).prop_map(|(user, claim)| Op::Resume { user, claim }),
        1 => Just(Op::WrongToken),
        16 => (user.clone(), to).prop_map(|(user, to)| Op::Relay { user, to }),
        2 => user.clone().prop_map(Op::Repeat),
        8 => (user.clone(), 1..6usize).prop_map(|(user, count)| Op::Receive { user, count }),
        3 => (user.clone(), any::<Index>()).prop_map(|(user, up_to)| Op::Acknowledge { user, up_to }),
        1 => (prop::option::of(user.clone()), user.clone()).prop_map(|(by, user)| Op::Mute { by, user }),
        1 => (prop::option::of(user.clone()), user.clone()).prop_map(|(by, user)| Op::Kick { by, user }),
        1 => user.clone().prop_map(Op::Revoke),
        3 => user.prop_map(Op::Heartbeat),
        3 => (1..12_000u64).prop_map(Op::Pass),
        1 => (1..=USERS).prop_map(Op::Capacity),
    ]
}

impl World {
    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Join { user, kept, replace, host } => self.join(user, kept, replace, host),
            Op::Drop(user) => self.hang_up(user, Disconnect::Drop),
            Op::Hangup(user) => self.hang_up(user, Disconnect::Leave),
            Op::Leave(user) => {
                if let Some(client) = self.client_of(user) {
                    self.detach(client);
                    self.room.leave(&self.clients[client].seat).unwrap();
                }
            }
            Op::Resume { user, claim } => self.come_back(user, claim),
            Op::WrongToken => {
                let connection = self.next_connection();
                let resume = Resume { token: "guessed", connection, last_seq: Some(0) };
                assert_eq!(self.room.resume(self.now, resume), Err(ResumeError::UnknownToken));
            }
            Op::Relay { user, to } => self.relay(user, to),
            Op::Repeat(user) => {
                if let Some(client) = self.client_of(user) {
                    let seat = self.clients[client].seat.clone();
                    let id = format!("again-{}", self.messages);
                    self.messages += 1;
                    assert!(self.room.take_message_id(&seat, &id));
                    assert!(!self.room.take_message_id(&seat, &id));
                }
            }
            Op::Receive { user, count } => {
                if let Some(client) = self.client_of(user) {
                    self.receive(client, count);
                }
            }
            Op::Acknowledge { user, ref up_to } => {
                let Some(index) = self.client_of(user) else { return };
                let client = &mut self.clients[index];
                client.acknowledged =
                    client.acknowledged.max(up_to.index(client.last_seq as usize + 1) as u64);
                self.room.acknowledge(self.now, &client.seat, client.acknowledged);
            }
            Op::Heartbeat(user) => {
                if let Some(client) = self.client_of(user) {
                    self.room.handle_heartbeat(self.now, &self.clients[client].seat).unwrap();
                }
            }
            Op::Pass(ms) => self.pass(ms),
            Op::Capacity(capacity) => self.room.set_capacity(capacity),
            Op::Mute { by, user } => self.control(by, |room, actor| {
                let _ = room.mute(actor, Some(&format!("user-{user}")), MediaKind::Audio, true);
            }),
            Op::Kick { by, user } => self.control(by, |room, actor| {
                let _ = room.kick(actor, &World::user_id(user));
            }),
            Op::Revoke(user) => {
                let jti = self.client_of(user).map(|client| Jti::new(format!("jti-{client}")).unwrap());
                assert!(jti.is_none_or(|jti| self.room.revoke(&jti)));
            }
        }
    }

    fn control(&mut self, by: Option<usize>, act: impl FnOnce(&mut rtc_room::Room, Actor<'_>)) {
        let by = by.and_then(|user| self.client_of(user)).map(|client| self.clients[client].seat.clone());
        act(&mut self.room, by.as_ref().map_or(Actor::Tenant, Actor::Seat));
    }

    fn join(&mut self, user: usize, kept: Kept, replace: bool, host: bool) {
        let polls = matches!(kept, Kept::Heartbeat);
        let connection = (!polls).then(|| self.next_connection());
        let index = self.clients.len();
        let join = Join {
            peer: PeerInfo {
                seat: self.seat_name(user, polls),
                user_id: World::user_id(user),
                role: if host { Role::Host } else { Role::Participant },
            },
            connection,
            liveness: match kept {
                Kept::Window => Liveness::Connection { resume_window_ms: WINDOW_MS },
                Kept::Socket => Liveness::Connection { resume_window_ms: 0 },
                Kept::Heartbeat => Liveness::Heartbeat { interval_ms: INTERVAL_MS },
            },
            duplicates: if replace { DuplicatePolicy::Replace } else { DuplicatePolicy::Reject },
            resume_token: Some(ResumeToken(format!("token-{index}").into())),
            jti: Some(Jti::new(format!("jti-{index}")).unwrap()),
            metadata: None,
            hidden: false,
        };
        let former = self.client_of(user);
        let before = self.room.len();
        let Ok(joined) = self.room.join(self.now, join) else {
            assert!(former.is_some() || before >= self.room.capacity(), "refused without a cause");
            return;
        };
        assert!(former.is_none() || replace);
        assert!(self.room.len() <= self.room.capacity().max(before), "more seats than the capacity");
        // Those that ended on this join, the user's former seat among them, are out before it is in.
        let client = Client {
            seat: joined.peer.seat,
            user,
            connection: None,
            last_seq: joined.seq,
            acknowledged: 0,
            under_way: VecDeque::new(),
            known: joined.peers.into_iter().map(|peer| peer.seat).collect(),
            seen: Vec::new(),
            alive: true,
            missed: false,
            polls,
            no_store: matches!(kept, Kept::Socket),
        };
        self.clients.push(client);
        if let Some(connection) = connection {
            self.attach(index, connection);
        }
    }

    fn hang_up(&mut self, user: usize, how: Disconnect) {
        let Some(client) = self.client_of(user) else { return };
        if let Some(connection) = self.detach(client) {
            self.room.handle_disconnect(self.now, &self.clients[client].seat, connection, how);
            // Late news of a connection that is gone changes nothing.
            self.room.handle_disconnect(self.now, &self.clients[client].seat, connection, Disconnect::Leave);
        }
    }

    fn come_back(&mut self, user: usize, claim: Claim) {
        let Some(index) = self.client_of(user) else { return };
        let last_seq = match claim {
            Claim::Right => Some(self.clients[index].last_seq),
            Claim::Older => Some(self.clients[index].last_seq / 2),
            Claim::Nothing => None,
            Claim::Future => Some(u64::MAX),
        };
        if self.clients[index].polls {
            return self.open_stream(index, last_seq);
        }
        let held = self.clients[index].connection;
        let connection = self.next_connection();
        let token = format!("token-{index}");
        let result = self.room.resume(self.now, Resume { token: &token, connection, last_seq });
        match result {
            Ok(joined) => {
                assert!(!matches!(claim, Claim::Future));
                assert_eq!(joined.seq, last_seq.unwrap_or(0));
                self.attach(index, connection);
            }
            Err(ResumeError::Gap) => {
                let honest = matches!(claim, Claim::Right);
                assert!(!honest || !self.keeps_all(index), "what was accepted is gone");
            }
            Err(ResumeError::UnknownToken) => assert!(held.is_none(), "a held seat has its token"),
        }
    }

    fn keeps_all(&self, index: usize) -> bool {
        // Where stores are tight, or the seat has no store, something may be gone.
        self.tight_stores.is_none() && !self.clients[index].no_store
    }

    fn open_stream(&mut self, index: usize, last_seq: Option<u64>) {
        let connection = self.next_connection();
        let seat = self.clients[index].seat.clone();
        let joined = match self.room.attach(self.now, &seat, connection, last_seq).unwrap() {
            Some(joined) => joined,
            None => {
                self.clients[index].missed = true;
                self.room.attach(self.now, &seat, connection, None).unwrap().expect("what is kept")
            }
        };
        if joined.seq > self.clients[index].last_seq {
            self.clients[index].missed = true;
        }
        self.attach(index, connection);
    }

    fn relay(&mut self, user: usize, to: To) {
        let Some(sender) = self.client_of(user) else { return };
        let (number, content) = self.content(sender);
        let others: Vec<usize> =
            (0..self.clients.len()).filter(|other| self.clients[*other].alive && *other != sender).collect();
        let (name, targets) = match to {
            To::One(user) | To::User(user) => {
                let target = self.client_of(user).filter(|target| *target != sender);
                let seat = target.map(|target| self.clients[target].seat.to_string());
                let by_user = matches!(to, To::User(_)) || seat.is_none();
                let name = if by_user { format!("user-{user}") } else { seat.unwrap_or_default() };
                (Some(name), target.into_iter().collect())
            }
            To::Other if others.len() == 1 => (None, others),
            To::Other => (None, Vec::new()),
            To::Everyone => (None, others),
        };
        let audience = match (&name, to) {
            (Some(name), _) => Audience::One(name),
            (None, To::Everyone) => Audience::Everyone,
            (None, _) => Audience::Other,
        };
        match self.room.relay(&self.clients[sender].seat, audience, content) {
            Ok(receivers) => {
                assert_eq!(receivers, targets.len());
                for target in targets {
                    self.sent.entry((sender, target)).or_default().push(number);
                }
            }
            Err(RelayError::Overflow) => assert!(self.tight_stores.is_some()),
            Err(_) => assert!(targets.is_empty(), "a live peer was not found"),
        }
    }

    /// Everybody comes back and sees all, and then everybody goes away for good.
    fn finish(&mut self) {
        for user in 0..USERS {
            self.come_back(user, Claim::Right);
            self.pump();
        }
        for client in 0..self.clients.len() {
            self.receive(client, usize::MAX);
        }
        self.check_messages();
        for user in 0..USERS {
            self.hang_up(user, Disconnect::Drop);
            self.pump();
        }
        self.pass(100 * WINDOW_MS);
        assert!(self.room.is_empty(), "a seat leaked");
        assert_eq!(self.room.poll_timeout(), None);
    }
}

fn run(capacity: usize, messages_max: Option<usize>, ops: &[Op]) -> World {
    let mut world = World::new(capacity, messages_max);
    for op in ops {
        world.apply(op);
        world.pump();
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn no_message_is_lost_doubled_or_reordered_and_no_seat_leaks(
        capacity in 1..=USERS,
        ops in prop::collection::vec(ops(), 1..160),
    ) {
        run(capacity, None, &ops).finish();
    }

    #[test]
    fn tight_stores_end_seats_or_refuse_but_never_lose_silently(
        capacity in 1..=USERS,
        messages_max in 1..8usize,
        ops in prop::collection::vec(ops(), 1..160),
    ) {
        run(capacity, Some(messages_max), &ops).finish();
    }

    #[test]
    fn a_closed_room_is_empty_and_silent(ops in prop::collection::vec(ops(), 1..80)) {
        let mut world = run(USERS, None, &ops);
        world.room.close();
        world.pump();
        prop_assert!(world.room.is_empty());
        for op in &ops {
            if !matches!(op, Op::Join { .. }) {
                world.apply(op);
                world.pump();
            }
        }
        prop_assert!(world.room.is_empty());
        prop_assert_eq!(world.room.poll_timeout(), None);
    }
}
