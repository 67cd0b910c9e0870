//! Values that the cases about livestreams share.

use super::*;
use rtc_livestream::{Event, Presence, Role, Session};
use rtc_store::{
    Action, Applied, Change, JobKey, NewEndpoint, NewJob, NewLivestream, Outcome, RoomRef, Target, Told,
};
use rtc_types::{ParticipantId, StreamId};

pub fn stream_id(id: &str) -> StreamId {
    StreamId::new(id).unwrap()
}

pub fn participant_id(id: &str) -> ParticipantId {
    ParticipantId::new(id).unwrap()
}

pub fn new_stream(id: &str, room_name: &str) -> NewLivestream {
    NewLivestream {
        id: stream_id(id),
        room_name: room_name.to_owned(),
        title: format!("Stream {id}"),
        description: Some("about it".into()),
        metadata: Some("{\"a\":1}".into()),
        max_participants: 100,
        empty_timeout_s: 86_400,
        created_by: user_id("ann"),
        created_at: NOW,
    }
}

/// The room of a stream `id`, which was made with it.
pub fn room_of(id: &str, name: &str) -> RoomRef {
    RoomRef { name: name.to_owned(), sid: format!("RM_{id}"), created_at: NOW }
}

pub fn presence(user: &str, sid: &str, connected_at: Millis) -> Presence {
    Presence {
        sid: sid.to_owned(),
        room_sid: None,
        user_id: user_id(user),
        display_name: user.to_uppercase(),
        connected_at,
        seat: None,
        fresh_id: participant_id(&format!("row of {sid} for {user}")),
    }
}

pub fn joined(user: &str, sid: &str, at: Millis) -> Action {
    Action::Event(Event::Joined(presence(user, sid, at)))
}

pub fn left(user: &str, sid: &str, began: Millis, at: Millis) -> Action {
    Action::Event(Event::Left { presence: presence(user, sid, began), at })
}

pub fn seat(user: &str, role: Role, n: u64) -> Action {
    let id = participant_id(&format!("seat {n} of {user}"));
    Action::Seat(Session::seat(id, user_id(user), user.to_owned(), role, None, NOW + n))
}

/// A change that a webhook asks for.
pub fn webhook(app: &str, room: &RoomRef, id: &str, action: Action) -> Change {
    Change {
        app_id: app_id(app),
        target: Target::Room(room.clone()),
        action,
        webhook: Some(id.to_owned()),
        job: None,
        told: None,
    }
}

pub fn on_stream(app: &str, stream: &str, action: Action) -> Change {
    Change::of_stream(app_id(app), stream_id(stream), action)
}

pub fn nothing_told(_: &Change, _: &Applied) -> Vec<Told> {
    Vec::new()
}

pub fn told(id: &str, event: &str, room: &str) -> Told {
    Told { id: id.into(), event: event.into(), room: room.into(), payload: format!("{{\"id\":\"{id}\"}}") }
}

pub fn new_endpoint(id: &str, events: &[&str]) -> NewEndpoint {
    NewEndpoint {
        id: id.to_owned(),
        url: format!("https://{id}.example/hook"),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        secret_sealed: format!("v1.sealed-{id}"),
        created_at: NOW,
    }
}

pub fn job_key(id: &str) -> JobKey {
    JobKey { queue: "webhooks".into(), id: id.to_owned() }
}

pub fn new_job(id: &str) -> NewJob {
    NewJob { key: job_key(id), payload: format!("payload of {id}"), created_at: NOW }
}

impl Harness {
    /// Applies one change.
    pub async fn apply(&self, change: Change) -> Outcome {
        apply(&self.store, change).await
    }

    /// The tenant `a` with the stream `s`, which is live in the room `show`.
    pub async fn live(&self) -> (TenantStore, RoomRef) {
        let tenant = self.tenant("a").await;
        self.live_stream(&tenant, "s", "show").await;
        (tenant, room_of("s", "show"))
    }

    /// Makes a live stream.
    pub async fn live_stream(&self, tenant: &TenantStore, id: &str, name: &str) {
        tenant.create_livestream(new_stream(id, name)).await.unwrap();
        let room = rtc_livestream::MediaRoom { sid: format!("RM_{id}"), created_at: NOW };
        let started = Action::Event(Event::RoomStarted { room, at: NOW });
        let app = tenant.app_id().to_string();
        let outcome = self.apply(on_stream(&app, id, started)).await;
        assert!(outcome.applied().is_some(), "{outcome:?}");
    }
}

pub async fn apply(store: &Store, change: Change) -> Outcome {
    store.apply(&[change], &nothing_told, NOW).await.unwrap().remove(0)
}
