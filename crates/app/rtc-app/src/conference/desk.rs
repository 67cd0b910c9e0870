//! What a member's own connection does.

use super::{
    ConferenceNotice, MemberView, Profile, ProfilePatch, Refusal, TrackAudience, TrackDraft, TrackView, Wish,
};
use crate::{
    AnnouncedTrack, ProducerView, Session,
    live::RoomCell,
    media::{PeerMediaView, To},
};
use rtc_room::SeatView;
use rtc_types::{Millis, PeerInfo, SeatId, UserId};
use std::sync::Arc;

/// A member's place in the conference.
#[derive(Clone)]
pub struct ConferenceDesk {
    pub(super) cell: Arc<RoomCell>,
    pub(super) peer: PeerInfo,
}

impl Session {
    /// The seat's place in the conference.
    pub fn conference(&self) -> ConferenceDesk {
        ConferenceDesk { cell: self.cell().clone(), peer: self.info().peer.clone() }
    }
}

impl ConferenceDesk {
    /// The room's name in this life (`RM_…`), its metadata, and when it came to life.
    pub fn room(&self) -> (Arc<str>, String, Millis) {
        let conference = self.cell.conference().lock();
        (conference.sid.clone(), conference.metadata.clone(), self.cell.created_at)
    }

    /// How many the room admits.
    pub fn capacity(&self) -> usize {
        self.cell.read(rtc_room::Room::capacity)
    }

    /// See [`super::ConferenceRoom::departure_timeout_s`].
    pub fn departure_timeout_s(&self) -> u32 {
        self.cell.departure_timeout_s.unwrap_or(0)
    }

    /// Whose.
    pub fn peer(&self) -> &PeerInfo {
        &self.peer
    }

    /// The member's own profile; `None`: its seat has ended, or it has none.
    pub fn profile(&self) -> Option<Profile> {
        self.cell.conference().lock().profile(&self.peer.seat).cloned()
    }

    /// Another member (or itself) as it is now; `None`: gone, or hidden from this one.
    pub fn member(&self, seat: &SeatId) -> Option<MemberView> {
        let view = self.cell.read(|room| room.seat(seat))?;
        Some(member_of(&self.cell, view)).filter(|member| self.sees(member))
    }

    /// The profile of a member that went a moment ago.
    pub fn departed(&self, seat: &SeatId) -> Option<Profile> {
        self.cell.conference().lock().departed(seat).cloned()
    }

    /// All others that it sees, in the order of joining.
    pub fn others(&self) -> Vec<MemberView> {
        let seats: Vec<SeatView> = self.cell.read(|room| room.seats().collect());
        let others = seats.into_iter().filter(|view| view.peer.seat != self.peer.seat);
        others.map(|view| member_of(&self.cell, view)).filter(|member| self.sees(member)).collect()
    }

    fn sees(&self, member: &MemberView) -> bool {
        !member.profile.permission.hidden || member.peer.seat == self.peer.seat
    }

    /// The seat of a user.
    pub fn seat_of(&self, user: &UserId) -> Option<SeatId> {
        self.cell.read(|room| room.seat_of_user(user)).map(|view| view.peer.seat)
    }

    /// The member's connection for media is up: others see it in full. Gives whether that is new.
    pub fn activate(&self) -> bool {
        let fresh = {
            let mut conference = self.cell.conference().lock();
            let member = conference.member_mut(&self.peer.seat);
            member.is_some_and(|member| !std::mem::replace(&mut member.profile.active, true))
        };
        if fresh {
            self.cell.tell_joined(&self.peer.seat);
            self.tell_all();
        }
        fresh
    }

    /// Names a track that the client is about to send.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] where its permission does not let it, [`Refusal::TooLarge`] where it has too many.
    pub fn announce_track(&self, draft: TrackDraft) -> Result<TrackView, Refusal> {
        let mut conference = self.cell.conference().lock();
        let (kind, muted, details) = (draft.kind, draft.muted, draft.details.clone());
        let sid = conference.announce(&self.peer.seat, draft)?;
        Ok(TrackView { producer: sid.clone(), sid, kind, muted, details })
    }

