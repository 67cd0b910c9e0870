//! The parsers that face the network, for fuzz targets.

use crate::{entry::Entry, frame, render, routes, twirp};
use axum::extract::{RawQuery, ws::Message};
use livekit_protocol as lk;
use prost::Message as _;

/// A request to connect: its query, as each path reads it.
pub fn query(text: &str) {
    let Ok(query) = routes::read_query(&RawQuery(Some(text.to_owned()))) else { return };
    for v1 in [false, true] {
        let tracks = Entry::read(&query, v1).map(|entry| entry.tracks).unwrap_or_default();
        // What is read of a track holds to its limits.
        tracks.iter().for_each(|track| drop(render::draft(track)));
    }
}

/// A frame of a client.
pub fn frame(bytes: &[u8]) {
    let binary = frame::read(&Message::Binary(bytes.to_vec().into()));
    let text = std::str::from_utf8(bytes).ok().and_then(|text| frame::read(&Message::Text(text.into())));
    for (_, request) in binary.into_iter().chain(text) {
        let written = lk::SignalRequest { message: Some(request.clone()) }.encode_to_vec();
        let again = frame::read(&Message::Binary(written.into())).map(|(_, request)| request);
        assert_eq!(again, Some(request), "what was written can be read");
    }
}

/// A body of the room API, and a packet on a data channel.
pub fn body(bytes: &[u8]) {
    twirp::read_all(&bytes.to_vec().into());
    // It may be none; the relay passes on nothing then.
    let _ = lk::DataPacket::decode(bytes);
}
