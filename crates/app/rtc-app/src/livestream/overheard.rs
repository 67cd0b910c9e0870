//! What happens in the built-in media server's rooms, as the webhooks that an external LiveKit would send.

use crate::{App, RequestError, RoomFact, Tenant, conference::RoomFacts};
use rtc_outbound::livekit::event::{
    self, FinishedBecause, LeftBecause, ParticipantFacts, Permission, RoomEvent, TrackFacts,
};
use rtc_types::{LeaveReason, Topology};
use std::time::Duration;
use tokio::sync::mpsc;

/// Facts that may wait for the database.
const WAITING_MAX: usize = 65_536;
/// Between two attempts to queue one that the database did not take.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// What names of participants in a life begin with.
const PARTICIPANT_PREFIX: &str = "PA_";

impl App {
    /// Queues what happens in the rooms of this process, in order, until the task is aborted. The first call counts.
    pub async fn run_media_events(self) {
        let (sender, mut facts) = mpsc::channel(WAITING_MAX);
        let listens = self.listen_to_rooms(Box::new(move |fact| {
            if sender.try_send(fact).is_err() {
                tracing::error!("an event of a room is lost: the database has not taken any for long");
            }
        }));
        if !listens {
            return;
        }
        while let Some(fact) = facts.recv().await {
            self.queue_fact(fact).await;
        }
    }

    async fn queue_fact(&self, fact: RoomFact) {
        let finished = matches!(fact, RoomFact::RoomFinished(_));
        let (room, event) = translate(fact);
        let id = format!("EV_{}", crate::random_id());
        let message = event::webhook_event(&id, self.now(), &facts_of(&room), &event);
        let body = event::webhook_body(&message);
        loop {
            match self.try_queue(&room, finished, &body).await {
                Ok(()) => return,
                Err(error @ (RequestError::Unavailable(..) | RequestError::Store(_))) => {
                    tracing::warn!(%error, "an event of a room cannot be queued yet");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
                // The same event would be refused again, and those behind it would wait for good.
                Err(error) => {
                    tracing::error!(%error, event = event.name(), "an event of a room is refused");
                    return;
                }
            }
        }
    }

    /// Whether somebody is to hear of what happens in a room: a livestream that may be on it, which is never so where
    /// the peers send to each other, or the tenant's endpoints.
    async fn concerns_anybody(&self, room: &RoomFacts) -> Result<bool, RequestError> {
        match room.topology {
            Topology::Sfu => Ok(true),
            Topology::P2p => Ok(!self.0.store.tenant(&room.app).list_endpoints().await?.is_empty()),
        }
    }

    async fn try_queue(&self, room: &RoomFacts, finished: bool, body: &[u8]) -> Result<(), RequestError> {
        if !self.concerns_anybody(room).await? {
            return Ok(());
        }
        if finished {
            match self.get_room(&Tenant::of(room.app.clone()), &room.room).await {
                // Made by the tenant, it outlives its people: they come back, as a host does who reloads the page.
                Ok(_) => return Ok(()),
                Err(RequestError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.accept_media_event(&room.app, body).await
    }
}

fn translate(fact: RoomFact) -> (RoomFacts, RoomEvent) {
    match fact {
        RoomFact::RoomStarted(room) => (room, RoomEvent::RoomStarted),
        RoomFact::RoomFinished(room) => (room, RoomEvent::RoomFinished(FinishedBecause::Idle)),
        RoomFact::Joined(room, member) => (room, RoomEvent::ParticipantJoined(participant(&member))),
        RoomFact::Left(room, member, reason) => {
            (room, RoomEvent::ParticipantLeft(participant(&member), because(reason)))
        }
        RoomFact::Aborted(room, member, _) => {
            (room, RoomEvent::ParticipantConnectionAborted(participant(&member)))
        }
        RoomFact::TrackPublished(room, member, told) => {
            (room, RoomEvent::TrackPublished(participant(&member), track(&told)))
        }
        RoomFact::TrackUnpublished(room, member, told) => {
            (room, RoomEvent::TrackUnpublished(participant(&member), track(&told)))
        }
    }
}

fn because(reason: LeaveReason) -> LeftBecause {
    match reason {
        LeaveReason::Left => LeftBecause::ClientLeft,
        LeaveReason::Timeout => LeftBecause::ConnectionLost,
        LeaveReason::Kicked | LeaveReason::Revoked => LeftBecause::Removed,
        LeaveReason::Replaced => LeftBecause::DuplicateIdentity,
        LeaveReason::RoomClosed => LeftBecause::RoomDeleted,
    }
}

fn facts_of(room: &RoomFacts) -> event::RoomFacts {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    event::RoomFacts {
        sid: room.sid.to_string(),
        name: room.room.to_string(),
        departure_timeout_s: room.departure_timeout_s,
        max_participants: narrow(room.capacity),
        created_at_ms: room.created_at,
        metadata: room.metadata.clone(),
        participants: narrow(room.members),
        ..event::RoomFacts::default()
    }
}

fn participant(member: &crate::MemberView) -> ParticipantFacts {
    let (seat, profile) = (member.peer.seat.as_str(), &member.profile);
    let named = seat.starts_with(PARTICIPANT_PREFIX);
    ParticipantFacts {
        sid: if named { seat.to_owned() } else { format!("{PARTICIPANT_PREFIX}{seat}") },
        identity: member.peer.user_id.to_string(),
        name: profile.name.clone(),
        metadata: profile.metadata.clone(),
        attributes: profile.attributes.clone(),
        joined_at_ms: member.joined_at,
        is_publisher: !member.tracks.is_empty(),
        permission: Permission {
            publish: profile.permission.publish,
            subscribe: profile.permission.subscribe,
            publish_data: profile.permission.publish_data,
            hidden: profile.permission.hidden,
        },
    }
}

fn track(told: &crate::TrackView) -> TrackFacts {
    let source = match told.details.source.name(told.kind) {
        "screen" => "screen_share",
        "screen-audio" => "screen_share_audio",
        other => other,
    };
    TrackFacts {
        sid: told.sid.to_string(),
        kind: told.kind,
        name: told.details.name.clone(),
        source: source.to_owned(),
        is_muted: told.muted,
        mime_type: told.details.mime_type.clone(),
        size: (told.details.width, told.details.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AppConfig;
    use rtc_store::{NewEndpoint, Store, StoreOptions};
    use rtc_types::{AppId, RoomId};
    use std::sync::Arc;

    #[tokio::test]
    async fn a_peer_to_peer_room_concerns_only_tenants_who_asked_for_webhooks() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.expect("a database");
        let app = App::new(AppConfig::default(), store, Arc::new(|| 1_800_000_000_000));
        let id = AppId::new("a").expect("an id");
        app.create_app_as(id.clone(), "a", None).await.expect("an app");
        let room = |topology| RoomFacts {
            app: id.clone(),
            room: RoomId::new("r").expect("an id"),
            sid: "RM_r".into(),
            created_at: 1,
            topology,
            metadata: String::new(),
            members: 1,
            capacity: 2,
            departure_timeout_s: 0,
        };
        let concerns = async |topology| app.concerns_anybody(&room(topology)).await.expect("a database");
        assert_eq!((concerns(Topology::P2p).await, concerns(Topology::Sfu).await), (false, true));
        let endpoint = NewEndpoint {
            id: "e".into(),
            url: "https://hooks.test".into(),
            events: vec!["*".into()],
            secret_sealed: "sealed".into(),
            created_at: 1,
        };
        app.0.store.tenant(&id).create_endpoint(endpoint, 8).await.expect("an endpoint");
        assert!(concerns(Topology::P2p).await);
    }
}