    /// The tracks that were announced, for [`crate::Negotiator::exchange`].
    pub fn announced_tracks(&self) -> Vec<AnnouncedTrack> {
        let conference = self.cell.conference().lock();
        let of = |track: &super::state::Announced| AnnouncedTrack {
            ids: track.draft.ids.clone(),
            kind: track.draft.kind,
            name: track.sid.clone(),
            source: track.draft.details.source.name(track.draft.kind).to_owned(),
            paused: track.draft.muted,
            mime_type: track.draft.details.mime_type.clone(),
        };
        conference.announced(&self.peer.seat).iter().map(of).collect()
    }

    /// A track of the member's as it is now, announced or published.
    pub fn own_track(&self, sid: &str) -> Option<TrackView> {
        let conference = self.cell.conference().lock();
        let track = conference.announced(&self.peer.seat).iter().find(|track| *track.sid == *sid)?;
        Some(TrackView {
            sid: track.sid.clone(),
            producer: track.sid.clone(),
            kind: track.draft.kind,
            muted: track.draft.muted,
            details: track.draft.details.clone(),
        })
    }

    /// Changes what is known of one of the member's tracks, and tells the others.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn amend_track(&self, sid: &str, amend: impl FnOnce(&mut TrackDraft)) -> Result<(), Refusal> {
        self.cell.conference().lock().amend(&self.peer.seat, sid, amend)?;
        self.tell_others();
        Ok(())
    }

    /// A track is not sent any more: its name is free.
    pub fn withdraw_track(&self, sid: &str) {
        self.cell.conference().lock().withdraw(&self.peer.seat, sid);
    }

    /// Changes the member's own profile, and tells all.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::TooLarge`].
    pub fn update(&self, patch: ProfilePatch) -> Result<(), Refusal> {
        {
            let mut conference = self.cell.conference().lock();
            let own = conference.permission(&self.peer.seat).ok_or(Refusal::NotFound)?;
            if !own.update_own || patch.permission.is_some() {
                return Err(Refusal::NotAllowed);
            }
            conference.patch(&self.peer.seat, patch)?;
        }
        self.tell_all();
        Ok(())
    }

    /// Changes what the member wants of a track.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn wish(&self, sid: &str, change: impl FnOnce(&mut Wish)) -> Result<Wish, Refusal> {
        let mut conference = self.cell.conference().lock();
        let mut wish = Wish::default();
        conference.wish(&self.peer.seat, sid, |own| {
            change(own);
            wish = *own;
        })?;
        Ok(wish)
    }

    /// What the member wants of a track.
    pub fn wish_of(&self, producer: &str) -> Wish {
        self.cell.conference().lock().wish_of(&self.peer.seat, producer)
    }

    /// Who may receive the member's tracks; `None`: everybody. Others' subscriptions follow.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn admit(&self, audience: Option<TrackAudience>) -> Result<(), Refusal> {
        self.cell.conference().lock().admit(&self.peer.seat, audience)?;
        self.cell.notify(&To::Others(self.peer.seat.clone()), &ConferenceNotice::Wishes);
        Ok(())
    }

    /// Of the tracks that others publish, those that the member is to get.
    pub fn wanted(&self, producers: Vec<Arc<ProducerView>>) -> Vec<Arc<ProducerView>> {
        let conference = self.cell.conference().lock();
        let (seat, user) = (&self.peer.seat, &self.peer.user_id);
        producers.into_iter().filter(|view| conference.wants(seat, user, view)).collect()
    }

    /// Whether the member may not receive a track that it asks for, because its publisher does not let it.
    pub fn is_denied(&self, view: &ProducerView) -> bool {
        !self.cell.conference().lock().allows(&self.peer.seat, &self.peer.user_id, view)
    }

    /// The member begins to receive tracks: their publishers are told of the first time.
    pub fn note_received(&self, tracks: &[Arc<ProducerView>]) {
        for view in tracks {
            let owner = &view.peer.seat;
            let first = {
                let mut conference = self.cell.conference().lock();
                let member = conference.member_mut(owner);
                let track = member.and_then(|own| own.tracks.iter_mut().find(|track| track.sid == view.id));
                track.is_some_and(|track| !std::mem::replace(&mut track.received, true))
            };
            if first {
                let notice = ConferenceNotice::Received { track: view.id.clone() };
                self.cell.notify(&To::Seat(owner.clone()), &notice);
            }
        }
    }

    /// Takes note of a reliable packet's number. Gives whether it is new; 0 is no number and always new.
    pub fn take_packet(&self, sequence: u32) -> bool {
        let mut conference = self.cell.conference().lock();
        conference.member_mut(&self.peer.seat).is_some_and(|member| member.packets.take(sequence))
    }

    /// The highest number of a reliable packet that was taken.
    pub fn last_packet(&self) -> u32 {
        let mut conference = self.cell.conference().lock();
        conference.member_mut(&self.peer.seat).map_or(0, |member| member.packets.last())
    }

    /// Keeps a reliable packet for those who are away for a moment. `to`: whom it is meant for; `None`: all.
    pub fn keep_packet(&self, now: Millis, sequence: u32, to: Option<Vec<SeatId>>, payload: Arc<[u8]>) {
        let mut conference = self.cell.conference().lock();
        if let Some(member) = conference.member_mut(&self.peer.seat) {
            member.packets.keep(now, sequence, to, payload);
        }
    }

    /// The kept packets of another that this member has not seen; it has seen those up to `sequence`.
    pub fn missed_packets(&self, from: &SeatId, sequence: u32) -> Vec<Arc<[u8]>> {
        let mut conference = self.cell.conference().lock();
        let member = conference.member_mut(from);
        member.map(|member| member.packets.after(sequence, &self.peer.seat)).unwrap_or_default()
    }

    /// Everybody's seat but the member's own.
    pub fn other_seats(&self) -> Vec<SeatId> {
        let others = |peer: &&PeerInfo| peer.seat != self.peer.seat;
        self.cell.read(|room| room.peers().filter(others).map(|peer| peer.seat.clone()).collect())
    }

    fn tell_all(&self) {
        self.cell.notify(&To::All, &ConferenceNotice::Member(self.peer.seat.clone()));
    }

    fn tell_others(&self) {
        let seat = self.peer.seat.clone();
        self.cell.notify(&To::Others(seat.clone()), &ConferenceNotice::Member(seat));
    }
}

/// A member by its seat.
pub(super) fn member_of(cell: &RoomCell, view: SeatView) -> MemberView {
    let media = PeerMediaView::of(cell, &view.peer.seat);
    let conference = cell.conference().lock();
    let seat = &view.peer.seat;
    let profile = conference.profile(seat).cloned().unwrap_or_else(|| foreign(&view));
    let tracks = media.tracks.iter().map(|producer| {
        let mut track = TrackView::of(producer, conference.details(seat, &producer.id));
        track.muted |= view.muted.contains(&producer.kind);
        Arc::new(track)
    });
    let tracks = tracks.collect();
    let version = conference.next_version();
    MemberView { joined_at: view.joined_at, profile, tracks, version, peer: view.peer }
}

/// The profile of a peer whose surface knows of none.
pub(super) fn foreign(view: &SeatView) -> Profile {
    Profile {
        name: String::new(),
        metadata: view.metadata.as_ref().map(|json| json.as_str().to_owned()).unwrap_or_default(),
        attributes: Default::default(),
        permission: super::Permission::of(view.peer.role),
        kind: 0,
        auto_subscribe: true,
        active: true,
    }
}
