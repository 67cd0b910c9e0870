//! One live room, its owner's lock, and the mailboxes of its connections.
//!
//! A room is owned by a cell, not by a task: a relayed message costs one lock and one wake-up, where a
//! task would cost two hand-overs (docs/decisions has the measurement). Nothing is awaited under the lock.

use super::mailbox::{Mailbox, Outbound};
use crate::{
    conference::{Conference, ConferenceNotice, Facts},
    media::{Closing, MediaSlot, Post, RoomMedia, To},
};
use parking_lot::Mutex;
use rtc_room::{Output, Room, RoomConfig, RoomEvent};
use rtc_types::{AppId, ConnectionId, Millis, RoomId, SeatId, Topology};
use std::sync::Arc;

/// Names a live room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RoomKey {
    pub(crate) app: AppId,
    pub(crate) room: RoomId,
}

pub(crate) struct RoomCell {
    pub(crate) key: RoomKey,
    pub(crate) created_at: Millis,
    /// Whether the tenant made it (and the store has it), or a join alone.
    pub(crate) stored: bool,
    /// Seconds that it stays after its last member; `None`: its empty timeout.
    pub(crate) departure_timeout_s: Option<u32>,
    /// Fixed for as long as somebody is in the room.
    topology: Topology,
    state: Mutex<CellState>,
    media: MediaSlot,
    conference: Mutex<Conference>,
    pub(crate) facts: Arc<Facts>,
}

pub(crate) struct CellState {
    pub(crate) room: Room,
    /// Taken out of the registry: whoever still holds the cell looks the room up anew.
    pub(crate) dead: bool,
    mailboxes: Vec<Attached>,
    /// When the upkeep task will look at the room, if it will.
    pub(crate) scheduled: Option<Millis>,
}

/// A connection's mailbox.
struct Attached {
    connection: ConnectionId,
    seat: SeatId,
    mailbox: Arc<Mailbox>,
}

/// What a room comes to life with.
pub(crate) struct CellDraft<'a> {
    pub(crate) key: &'a RoomKey,
    pub(crate) capacity: usize,
    pub(crate) topology: Topology,
    pub(crate) stored: bool,
    /// Of its conference.
    pub(crate) metadata: &'a str,
    /// See [`RoomCell::departure_timeout_s`].
    pub(crate) departure_timeout_s: Option<u32>,
    /// Its name as a conference; `None`: one of its own in this life.
    pub(crate) sid: Option<&'a Arc<str>>,
}

/// What the registry has to do after an operation, once the lock is free.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Look at the room at this time.
    pub(crate) schedule: Option<Millis>,
    /// Nobody is left.
    pub(crate) emptied: bool,
    /// Seats gained minus seats lost.
    pub(crate) peers: isize,
    /// Media of seats that ended.
    pub(crate) closing: Vec<Closing>,
}

impl RoomCell {
    pub(crate) fn new(draft: CellDraft<'_>, facts: Arc<Facts>, now: Millis) -> Self {
        let CellDraft { key, capacity, topology, stored, metadata, departure_timeout_s, sid } = draft;
        let config = RoomConfig {
            capacity,
            replay: Default::default(),
            reports_traffic: false,
            announces_peers: true,
        };
        let state =
            CellState { room: Room::new(config), dead: false, mailboxes: Vec::new(), scheduled: None };
        let (state, media) = (Mutex::new(state), MediaSlot::default());
        let conference = Mutex::new(Conference::new(metadata, sid.cloned()));
        let (key, created_at) = (key.clone(), now);
        Self { key, created_at, stored, departure_timeout_s, topology, state, media, conference, facts }
    }

    /// Runs one operation and carries its outputs out.
    pub(crate) fn run<T>(&self, operation: impl FnOnce(&mut CellState) -> T) -> (T, Aftermath) {
        let mut state = self.state.lock();
        let result = operation(&mut state);
        let aftermath = state.pump(self);
        (result, aftermath)
    }

    /// Reads without changing.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Room) -> T) -> T {
        read(&self.state.lock().room)
    }

    /// How media travels.
    pub(crate) fn topology(&self) -> Topology {
        self.topology
    }

    /// The room's media.
    pub(crate) fn media(&self) -> &MediaSlot {
        &self.media
    }

    /// What is known of members besides.
    pub(crate) fn conference(&self) -> &Mutex<Conference> {
        &self.conference
    }

    /// Tells seats about the conference. One whose connection is down learns nothing.
    pub(crate) fn notify(&self, to: &To, notice: &ConferenceNotice) {
        let state = self.state.lock();
        state.push(to, || Outbound::Conference(notice.clone()));
    }

    /// Reads the media between two announcements, so that what is read fits what was told.
    pub(crate) fn with_media<T>(&self, read: impl FnOnce(&Room, &mut RoomMedia) -> T) -> T {
        let state = self.state.lock();
        read(&state.room, &mut self.media.lock())
    }

    /// Changes the media and tells the room, in one step for everybody in it.
    pub(crate) fn announce(&self, collect: impl FnOnce(&mut RoomMedia) -> Vec<Post>) {
        let state = self.state.lock();
        let posts = collect(&mut self.media.lock());
        self.report_tracks(&state.room, &posts);
        state.post(posts);
    }

    /// Tells the others of a seat's tracks and data channels, as if they had come now or, where it is about to be
    /// hidden, gone.
    pub(crate) fn tell_media_of(&self, seat: &SeatId, hidden: bool) {
        self.state.lock().post_media_of(self, seat, hidden);
    }

    /// Tells every connection that the node stops.
    pub(crate) fn restart_all(&self) {
        for Attached { mailbox, .. } in &self.state.lock().mailboxes {
            mailbox.push(Outbound::Restart);
        }
    }
}

