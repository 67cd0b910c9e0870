//! One room's conference: bookkeeping without I/O.

use super::{
    Permission, Profile, ProfilePatch, Refusal, TrackDetails, TrackDraft,
    log::PacketLog,
    track::{is_named, new_sid},
};
use crate::ProducerView;
use rtc_types::{SeatId, UserId};
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Tracks that a member may have announced at once, published ones included.
const TRACKS_MAX: usize = 64;
/// Wishes about single tracks that are kept for one member, and entries of an audience.
const WISHES_MAX: usize = 4096;
/// Members that are remembered for a moment when they are gone.
const DEPARTED_MAX: usize = 16;
/// Bytes of a track's name in a wish.
const NAME_BYTES_MAX: usize = 256;

/// What a member wants to get of one track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// `None`: as for all tracks.
    pub subscribed: Option<bool>,
    /// Nothing of it for now.
    pub disabled: bool,
    /// The lowest layer is 0; `None`: the best.
    pub quality: Option<u8>,
    /// Pixels at which it is shown; 0: not told.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Who may receive a member's tracks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// By user: all tracks, or those named.
    pub users: HashMap<UserId, Option<Vec<String>>>,
    /// The same by seat.
    pub seats: HashMap<SeatId, Option<Vec<String>>>,
}

/// A track that was announced.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub(super) sid: Arc<str>,
    pub(super) draft: TrackDraft,
    /// Whether anybody received it yet.
    pub(super) received: bool,
}

/// What is kept of a member with a profile.
pub(super) struct Member {
    pub(super) profile: Profile,
    pub(super) tracks: Vec<Announced>,
    pub(super) wishes: HashMap<String, Wish>,
    /// `None`: everybody.
    pub(super) audience: Option<Audience>,
    pub(super) packets: PacketLog,
}

/// One room's conference.
pub(crate) struct Conference {
    pub(crate) sid: Arc<str>,
    pub(crate) metadata: String,
    members: HashMap<SeatId, Member>,
    /// Those who went last: who is told of it wants to know who that was.
    departed: VecDeque<(SeatId, Profile)>,
    versions: AtomicU32,
    /// Whether listeners were told that the room began.
    started: bool,
}

impl Conference {
    pub(crate) fn new(metadata: &str, sid: Option<Arc<str>>) -> Self {
        Self {
            sid: sid.unwrap_or_else(|| format!("RM_{}", crate::random_id()).into()),
            metadata: metadata.to_owned(),
            members: HashMap::new(),
            departed: VecDeque::new(),
            versions: AtomicU32::new(1),
            started: false,
        }
    }

    /// Whether listeners were told that the room began; from now on they were.
    pub(super) fn was_started(&mut self) -> bool {
        std::mem::replace(&mut self.started, true)
    }

