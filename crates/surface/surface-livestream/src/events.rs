//! A stream's state, and its events as they happen (SSE). Public by the stream's id, unless its app says otherwise.

use crate::{
    answer::{data, snapshot, time},
    caller::Watcher,
    state::LivestreamSurface,
};
use axum::{
    Json as Wrapped,
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use rtc_app::{EventId, StreamEvent, Watch, WatchEvent};
use rtc_http::{ApiError, Id, Lasting, Source};
use rtc_types::{ErrorCode, StreamId};
use rtc_wire::livestream::{Answer, LivestreamState, RoomEnded, RoomStarted, ViewerCountUpdate};
use serde::Serialize;
use std::sync::Arc;

pub(crate) async fn state(
    watcher: Watcher,
    State(state): State<LivestreamSurface>,
    Id(id): Id<StreamId>,
) -> Result<Wrapped<Answer<LivestreamState>>, ApiError> {
    watcher.may_watch(&state.http.app, &id).await?;
    Ok(data(snapshot(&state.http.app.livestream_state(&id).await?)))
}

pub(crate) async fn events(
    watcher: Watcher,
    State(state): State<LivestreamSurface>,
    Id(id): Id<StreamId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let app = state.http.app;
    if app.watchers().1 >= state.watchers_max {
        return Err(ApiError::new(ErrorCode::Unavailable, "this server has as many watchers as it can hold"));
    }
    watcher.may_watch(&app, &id).await?;
    // One that is not of this server's making says nothing, and everything is told.
    let last: Option<EventId> =
        headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let watch = app.watch_livestream(&id, last).await?;
    let source = Events { watch, id };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        // Proxies that collect answers would hold events back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok(Lasting::answer_from(headers, source, async move { app.shutdown_begun().await }))
}

/// What one watcher is sent.
struct Events {
    watch: Watch,
    id: StreamId,
}

impl Source for Events {
    fn next(&mut self) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(async {
            let told = self.watch.next().await?;
            Some(told.render(|told| frame(&self.id, told)).clone())
        })
    }

    fn attach(&mut self, outlet: &Arc<dyn rtc_http::Outlet>) -> bool {
        self.watch.attach(Box::new(Pushed(outlet.clone()))).is_ok()
    }
}

/// A watcher's connection, which its events are written to as they happen.
struct Pushed(Arc<dyn rtc_http::Outlet>);

impl rtc_app::Outlet for Pushed {
    fn take(&self, stream: &StreamId, told: &WatchEvent) {
        self.0.push(told.render(|told| frame(stream, told)));
    }

    fn end(&self) {
        self.0.end();
    }
}

/// One event in the wire's form. JSON holds no line break, so no value can end it early.
fn frame(id: &StreamId, told: &WatchEvent) -> Bytes {
    let stream_id = id.to_string();
    let (name, json) = match &told.event {
        StreamEvent::Alive => return Bytes::from_static(b": alive\n\n"),
        StreamEvent::State(state) => ("state", json(&snapshot(state))),
        StreamEvent::Started { started_at } => {
            ("room_started", json(&RoomStarted { stream_id, started_at: started_at.map(time) }))
        }
        StreamEvent::Count { viewers, total, peak } => {
            let update = ViewerCountUpdate {
                stream_id,
                viewer_count: *viewers,
                total_viewers: *total,
                peak_viewer_count: *peak,
            };
            ("viewer_count_update", json(&update))
        }
        StreamEvent::Ended { ended_at } => {
            ("room_ended", json(&RoomEnded { stream_id, ended_at: ended_at.map(time) }))
        }
    };
    let event_id = told.id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("{event_id}event: {name}\ndata: {json}\n\n"))
}

fn json(value: &impl Serialize) -> String {
    // Wire types are plain values, which always serialise.
    serde_json::to_string(value).unwrap_or_default()
}
