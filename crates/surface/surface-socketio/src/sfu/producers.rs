//! `produce` and `getProducers`.

use super::render;
use crate::asker::{Asker, Refused};
use rtc_app::{PeerMedia, ProduceDraft};
use rtc_types::{ErrorCode, Json, RoomId};
use rtc_wire::socketio::sfu::{Produce, ProducerId, Producers};
use serde::Deserialize;

pub(super) async fn produce(media: &PeerMedia, ask: Produce, asker: Asker) {
    let draft = ProduceDraft {
        kind: ask.kind,
        parameters: ask.rtp_parameters,
        paused: ask.paused,
        source: ask.app_data.as_ref().and_then(source),
        app_data: ask.app_data,
    };
    match media.produce(&ask.transport_id, draft).await {
        Ok(id) => asker.give(&ProducerId { producer_id: &id }),
        Err(error) => asker.settle::<()>(Err(error.into())),
    }
}

/// What a track shows, in the words that apps of `mediasoup-client` use: `source`, or `mediaTag`, where
/// `cam-video` and the like stand for the kind.
fn source(app_data: &Json) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Words {
        source: Option<String>,
        media_tag: Option<String>,
    }
    let words: Words = serde_json::from_str(app_data.as_str()).ok()?;
    words.source.or(words.media_tag.filter(|tag| !tag.starts_with("cam-")))
}

pub(super) fn list(media: &PeerMedia, call_id: &RoomId, named: Option<&str>) -> Result<Producers, Refused> {
    if named.is_some_and(|named| named != call_id.as_str()) {
        return Err(Refused(ErrorCode::NotInRoom, "this connection is in another call".into()));
    }
    Ok(Producers {
        producers: media.producers().iter().map(|producer| render::producer(producer)).collect(),
        data_producers: media
            .data_producers()
            .iter()
            .map(|producer| render::data_producer(producer))
            .collect(),
    })
}