    pub(super) fn next_version(&self) -> u32 {
        self.versions.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn enter(&mut self, seat: &SeatId, profile: Profile) {
        let member = Member {
            profile,
            tracks: Vec::new(),
            wishes: HashMap::new(),
            audience: None,
            packets: PacketLog::default(),
        };
        self.members.insert(seat.clone(), member);
    }

    pub(crate) fn leave(&mut self, seat: &SeatId) {
        let Some(member) = self.members.remove(seat) else { return };
        self.departed.truncate(DEPARTED_MAX - 1);
        self.departed.push_front((seat.clone(), member.profile));
    }

    /// The profile of one who went a moment ago.
    pub(super) fn departed(&self, seat: &SeatId) -> Option<&Profile> {
        self.departed.iter().find(|(own, _)| own == seat).map(|(_, profile)| profile)
    }

    pub(crate) fn permission(&self, seat: &SeatId) -> Option<&Permission> {
        self.members.get(seat).map(|member| &member.profile.permission)
    }

    pub(super) fn profile(&self, seat: &SeatId) -> Option<&Profile> {
        self.members.get(seat).map(|member| &member.profile)
    }

    pub(super) fn member_mut(&mut self, seat: &SeatId) -> Option<&mut Member> {
        self.members.get_mut(seat)
    }

    pub(super) fn details(&self, seat: &SeatId, producer: &str) -> Option<&TrackDetails> {
        let tracks = &self.members.get(seat)?.tracks;
        tracks.iter().find(|track| *track.sid == *producer).map(|track| &track.draft.details)
    }

    pub(super) fn announced(&self, seat: &SeatId) -> &[Announced] {
        self.members.get(seat).map(|member| member.tracks.as_slice()).unwrap_or_default()
    }

    /// Takes note of a track that is about to be published, and names it. One that was announced before under the
    /// same id keeps its name.
    pub(super) fn announce(&mut self, seat: &SeatId, draft: TrackDraft) -> Result<Arc<str>, Refusal> {
        let member = self.members.get_mut(seat).ok_or(Refusal::NotFound)?;
        if !member.profile.permission.may_publish(draft.details.source) {
            return Err(Refusal::NotAllowed);
        }
        let first = draft.ids.first();
        if let Some(known) = member.tracks.iter_mut().find(|track| track.draft.ids.first() == first) {
            known.draft = draft;
            return Ok(known.sid.clone());
        }
        if member.tracks.len() >= TRACKS_MAX {
            return Err(Refusal::TooLarge);
        }
        let sid = new_sid();
        member.tracks.push(Announced { sid: sid.clone(), draft, received: false });
        Ok(sid)
    }

    /// Changes what is known of a track.
    pub(super) fn amend(
        &mut self,
        seat: &SeatId,
        sid: &str,
        amend: impl FnOnce(&mut TrackDraft),
    ) -> Result<(), Refusal> {
        let member = self.members.get_mut(seat).ok_or(Refusal::NotFound)?;
        let track = member.tracks.iter_mut().find(|track| *track.sid == *sid).ok_or(Refusal::NotFound)?;
        amend(&mut track.draft);
        Ok(())
    }

    pub(super) fn withdraw(&mut self, seat: &SeatId, sid: &str) {
        if let Some(member) = self.members.get_mut(seat) {
            member.tracks.retain(|track| *track.sid != *sid);
        }
    }

    pub(super) fn patch(&mut self, seat: &SeatId, patch: ProfilePatch) -> Result<(), Refusal> {
        self.members.get_mut(seat).ok_or(Refusal::NotFound)?.profile.apply(patch)
    }

    pub(super) fn wish(
        &mut self,
        seat: &SeatId,
        sid: &str,
        change: impl FnOnce(&mut Wish),
    ) -> Result<(), Refusal> {
        let wishes = &mut self.members.get_mut(seat).ok_or(Refusal::NotFound)?.wishes;
        if sid.len() > NAME_BYTES_MAX || (wishes.len() >= WISHES_MAX && !wishes.contains_key(sid)) {
            return Err(Refusal::TooLarge);
        }
        change(wishes.entry(sid.to_owned()).or_default());
        Ok(())
    }

    pub(super) fn wish_of(&self, seat: &SeatId, producer: &str) -> Wish {
        let wishes = self.members.get(seat).map(|member| &member.wishes);
        let found = wishes.and_then(|wishes| {
            wishes
                .get(producer)
                .or_else(|| wishes.iter().find(|(sid, _)| is_named(producer, sid)).map(|(_, w)| w))
        });
        found.copied().unwrap_or_default()
    }

    pub(super) fn admit(&mut self, seat: &SeatId, audience: Option<Audience>) -> Result<(), Refusal> {
        let fits = audience.as_ref().is_none_or(|own| own.users.len() + own.seats.len() <= WISHES_MAX);
        let member = self.members.get_mut(seat).ok_or(Refusal::NotFound)?;
        if !fits {
            return Err(Refusal::TooLarge);
        }
        member.audience = audience;
        Ok(())
    }

    /// Whether a publisher lets a subscriber have a track.
    pub(super) fn allows(&self, seat: &SeatId, user: &UserId, track: &ProducerView) -> bool {
        let Some(audience) = self.members.get(&track.peer.seat).and_then(|owner| owner.audience.as_ref())
        else {
            return true;
        };
        match audience.seats.get(seat).or_else(|| audience.users.get(user)) {
            None => false,
            Some(None) => true,
            Some(Some(sids)) => sids.iter().any(|sid| is_named(&track.id, sid)),
        }
    }

    /// Whether a member is to get a track now.
    pub(super) fn wants(&self, seat: &SeatId, user: &UserId, track: &ProducerView) -> bool {
        let Some(member) = self.members.get(seat) else { return true };
        let hidden = self.permission(&track.peer.seat).is_some_and(|permission| permission.hidden);
        let subscribed = self.wish_of(seat, &track.id).subscribed.unwrap_or(member.profile.auto_subscribe);
        member.profile.permission.subscribe && subscribed && !hidden && self.allows(seat, user, track)
    }
}
