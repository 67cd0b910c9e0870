//! What a peer does once it has a seat.

use super::{
    cell::{RoomCell, SeatRef},
    mailbox::Mailbox,
    registry::Bar,
};
use crate::{
    App, SessionError, Tenant,
    media::{MuteOrder, PeerMedia},
};
use rtc_room::{Actor, AttachError, Audience, Content, ControlError};
use rtc_room::{Disconnect, RelayError};
use rtc_types::{AppId, ConnectionId, MediaKind, Millis, PeerInfo, RoomId, SeatId, Topology, UserId};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What a client is told of its seat.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    /// The tenant.
    pub app: AppId,
    /// The room.
    pub room_id: RoomId,
    /// The peer itself.
    pub peer: PeerInfo,
    /// The others, in the order of their joining.
    pub peers: Vec<PeerInfo>,
    /// The `seq` that the client is at.
    pub seq: u64,
    /// Whether the seat was held before.
    pub resumed: bool,
    /// How media travels.
    pub topology: Topology,
    /// Takes the seat again after a drop; `None` where the seat does not outlive its connection.
    pub resume_token: Option<String>,
}

/// One connection's hold on a seat. Dropping it counts as an accident: the seat is kept as its liveness
/// allows. A panic in a connection's task therefore harms that connection alone.
pub struct Session {
    app: App,
    at: SeatRef,
    connection: ConnectionId,
    info: Box<SessionInfo>,
    ended: AtomicBool,
}

impl Session {
    pub(crate) fn new(app: App, cell: Arc<RoomCell>, connection: ConnectionId, info: SessionInfo) -> Self {
        let at = SeatRef { cell, seat: info.peer.seat.clone() };
        Self { app, at, connection, info: Box::new(info), ended: AtomicBool::new(false) }
    }

    /// What the client is told.
    pub fn info(&self) -> &SessionInfo {
        &self.info
    }

    pub(crate) fn cell(&self) -> &Arc<RoomCell> {
        &self.at.cell
    }

    /// The seat's handle, which any surface may hold besides.
    pub fn peer(&self) -> PeerHandle {
        PeerHandle { app: self.app.clone(), at: self.at.clone() }
    }

    /// Relays a message. `id`: the client's own id of it; a repeat is taken for done. Gives the number of
    /// receivers.
    ///
    /// # Errors
    /// See [`RelayError`].
    pub fn relay(&self, id: Option<&str>, to: Audience<'_>, content: Content) -> Result<usize, RelayError> {
        let (result, _) = self.app.0.live.run(&self.at.cell, |state| {
            if id.is_some_and(|id| !state.room.take_message_id(&self.at.seat, id)) {
                return Ok(0);
            }
            state.room.relay(&self.at.seat, to, content)
        });
        result
    }

    /// Mutes or unmutes: the peer's own media, or as a host another user's.
    ///
    /// # Errors
    /// See [`ControlError`].
    pub fn mute(&self, user: Option<&str>, kind: MediaKind, muted: bool) -> Result<(), ControlError> {
        let actor = Actor::Seat(&self.at.seat);
        self.app.mute_in(&self.at.cell, actor, user, kind, muted)
    }

    /// Removes a user, as a host; its tokens are refused from then on.
    ///
    /// # Errors
    /// [`SessionError::Control`], or the database's.
    pub async fn kick(&self, user: &UserId, ban: bool) -> Result<(), SessionError> {
        self.at.cell.read(|room| {
            room.authorize(Actor::Seat(&self.at.seat))?;
            room.seat_of_user(user).map(|_| ()).ok_or(ControlError::PeerNotFound)
        })?;
        self.app.kick_user(&self.at.cell, user, ban).await
    }

    /// The seat's media.
    pub fn media(&self) -> PeerMedia {
        PeerMedia::new(self.app.clone(), self.at.cell.clone(), self.info.peer.clone())
    }

    /// Takes note that the client has all messages up to and with `seq`, and is alive.
    pub fn acknowledge(&self, seq: u64) {
        let now = self.app.now();
        self.app.0.live.run(&self.at.cell, |state| state.room.acknowledge(now, &self.at.seat, seq));
    }

    /// The connection ended on purpose: the seat ends.
    pub fn leave(self) {
        self.end(Disconnect::Leave);
    }

    /// The connection ended by accident: the seat is kept as its liveness allows.
    pub fn drop_connection(self) {
        self.end(Disconnect::Drop);
    }

    fn end(&self, how: Disconnect) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        let now = self.app.now();
        let ((), emptied) = self.app.0.live.run(&self.at.cell, |state| {
            state.room.handle_disconnect(now, &self.at.seat, self.connection, how);
            state.detach_mailbox(self.connection);
        });
        if emptied {
            self.app.note_emptied(&self.at.cell);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end(Disconnect::Drop);
    }
}

/// A seat, reached by its name: what a surface without a lasting connection acts through.
#[derive(Clone)]
pub struct PeerHandle {
    app: App,
    at: SeatRef,
}