impl CellState {
    pub(crate) fn attach_mailbox(&mut self, connection: ConnectionId, seat: &SeatId, mailbox: Arc<Mailbox>) {
        self.mailboxes.push(Attached { connection, seat: seat.clone(), mailbox });
    }

    pub(crate) fn detach_mailbox(&mut self, connection: ConnectionId) {
        self.mailboxes.retain(|attached| attached.connection != connection);
        if self.mailboxes.is_empty() {
            self.mailboxes = Vec::new();
        }
    }

    fn mailbox(&self, connection: ConnectionId) -> Option<&Arc<Mailbox>> {
        let attached = self.mailboxes.iter().find(|attached| attached.connection == connection);
        attached.map(|attached| &attached.mailbox)
    }

    /// Tells seats about media. One whose connection is down learns nothing, and nobody learns of the media of one
    /// who is hidden.
    fn post(&self, posts: Vec<Post>) {
        self.post_but_of(posts, |seat| self.room.is_hidden(seat));
    }

    /// See [`RoomCell::tell_media_of`].
    pub(crate) fn post_media_of(&self, cell: &RoomCell, seat: &SeatId, hidden: bool) {
        let notices = cell.media.lock().notices_of(seat, hidden);
        let posts = notices.into_iter().map(|notice| Post { to: To::Others(seat.clone()), notice });
        self.post(posts.collect());
    }

    fn post_but_of(&self, posts: Vec<Post>, is_hidden: impl Fn(&SeatId) -> bool) {
        for Post { to, notice } in posts {
            let hidden =
                notice.peer().is_some_and(|peer| to != To::Seat(peer.seat.clone()) && is_hidden(&peer.seat));
            if !hidden {
                self.push(&to, || Outbound::Media(notice.clone()));
            }
        }
    }

    fn push(&self, to: &To, item: impl Fn() -> Outbound) {
        let meant = |attached: &&Attached| match to {
            To::Seat(seat) => attached.seat == *seat,
            To::Others(seat) => attached.seat != *seat,
            To::All => true,
        };
        for attached in self.mailboxes.iter().filter(meant) {
            attached.mailbox.push(item());
        }
    }

    fn pump(&mut self, cell: &RoomCell) -> Aftermath {
        let mut aftermath = Aftermath::default();
        while let Some(output) = self.room.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    if let Some(mailbox) = self.mailbox(delivery.connection) {
                        mailbox.push(Outbound::Message { seq: delivery.seq, message: delivery.message });
                    }
                }
                Output::Close { connection, reason, .. } => {
                    if let Some(mailbox) = self.mailbox(connection) {
                        mailbox.push(Outbound::Closed(reason));
                    }
                    self.detach_mailbox(connection);
                }
                Output::Event(RoomEvent::PeerConnected(seat)) => {
                    aftermath.peers += 1;
                    cell.report_seat(&self.room, &seat);
                }
                Output::Event(RoomEvent::PeerDisconnected { seat, reason }) => {
                    aftermath.peers -= 1;
                    metrics::counter!("rtc_peers_left_total", "reason" => reason.as_str()).increment(1);
                    tracing::debug!(seat = %seat.peer.seat, %reason, "seat ended");
                    let member = cell.member_that_ends(&seat);
                    let (posts, closing) = cell.media.end_seat(&seat.peer.seat);
                    cell.report_end(&self.room, member, &posts, reason);
                    self.post_but_of(posts, |of| seat.hidden && *of == seat.peer.seat);
                    aftermath.closing.extend(closing);
                }
                Output::Event(_) => {}
            }
        }
        aftermath.emptied = self.room.is_empty();
        if let Some(next) = self.room.poll_timeout()
            && self.scheduled.is_none_or(|scheduled| next < scheduled)
        {
            self.scheduled = Some(next);
            aftermath.schedule = Some(next);
        }
        aftermath
    }
}

/// A seat that a room event or handle speaks of, in one room.
#[derive(Clone)]
pub(crate) struct SeatRef {
    pub(crate) cell: Arc<RoomCell>,
    pub(crate) seat: SeatId,
}
