//! A peer's stream as server-sent events (HTML standard, section 9.2).

use super::backend::SignalItems;
use crate::{StreamItem, signal_stream::one_line};
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::StreamExt;
use std::{convert::Infallible, time::Duration};

/// A comment after this much silence, so that proxies keep the stream and a gone reader is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn response(items: SignalItems) -> Response {
    let events = items.map(|item| Ok::<_, Infallible>(event(&item)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn event(item: &StreamItem) -> Event {
    match item {
        StreamItem::Signal { seq, event } => {
            Event::default().event("signal").id(seq.to_string()).data(one_line(event))
        }
        StreamItem::Lagged => Event::default().event("lagged").data("{}"),
    }
}