impl PeerHandle {
    /// The seat.
    pub fn seat(&self) -> &SeatId {
        &self.at.seat
    }

    /// The seat's media; `None`: the seat has ended.
    pub fn media(&self) -> Option<PeerMedia> {
        let seat = self.at.cell.read(|room| room.seat(&self.at.seat))?;
        Some(PeerMedia::new(self.app.clone(), self.at.cell.clone(), seat.peer))
    }

    /// Relays a message to one peer or to everybody else.
    ///
    /// # Errors
    /// See [`RelayError`].
    pub fn relay(&self, to: Audience<'_>, content: Content) -> Result<usize, RelayError> {
        self.app.0.live.run(&self.at.cell, |state| state.room.relay(&self.at.seat, to, content)).0
    }

    /// Takes note that the peer is alive. Gives when.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn heartbeat(&self) -> Result<Millis, AttachError> {
        let now = self.app.now();
        self.app.0.live.run(&self.at.cell, |state| state.room.handle_heartbeat(now, &self.at.seat)).0
    }

    /// Gives the seat up.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn leave(&self) -> Result<(), AttachError> {
        let (result, emptied) = self.app.0.live.run(&self.at.cell, |state| state.room.leave(&self.at.seat));
        if emptied {
            self.app.note_emptied(&self.at.cell);
        }
        result
    }

    /// Opens a stream of the seat's messages, from after `last_seq`, or from the oldest that is kept. A
    /// stream that was open is closed as replaced. Gives `None` where some of what was missed is gone.
    ///
    /// # Errors
    /// See [`AttachError`].
    pub fn attach(
        &self,
        last_seq: Option<u64>,
        mailbox: Arc<Mailbox>,
    ) -> Result<Option<Session>, AttachError> {
        let connection = self.app.0.live.next_connection();
        let now = self.app.now();
        let (result, _) = self.app.0.live.run(&self.at.cell, |state| {
            let joined = state.room.attach(now, &self.at.seat, connection, last_seq)?;
            if joined.is_some() {
                state.attach_mailbox(connection, &self.at.seat, mailbox);
            }
            Ok::<_, AttachError>(joined)
        });
        Ok(result?.map(|joined| {
            let info = SessionInfo {
                app: self.at.cell.key.app.clone(),
                room_id: self.at.cell.key.room.clone(),
                peer: joined.peer,
                peers: joined.peers,
                seq: joined.seq,
                resumed: true,
                topology: self.at.cell.topology(),
                resume_token: None,
            };
            Session::new(self.app.clone(), self.at.cell.clone(), connection, info)
        }))
    }
}

impl App {
    /// The handle of a seat in a tenant's live room; `None` where there is no such room or seat.
    pub fn peer(&self, tenant: &Tenant, room: &RoomId, seat: &SeatId) -> Option<PeerHandle> {
        let cell = self.0.live.find(tenant.app_id(), room)?;
        cell.has_seat(seat)
            .then(|| PeerHandle { app: self.clone(), at: SeatRef { cell, seat: seat.clone() } })
    }

    /// Mutes or unmutes a user's media in a live room; what it publishes follows.
    pub(crate) fn mute_in(
        &self,
        cell: &Arc<RoomCell>,
        actor: Actor<'_>,
        user: Option<&str>,
        kind: MediaKind,
        muted: bool,
    ) -> Result<(), ControlError> {
        let by = match actor {
            Actor::Seat(seat) => Some(seat),
            Actor::Tenant => None,
        };
        let (order, _) = self.0.live.run(cell, |state| {
            state.room.mute(actor, user, kind, muted)?;
            let meant = |peer: &&PeerInfo| match user {
                Some(user) => peer.user_id.as_str() == user,
                None => Some(&peer.seat) == by,
            };
            let peer = state.room.peers().find(meant);
            Ok(peer.and_then(|peer| MuteOrder::note(&mut cell.media().lock(), peer, by, kind, muted)))
        });
        self.follow_mute(cell, order?);
        Ok(())
    }

    /// Removes a user from a live room and refuses its tokens from then on; the caller has checked the
    /// right to. Durable before it shows.
    pub(crate) async fn kick_user(
        &self,
        cell: &Arc<RoomCell>,
        user: &UserId,
        ban: bool,
    ) -> Result<(), SessionError> {
        let now = self.now();
        let key = &cell.key;
        if cell.stored {
            let store = self.0.store.tenant(&key.app);
            store.revoke_user_tokens(&key.room, user, now).await?;
            if ban {
                store.ban(&key.room, user, now).await?;
            }
        }
        self.0.live.bar(Bar::User(key.clone(), user.clone()));
        let (result, emptied) = self.0.live.run(cell, |state| state.room.kick(Actor::Tenant, user));
        if emptied {
            self.note_emptied(cell);
        }
        Ok(result?)
    }
}
