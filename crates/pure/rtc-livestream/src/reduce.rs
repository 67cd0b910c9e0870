//! The reducer.

use crate::{
    Effect, Event, Ownership, Role, Session, Stream, StreamStatus,
    session::{find_or_make, settle},
};
use rtc_types::{Millis, UserId};

/// What an event needs to be applied: the stream, and all sessions of the one user that it is about (none for the
/// events that are about no user).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The stream.
    pub stream: Stream,
    /// The sessions of the event's user, in any order; comes back oldest first.
    pub sessions: Vec<Session>,
}

/// What the counts are made of.
#[derive(PartialEq, Eq)]
struct Summary {
    holds_place: bool,
    is_present: bool,
    watches: bool,
    ever_watched: bool,
}

impl Summary {
    fn of(sessions: &[Session]) -> Self {
        let any = |test: fn(&Session) -> bool| sessions.iter().any(test);
        Self {
            holds_place: any(Session::is_joined),
            is_present: any(Session::is_present),
            watches: any(|session| session.is_present() && session.role == Role::Viewer),
            ever_watched: any(|session| session.sid.is_some() && session.role == Role::Viewer),
        }
    }
}

/// Applies one event.
pub fn reduce(mut state: State, event: Event) -> (State, Vec<Effect>) {
    let before = state.stream.clone();
    let mut effects = Vec::new();
    match event {
        Event::RoomStarted { room, at } => {
            if state.stream.owns(&room) == Ownership::Newer {
                state.stream.room = Some(room);
            }
            start(&mut state.stream, at, &mut effects);
        }
        Event::RoomRefused if state.stream.status == StreamStatus::Scheduled => {
            state.stream.status = StreamStatus::Error;
        }
        Event::RoomRefused => {}
        Event::RoomFinished { at } => end(&mut state.stream, at, &mut effects),
        Event::Ended { at } => {
            end(&mut state.stream, at, &mut effects);
            effects.push(Effect::CloseRoom);
        }
        Event::Seated(session) => {
            let user = session.user_id.clone();
            change_sessions(&mut state, &user, &mut effects, |_, sessions| sessions.push(session));
        }
        Event::Unseated { user_id, at } => {
            change_sessions(&mut state, &user_id, &mut effects, |_, sessions| {
                sessions
                    .iter_mut()
                    .filter(|session| session.is_joined())
                    .for_each(|session| session.leave(at));
            });
            effects.push(Effect::Disconnect(user_id));
        }
        Event::Joined(presence) => {
            let user = presence.user_id.clone();
            change_sessions(&mut state, &user, &mut effects, |stream, sessions| {
                find_or_make(stream, sessions, &presence);
            });
        }
        Event::Left { presence, at } => {
            let user = presence.user_id.clone();
            change_sessions(&mut state, &user, &mut effects, |stream, sessions| {
                let index = find_or_make(stream, sessions, &presence);
                sessions.get_mut(index).into_iter().for_each(|session| session.leave(at));
            });
        }
    }
    if shows(&state.stream) != shows(&before) || effects.iter().any(is_seen) {
        state.stream.revision += 1;
    }
    (state, effects)
}

/// What watchers see of a stream.
fn shows(stream: &Stream) -> (StreamStatus, Option<Millis>, u32, u32, u32, Option<&str>) {
    let Stream { status, started_at, viewer_count, total_viewers, peak_viewer_count, host_name, .. } = stream;
    (*status, *started_at, *viewer_count, *total_viewers, *peak_viewer_count, host_name.as_deref())
}

/// Whether the effect changes what watchers see beside the stream's record, or is told to them.
fn is_seen(effect: &Effect) -> bool {
    matches!(effect, Effect::Entered(..) | Effect::Exited(_) | Effect::TellStarted)
}

fn start(stream: &mut Stream, at: Millis, effects: &mut Vec<Effect>) {
    if !stream.status.is_open() {
        return;
    }
    stream.status = StreamStatus::Live;
    stream.started_at = stream.started_at.or(Some(at));
    effects.push(Effect::TellStarted);
}

fn end(stream: &mut Stream, at: Millis, effects: &mut Vec<Effect>) {
    if !stream.status.is_open() {
        return;
    }
    stream.status = StreamStatus::Ended;
    stream.ended_at = Some(at);
    stream.joined_count = 0;
    stream.viewer_count = 0;
    effects.extend([Effect::AllLeft(at), Effect::TellEnded]);
}

/// Changes the sessions of a user, and the stream's counts with them.
fn change_sessions(
    state: &mut State,
    user: &UserId,
    effects: &mut Vec<Effect>,
    change: impl FnOnce(&Stream, &mut Vec<Session>),
) {
    let State { stream, sessions } = state;
    let before = Summary::of(sessions);
    change(stream, sessions);
    settle(stream, sessions);
    let after = Summary::of(sessions);
    count(&mut stream.joined_count, before.holds_place, after.holds_place);
    count(&mut stream.viewer_count, before.watches, after.watches);
    count(&mut stream.total_viewers, before.ever_watched, after.ever_watched);
    stream.peak_viewer_count = stream.peak_viewer_count.max(stream.viewer_count);
    let hosts = |session: &&Session| session.sid.is_some() && session.role == Role::Host;
    if let Some(host) = sessions.iter().rev().find(hosts) {
        stream.host_name = Some(host.display_name.clone());
    }
    match (before.is_present, after.is_present) {
        (false, true) => {
            let role = sessions.iter().rev().find(|session| session.is_present()).map(|session| session.role);
            effects.push(Effect::Entered(user.clone(), role.unwrap_or(Role::Viewer)));
        }
        (true, false) => effects.push(Effect::Exited(user.clone())),
        _ => {}
    }
    if before.watches != after.watches {
        effects.push(Effect::TellCount);
    }
}

fn count(counter: &mut u32, before: bool, after: bool) {
    *counter = match (before, after) {
        (false, true) => counter.saturating_add(1),
        (true, false) => counter.saturating_sub(1),
        _ => *counter,
    };
}
