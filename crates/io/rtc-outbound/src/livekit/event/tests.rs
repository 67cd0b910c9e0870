//! The JSON of events, byte for byte in LiveKit's names.

use super::*;
use serde_json::json;

const AT_MS: Millis = 1_800_000_000_123;

fn room() -> RoomFacts {
    RoomFacts {
        sid: "RM_1".into(),
        name: "daily".into(),
        created_at_ms: AT_MS,
        participants: 2,
        ..Default::default()
    }
}

fn zoe() -> ParticipantFacts {
    ParticipantFacts {
        sid: "PA_1".into(),
        identity: "zoe".into(),
        name: "Zoë".into(),
        joined_at_ms: AT_MS,
        permission: Permission { subscribe: true, ..Permission::default() },
        ..Default::default()
    }
}

fn camera() -> TrackFacts {
    TrackFacts {
        sid: "TR_1".into(),
        kind: MediaKind::Video,
        name: String::new(),
        source: "camera".into(),
        is_muted: false,
        mime_type: "video/VP8".into(),
        size: (1280, 720),
    }
}

fn body(event: &RoomEvent) -> Value {
    let text = webhook_body(&webhook_event("EV_1", AT_MS, &room(), event));
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn a_room_event_carries_the_room_in_livekits_names() {
    assert_eq!(
        body(&RoomEvent::RoomFinished(FinishedBecause::Deleted)),
        json!({ "event": "room_finished", "id": "EV_1", "createdAt": "1800000000",
            "roomEndReason": "ROOM_END_API_DELETE",
            "room": { "sid": "RM_1", "name": "daily", "creationTime": "1800000000",
                "creationTimeMs": "1800000000123", "numParticipants": 2 } })
    );
    assert_eq!(body(&RoomEvent::RoomStarted)["roomEndReason"], Value::Null);
}

#[test]
fn a_participant_that_left_is_disconnected_and_says_why() {
    let left = body(&RoomEvent::ParticipantLeft(zoe(), LeftBecause::Removed));
    assert_eq!(left["event"], "participant_left");
    assert_eq!(
        left["participant"],
        json!({ "sid": "PA_1", "identity": "zoe", "name": "Zoë", "state": "DISCONNECTED",
            "joinedAt": "1800000000", "joinedAtMs": "1800000000123", "permission": { "canSubscribe": true },
            "disconnectReason": "PARTICIPANT_REMOVED" })
    );
    let joined = body(&RoomEvent::ParticipantJoined(zoe()));
    assert_eq!(
        (&joined["event"], &joined["participant"]["state"]),
        (&json!("participant_joined"), &json!("ACTIVE"))
    );
    let aborted = body(&RoomEvent::ParticipantConnectionAborted(zoe()));
    assert_eq!(aborted["participant"]["disconnectReason"], "JOIN_FAILURE");
}

#[test]
fn a_track_event_carries_participant_and_track() {
    let published = body(&RoomEvent::TrackPublished(zoe(), camera()));
    assert_eq!(published["event"], "track_published");
    assert_eq!(published["participant"]["identity"], "zoe");
    assert_eq!(
        published["track"],
        json!({ "sid": "TR_1", "type": "VIDEO", "source": "CAMERA", "mimeType": "video/VP8", "width": 1280, "height": 720 })
    );
    let odd = TrackFacts { source: "periscope".into(), kind: MediaKind::Audio, ..camera() };
    let unpublished = body(&RoomEvent::TrackUnpublished(zoe(), odd));
    // Defaults are left out: audio and an unknown source are both 0.
    assert_eq!(
        (&unpublished["track"]["type"], &unpublished["track"]["source"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn an_event_of_the_platform_has_the_same_shape() {
    let text = platform_body("EV_2", AT_MS, "livestream_created", ("livestream", json!({ "id": "x" })));
    assert_eq!(
        serde_json::from_slice::<Value>(&text).expect("JSON"),
        json!({ "event": "livestream_created", "id": "EV_2", "createdAt": "1800000000", "livestream": { "id": "x" } })
    );
    let read: WebhookEvent = serde_json::from_slice(&text).expect("LiveKit's message");
    assert_eq!((read.event.as_str(), read.created_at), ("livestream_created", 1_800_000_000));
}

/// Bodies that `e2e/tests/livekit-tokens.test.ts` hands to LiveKit's own receiver.
#[test]
fn the_bodies_are_the_ones_that_livekits_receiver_was_shown() {
    let shown: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).expect("JSON");
    let written = [
        body(&RoomEvent::RoomStarted),
        body(&RoomEvent::RoomFinished(FinishedBecause::Idle)),
        body(&RoomEvent::ParticipantJoined(zoe())),
        body(&RoomEvent::ParticipantLeft(zoe(), LeftBecause::DuplicateIdentity)),
        body(&RoomEvent::ParticipantConnectionAborted(zoe())),
        body(&RoomEvent::TrackPublished(zoe(), camera())),
        body(&RoomEvent::TrackUnpublished(zoe(), camera())),
    ];
    assert_eq!(written.as_slice(), shown.as_slice());
}
