//! Webhooks of a media server with many rooms: joins, leaves, tracks and ends, some of them twice, in any order.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rooms that they tell of.
pub const ROOMS: usize = 20;
/// Of these, those that end.
pub const ENDED: [usize; 2] = [3, 11];
/// Of five webhooks, one comes twice.
const TWICE_EVERY: usize = 5;

/// A webhook's body.
#[derive(Clone)]
pub struct Event {
    pub body: String,
}

/// A viewer's media session.
pub struct Session {
    pub room: usize,
    pub sid: String,
    /// It is over in the end.
    pub leaves: bool,
}

/// What is posted, and what it tells of.
pub struct Traffic {
    /// In the order of posting.
    pub posts: Vec<Event>,
    pub sessions: Vec<Session>,
    /// The ids of the webhooks about tracks, each of which a tenant is told once.
    pub published: BTreeMap<String, usize>,
}

impl Traffic {
    /// About `count` webhooks of rooms that were made at `created_at_ms`.
    pub fn new(count: usize, created_at_ms: u64) -> Self {
        let mut traffic = Self { posts: Vec::new(), sessions: Vec::new(), published: BTreeMap::new() };
        for room in ENDED {
            traffic.push(&event(room, "room_finished", created_at_ms, 60, None));
        }
        while traffic.posts.len() < count {
            let number = traffic.sessions.len();
            let (room, sid) = (number % ROOMS, format!("PA_{number}"));
            let leaves = (number / ROOMS).is_multiple_of(2);
            traffic.push(&event(room, "participant_joined", created_at_ms, 1, Some(number)));
            if leaves {
                traffic.push(&event(room, "participant_left", created_at_ms, 2, Some(number)));
            }
            if number.is_multiple_of(3) {
                let published = event(room, "track_published", created_at_ms, 1, Some(number));
                traffic.published.insert(published["id"].as_str().unwrap().to_owned(), 1);
                traffic.push(&published);
            }
            traffic.sessions.push(Session { room, sid, leaves });
        }
        traffic.shuffle();
        traffic
    }

    fn push(&mut self, event: &Value) {
        let event = Event { body: event.to_string() };
        if self.posts.len().is_multiple_of(TWICE_EVERY) {
            self.posts.push(event.clone());
        }
        self.posts.push(event);
    }

    /// The same order each time (Fisher and Yates, on splitmix64).
    fn shuffle(&mut self) {
        let mut state = 7_u64;
        for last in (1..self.posts.len()).rev() {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let other = (mixed ^ (mixed >> 31)) % u64::try_from(last + 1).unwrap();
            self.posts.swap(last, usize::try_from(other).unwrap());
        }
    }
}

/// A viewer that comes to the open room of this name.
pub fn joined(room: &str, viewer: usize) -> Event {
    let body = json!({
        "event": "participant_joined",
        "id": format!("EV_{room}_{viewer}"),
        "room": { "name": room },
        "participant": { "sid": format!("PA_{room}_{viewer}"), "identity": format!("viewer-{viewer}") },
    });
    Event { body: body.to_string() }
}

/// A webhook's body; `viewer`: the number of the viewer that it is about.
fn event(room: usize, name: &str, created_at_ms: u64, after_s: u64, viewer: Option<usize>) -> Value {
    let mut body = json!({
        "event": name,
        "id": format!("EV_{name}_{}", viewer.unwrap_or(room)),
        "createdAt": (created_at_ms / 1_000 + after_s).to_string(),
        "room": {
            "sid": format!("RM_{room}"), "name": format!("room-{room}"), "creationTimeMs": created_at_ms.to_string(),
        },
    });
    if let Some(number) = viewer {
        body["participant"] = json!({
            "sid": format!("PA_{number}"), "identity": format!("viewer-{number}"), "name": "Viewer",
            "joinedAtMs": created_at_ms.to_string(),
        });
    }
    body
}
