//! What the tenants' endpoints are told of streams, in the transaction of what happened.

use super::ids::message_id;
use crate::{App, LivestreamDetails};
use rtc_livestream::Effect;
use rtc_store::{Applied, Change, Outcome, StoreError, Told};
use rtc_types::Millis;
use serde_json::{Value, json};

/// Renders a stream for an event's body; a surface gives its own.
fn body(event: &str, id: &str, now: Millis, row: &LivestreamDetails) -> String {
    let stream = &row.stream;
    let object = |text: &Option<String>| {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    };
    json!({
        "event": event,
        "id": id,
        // Protobuf's JSON, whose shape this follows, writes 64-bit numbers as texts.
        "createdAt": (now / 1000).to_string(),
        "livestream": {
            "id": stream.id,
            "roomName": row.room_name,
            "title": row.title,
            "description": row.description,
            "status": stream.status.as_str(),
            "createdBy": stream.created_by,
            "maxParticipants": row.max_participants,
            "emptyTimeout": row.empty_timeout_s,
            "metadata": object(&row.metadata),
            "startedAtMs": stream.started_at,
            "endedAtMs": stream.ended_at,
            "viewerCount": stream.viewer_count,
            "totalViewers": stream.total_viewers,
            "peakViewerCount": stream.peak_viewer_count,
        },
    })
    .to_string()
}

pub(super) fn told(event: &str, now: Millis, row: &LivestreamDetails) -> Told {
    let id = message_id(now);
    let payload = body(event, &id, now, row);
    Told { id, event: event.to_owned(), room: row.room_name.clone(), payload }
}

impl App {
    /// Makes changes in one transaction, together with what the endpoints are told of them.
    pub(super) async fn make(&self, changes: &[Change]) -> Result<Vec<Outcome>, StoreError> {
        let now = self.now();
        let tell = |_: &Change, applied: &Applied| -> Vec<Told> {
            let event = |effect: &Effect| match effect {
                Effect::TellStarted => Some("livestream_started"),
                Effect::TellEnded => Some("livestream_ended"),
                _ => None,
            };
            let events = applied.effects.iter().filter_map(event);
            events.map(|event| told(event, now, &applied.row)).collect()
        };
        self.0.store.apply(changes, &tell, now).await
    }
}
