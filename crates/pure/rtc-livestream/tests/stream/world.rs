//! A stream with its rows in memory, loaded and saved for each event as a database does it.

use rtc_livestream::{Effect, Event, MediaRoom, Presence, Role, Session, State, Stream, reduce};
use rtc_types::{Millis, ParticipantId, StreamId, UserId};

pub const CREATED: Millis = 1_000_000;

pub fn user(name: &str) -> UserId {
    UserId::new(name).expect("an id")
}

pub fn participant(name: &str) -> ParticipantId {
    ParticipantId::new(name).expect("an id")
}

pub fn room() -> MediaRoom {
    MediaRoom { sid: "RM_1".into(), created_at: CREATED }
}

pub fn presence(name: &str, sid: &str, connected_at: Millis) -> Presence {
    Presence {
        sid: sid.into(),
        room_sid: Some("RM_1".into()),
        user_id: user(name),
        display_name: format!("{name} by {sid}"),
        connected_at,
        seat: None,
        fresh_id: participant(&format!("row of {sid}")),
    }
}

#[derive(Clone)]
pub struct World {
    pub stream: Stream,
    pub rows: Vec<Session>,
    pub fresh: u32,
}

impl World {
    /// A live stream of `ann`'s.
    pub fn live() -> Self {
        let id = StreamId::new("stream").expect("an id");
        let mut world = World { stream: Stream::scheduled(id, user("ann"), CREATED), rows: vec![], fresh: 0 };
        world.apply(Event::RoomStarted { room: room(), at: CREATED });
        world
    }

    pub fn apply(&mut self, event: Event) -> Vec<Effect> {
        let about = match &event {
            Event::Seated(session) => Some(session.user_id.clone()),
            Event::Unseated { user_id, .. } => Some(user_id.clone()),
            Event::Joined(presence) | Event::Left { presence, .. } => Some(presence.user_id.clone()),
            _ => None,
        };
        let (of_user, others): (Vec<_>, Vec<_>) =
            self.rows.drain(..).partition(|row| Some(&row.user_id) == about.as_ref());
        let (next, effects) = reduce(State { stream: self.stream.clone(), sessions: of_user }, event);
        self.stream = next.stream;
        self.rows = others.into_iter().chain(next.sessions).collect();
        for effect in &effects {
            if let Effect::AllLeft(at) = effect {
                let later = |row: &&mut Session| row.left_at.is_none_or(|left_at| left_at > *at);
                self.rows.iter_mut().filter(later).for_each(|row| {
                    row.status = rtc_livestream::SessionStatus::Left;
                    row.left_at = Some(*at);
                });
            }
        }
        effects
    }

    /// Gives a user a place by the API.
    pub fn seat(&mut self, name: &str, role: Role, at: Millis) -> ParticipantId {
        self.fresh += 1;
        let id = participant(&format!("seat {}", self.fresh));
        let seat = Session::seat(id.clone(), user(name), name.to_uppercase(), role, None, at);
        self.apply(Event::Seated(seat));
        id
    }

    pub fn of(&self, name: &str) -> Vec<&Session> {
        self.rows.iter().filter(|row| row.user_id.as_str() == name).collect()
    }

    /// What must be so at any time: at most one place a user, and counts that agree with the rows.
    pub fn check(&self) {
        let joined: Vec<_> = self.rows.iter().filter(|row| row.is_joined()).collect();
        let mut users: Vec<_> = joined.iter().map(|row| &row.user_id).collect();
        users.sort();
        users.dedup();
        assert_eq!(users.len(), joined.len(), "a user holds two places");
        assert_eq!(self.stream.joined_count as usize, joined.len());
        let watching = joined.iter().filter(|row| row.is_present() && row.role == Role::Viewer).count();
        assert_eq!(self.stream.viewer_count as usize, watching);
        let mut watched: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.sid.is_some() && row.role == Role::Viewer)
            .map(|row| &row.user_id)
            .collect();
        watched.sort();
        watched.dedup();
        assert_eq!(self.stream.total_viewers as usize, watched.len());
        assert!(self.stream.peak_viewer_count >= self.stream.viewer_count);
        assert!(self.stream.peak_viewer_count <= self.stream.total_viewers);
        assert!(self.rows.iter().all(|row| row.is_joined() == row.left_at.is_none()));
    }
}
