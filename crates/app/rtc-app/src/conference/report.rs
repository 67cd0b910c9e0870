//! Notices what listeners of the application are told. All of it happens while the room is held.

use super::{MemberFact, MemberView, RoomFact, RoomFacts, TrackView, desk::foreign, fact::FactSink};
use crate::{
    App,
    live::RoomCell,
    media::{MediaNotice, PeerMediaView, Post, To},
};
use rtc_room::{Room, SeatView};
use rtc_types::{LeaveReason, SeatId};
use std::sync::Arc;

impl App {
    /// Tells one listener from now on what happens in all rooms. Gives whether it is the first: there is one.
    pub fn listen_to_rooms(&self, sink: FactSink) -> bool {
        self.0.live.facts.listen(sink)
    }
}

impl RoomCell {
    fn facts_of(&self, room: &Room) -> RoomFacts {
        let conference = self.conference().lock();
        RoomFacts {
            app: self.key.app.clone(),
            room: self.key.room.clone(),
            sid: conference.sid.clone(),
            created_at: self.created_at,
            topology: self.topology(),
            metadata: conference.metadata.clone(),
            members: room.len(),
            capacity: room.capacity(),
            departure_timeout_s: self.departure_timeout_s.unwrap_or(0),
        }
    }

    fn member_fact(&self, view: &SeatView) -> MemberFact {
        let media = PeerMediaView::of(self, &view.peer.seat);
        let conference = self.conference().lock();
        let tracks = media.tracks.iter();
        let tracks = tracks.map(|track| TrackView::of(track, conference.details(&view.peer.seat, &track.id)));
        Box::new(MemberView {
            peer: view.peer.clone(),
            joined_at: view.joined_at,
            profile: conference.profile(&view.peer.seat).cloned().unwrap_or_else(|| foreign(view)),
            tracks: tracks.map(Arc::new).collect(),
            version: conference.next_version(),
        })
    }

    /// A seat was taken.
    pub(crate) fn report_seat(&self, room: &Room, seat: &SeatView) {
        if !self.facts.is_heard() {
            return;
        }
        if !self.conference().lock().was_started() {
            self.facts.tell(RoomFact::RoomStarted(self.facts_of(room)));
        }
        let member = self.member_fact(seat);
        if member.profile.active {
            self.facts.tell(RoomFact::Joined(self.facts_of(room), member));
        }
    }

    /// A member's media connection is up.
    pub(super) fn tell_joined(&self, seat: &SeatId) {
        if !self.facts.is_heard() {
            return;
        }
        let fact = self.read(|room| {
            let view = room.seat(seat)?;
            Some(RoomFact::Joined(self.facts_of(room), self.member_fact(&view)))
        });
        fact.into_iter().for_each(|fact| self.facts.tell(fact));
    }

    /// A seat ends: what was known of it, tracks included, before it is forgotten.
    pub(crate) fn member_that_ends(&self, seat: &SeatView) -> Option<MemberFact> {
        let member = self.facts.is_heard().then(|| self.member_fact(seat));
        self.conference().lock().leave(&seat.peer.seat);
        member
    }

    /// A seat has ended.
    pub(crate) fn report_end(
        &self,
        room: &Room,
        member: Option<MemberFact>,
        posts: &[Post],
        reason: LeaveReason,
    ) {
        let Some(mut member) = member else { return };
        let facts = self.facts_of(room);
        for sid in posts.iter().filter_map(closed) {
            if let Some(track) = member.tracks.iter().find(|track| *track.producer == **sid).cloned() {
                self.facts.tell(RoomFact::TrackUnpublished(facts.clone(), member.clone(), track));
            }
        }
        member.tracks.clear();
        let fact = if member.profile.active { RoomFact::Left } else { RoomFact::Aborted };
        self.facts.tell(fact(facts, member, reason));
    }

    /// Tracks of members that stay came or went.
    pub(crate) fn report_tracks(&self, room: &Room, posts: &[Post]) {
        if !self.facts.is_heard() {
            return;
        }
        for post in posts {
            let (peer, producer) = match &post.notice {
                MediaNotice::ProducerAdded(view) => (&view.peer, &view.id),
                MediaNotice::ProducerClosed { producer, peer } if matches!(post.to, To::Others(_)) => {
                    (peer, producer)
                }
                _ => continue,
            };
            let Some(view) = room.seat(&peer.seat) else { continue };
            let member = self.member_fact(&view);
            let conference = self.conference().lock();
            let track = match &post.notice {
                MediaNotice::ProducerAdded(view) => {
                    Arc::new(TrackView::of(view, conference.details(&peer.seat, producer)))
                }
                _ => Arc::new(TrackView::gone(producer, conference.details(&peer.seat, producer))),
            };
            drop(conference);
            let added = matches!(post.notice, MediaNotice::ProducerAdded(_));
            let fact = if added { RoomFact::TrackPublished } else { RoomFact::TrackUnpublished };
            self.facts.tell(fact(self.facts_of(room), member, track));
        }
    }

    /// The room is gone.
    pub(crate) fn report_finished(&self) {
        if self.facts.is_heard() && self.conference().lock().was_started() {
            let fact = self.read(|room| self.facts_of(room));
            self.facts.tell(RoomFact::RoomFinished(fact));
        }
    }
}

fn closed(post: &Post) -> Option<&Arc<str>> {
    match &post.notice {
        MediaNotice::ProducerClosed { producer, .. } if matches!(post.to, To::Others(_)) => Some(producer),
        _ => None,
    }
}
