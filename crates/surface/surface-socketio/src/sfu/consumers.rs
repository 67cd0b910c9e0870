//! `consume` and `setConsumerPreferredLayers`.

use crate::asker::Refused;
use rtc_app::{ConsumeDraft, Layers, MediaError, PeerMedia};
use rtc_types::{ErrorCode, ortc::RtpCapabilities};
use rtc_wire::socketio::sfu::{Consume, SetPreferredLayers, TrackConsumed};
use std::sync::Arc;

pub(super) async fn consume(
    media: &PeerMedia,
    ask: Consume,
    at_join: Option<Arc<RtpCapabilities>>,
) -> Result<TrackConsumed, Refused> {
    let at_join = || at_join.map(|capabilities| (*capabilities).clone());
    let Some(capabilities) = ask.rtp_capabilities.or_else(at_join) else {
        return Err(Refused(ErrorCode::ValidationError, "`rtpCapabilities` is missing".into()));
    };
    // The client makes its side first and then resumes: a track that flows before would be dropped there.
    let draft = ConsumeDraft { producer: ask.producer_id, capabilities, paused: true, mid: None };
    let made = media.consume(&ask.transport_id, draft).await?;
    Ok(TrackConsumed {
        id: made.id.to_string(),
        producer_id: made.producer.to_string(),
        kind: made.kind,
        rtp_parameters: made.parameters,
        producer_type: made.producer_type,
        producer_paused: made.producer_paused,
        app_data: made.app_data,
    })
}

pub(super) async fn prefer(media: &PeerMedia, ask: &SetPreferredLayers) -> Result<(), MediaError> {
    let best = u8::MAX;
    let layers =
        ask.spatial_layer.map(|spatial| Layers { spatial, temporal: ask.temporal_layer.unwrap_or(best) });
    media.set_preferred_layers(&ask.consumer_id, layers).await
}
