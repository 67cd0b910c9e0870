//! Server-sent events.

use crate::world::*;
use serde_json::{Value, json};

/// Reads events off a response, frame by frame.
struct Reader {
    response: reqwest::Response,
    text: String,
}

impl Reader {
    async fn open(w: &World, id: &str, last: Option<&str>) -> Self {
        let mut request = w.client.get(w.url(&format!("/livestreams/{id}/events")));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event's name, id and data; `None` at the end.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = frame.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim_start_matches(": ").to_owned()
                };
                let (event, id, data) = (field("event"), field("id"), field("data"));
                self.text = rest.to_owned();
                if event.is_empty() {
                    continue;
                }
                return Some((event, id, serde_json::from_str(&data).expect("JSON")));
            }
            let chunk = self.response.chunk().await.expect("a chunk")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }
}

#[tokio::test]
async fn a_page_sees_the_state_the_counts_and_the_end() {
    let w = World::new().await;
    let id = w.create("show").await;
    let mut page = Reader::open(&w, &id, None).await;
    let (event, _, state) = page.next().await.expect("the state");
    assert_eq!(event, "state");
    assert_eq!(
        state,
        json!({
            "streamId": id, "status": "LIVE", "participants": [], "startedAt": "2027-01-15T08:00:00.000Z",
            "viewerCount": 0, "totalViewers": 0, "peakViewerCount": 0,
            "hostInfo": { "userId": "ann", "displayName": "The show" },
        })
    );
    w.webhook(&json!({
        "id": "1", "event": "participant_joined", "createdAt": "1800000000",
        "room": { "name": "show", "sid": "RM_0" },
        "participant": { "sid": "PA_1", "identity": "zoe", "name": "Zoë\nevent: forged" },
    }))
    .await;
    let (event, count_id, count) = page.next().await.expect("a count");
    assert_eq!((event.as_str(), &count["viewerCount"]), ("viewer_count_update", &json!(1)));
    w.webhook(&json!({ "id": "2", "event": "room_started", "room": { "name": "show", "sid": "RM_0" } }))
        .await;
    assert_eq!(page.next().await.expect("it").0, "room_started");
    // Whoever comes back hears what it missed, and not what it heard.
    let mut back = Reader::open(&w, &id, Some(&count_id)).await;
    assert_eq!(back.next().await.expect("the state").0, "state");
    assert_eq!(back.next().await.expect("what it missed").0, "room_started");
    let mut fresh = Reader::open(&w, &id, Some("nonsense")).await;
    assert_eq!(fresh.next().await.expect("the state").0, "state");
    let body = json!({ "requestingUserId": "ann" });
    w.ask(As::Owner, "DELETE", &format!("/livestreams/{id}"), Some(body)).await;
    for page in [&mut page, &mut back, &mut fresh] {
        let (event, _, ended) = page.next().await.expect("the end");
        assert_eq!((event.as_str(), &ended["endedAt"]), ("room_ended", &json!("2027-01-15T08:00:00.000Z")));
        assert!(page.next().await.is_none());
    }
}

#[tokio::test]
async fn the_server_ends_event_streams_when_it_is_about_to_stop() {
    let w = World::new().await;
    let id = w.create("show").await;
    let mut page = Reader::open(&w, &id, None).await;
    page.next().await.expect("the state");
    w.server.app.begin_shutdown();
    assert!(page.next().await.is_none());
}
