//! The sessions of one user in one stream, and who gets a place.

use crate::{Presence, Role, SessionStatus, Stream, StreamStatus};
use rtc_types::{Millis, ParticipantId, UserId};

/// One stay of a user in a stream. A user's second stay is another session, so that history is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Unique over all tenants.
    pub id: ParticipantId,
    /// Whose.
    pub user_id: UserId,
    /// What people call the user.
    pub display_name: String,
    /// What the user may do.
    pub role: Role,
    /// Whether it goes on.
    pub status: SessionStatus,
    /// JSON text of the caller's own object.
    pub metadata: Option<String>,
    /// The media server's id of the session; `None`: it has not begun.
    pub sid: Option<String>,
    /// The media server's id of the room.
    pub room_sid: Option<String>,
    /// When the user was given the place.
    pub joined_at: Millis,
    /// When the media session began.
    pub connected_at: Option<Millis>,
    /// When it ended.
    pub left_at: Option<Millis>,
}

impl Session {
    /// A place for a user whose media session is still to begin.
    pub fn seat(
        id: ParticipantId,
        user_id: UserId,
        display_name: String,
        role: Role,
        metadata: Option<String>,
        now: Millis,
    ) -> Self {
        Self {
            id,
            user_id,
            display_name,
            role,
            status: SessionStatus::Joined,
            metadata,
            sid: None,
            room_sid: None,
            joined_at: now,
            connected_at: None,
            left_at: None,
        }
    }

    /// Whether it goes on.
    pub fn is_joined(&self) -> bool {
        self.status == SessionStatus::Joined
    }

    /// Whether it goes on and its media session has begun.
    pub fn is_present(&self) -> bool {
        self.is_joined() && self.sid.is_some()
    }

    /// Ends it at `at`, or at the moment before that it is known to have ended.
    pub(crate) fn leave(&mut self, at: Millis) {
        self.status = SessionStatus::Left;
        self.left_at = Some(self.left_at.map_or(at, |known| known.min(at)));
    }

    /// Its place among a user's sessions: a later one replaces it. The moment of the seat counts where the media
    /// server's clock is behind ours.
    fn rank(&self) -> (Millis, &str) {
        let began = self.connected_at.map_or(self.joined_at, |at| at.max(self.joined_at));
        (began, self.sid.as_deref().unwrap_or_default())
    }

    fn attach(&mut self, presence: &Presence) {
        self.sid = Some(presence.sid.clone());
        self.room_sid = presence.room_sid.clone().or(self.room_sid.take());
        self.connected_at = Some(presence.connected_at);
    }
}

/// Finds the session of a presence among the user's, or makes it.
pub(crate) fn find_or_make(stream: &Stream, sessions: &mut Vec<Session>, presence: &Presence) -> usize {
    let of_sid = |session: &Session| session.sid.as_deref() == Some(&presence.sid);
    if let Some(known) = sessions.iter().position(of_sid) {
        if let Some(session) = sessions.get_mut(known) {
            // A `left` that does not say when the session began is corrected by its `joined`.
            session.connected_at = session.connected_at.map(|at| at.min(presence.connected_at));
        }
        return known;
    }
    let seat = match &presence.seat {
        Some(seat) => sessions.iter().position(|session| session.id == *seat),
        // A token that was made elsewhere: the place that waits, where there is one.
        None => sessions.iter().position(|session| session.sid.is_none() && session.is_joined()),
    };
    // A place that was given up before this session began stays as it is; the end of the stream gives none up.
    let given_up = |left_at: Millis| left_at <= presence.connected_at && Some(left_at) != stream.ended_at;
    let awaits = |session: &Session| session.sid.is_none() && !session.left_at.is_some_and(given_up);
    if let Some(index) = seat
        && let Some(session) = sessions.get_mut(index)
        && awaits(session)
    {
        session.attach(presence);
        return index;
    }
    let like = seat.and_then(|index| sessions.get(index));
    let role = match like {
        Some(seat) => seat.role,
        None if presence.user_id == stream.created_by => Role::Host,
        None => Role::Viewer,
    };
    let mut session = Session::seat(
        presence.fresh_id.clone(),
        presence.user_id.clone(),
        like.map_or_else(|| presence.display_name.clone(), |seat| seat.display_name.clone()),
        role,
        like.and_then(|seat| seat.metadata.clone()),
        presence.connected_at,
    );
    session.attach(presence);
    sessions.push(session);
    sessions.len() - 1
}

/// Ends all of a user's sessions but the newest, and that one too where the stream has ended.
pub(crate) fn settle(stream: &Stream, sessions: &mut [Session]) {
    sessions.sort_by(|a, b| a.rank().cmp(&b.rank()));
    let begins: Vec<Millis> = sessions.iter().map(|session| session.rank().0).collect();
    for (session, next_began) in sessions.iter_mut().zip(begins.iter().skip(1)) {
        session.leave(*next_began);
    }
    if let Some(ended_at) = stream.ended_at {
        sessions.iter_mut().for_each(|session| session.leave(ended_at));
    }
}

/// Why somebody gets no place in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The stream is not `LIVE`.
    NotLive(StreamStatus),
    /// Only the creator may be the host.
    NotTheCreator,
    /// The user has a place already.
    AlreadyIn,
    /// All places are taken.
    Full,
}

/// Whether a user may have a place. `sessions`: those of the user.
///
/// # Errors
/// The reason why not.
pub fn admit(
    stream: &Stream,
    sessions: &[Session],
    user: &UserId,
    role: Role,
    max_participants: u32,
) -> Result<(), Refusal> {
    if stream.status != StreamStatus::Live {
        return Err(Refusal::NotLive(stream.status));
    }
    if role == Role::Host && *user != stream.created_by {
        return Err(Refusal::NotTheCreator);
    }
    if sessions.iter().any(Session::is_joined) {
        return Err(Refusal::AlreadyIn);
    }
    if stream.joined_count >= max_participants {
        return Err(Refusal::Full);
    }
    Ok(())
}
