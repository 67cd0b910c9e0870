//! What happens in the built-in media server's rooms, as the webhooks that an external LiveKit would send.

use crate::{App, RequestError, RoomFact, Tenant, conference::RoomFacts};
use rtc_outbound::livekit::event::{
    self, FinishedBecause, LeftBecause, ParticipantFacts, Permission, RoomEvent, TrackFacts,
};
use rtc_types::LeaveReason;
use std::time::Duration;
use tokio::sync::mpsc;

/// Facts that may wait for the database.
const WAITING_MAX: usize = 65_536;
/// Between two attempts to queue one that the database did not take.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// What names of participants in a life begin with.
const PARTICIPANT_PREFIX: &str = "PA_";
/// Seconds that a room stays after its last participant, as LiveKit tells it; rooms here end with their last.
const DEPARTURE_TIMEOUT_S: u32 = 20;

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

    async fn try_queue(&self, room: &RoomFacts, finished: bool, body: &[u8]) -> Result<(), RequestError> {
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
        departure_timeout_s: DEPARTURE_TIMEOUT_S,
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
