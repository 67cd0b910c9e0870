//! Tracks.

use livekit_protocol as lk;
use rtc_app::{TrackDetails, TrackDraft, TrackLayer, TrackSource, TrackView};
use rtc_types::MediaKind;

/// Bytes of a track's or stream's name.
const NAME_BYTES_MAX: usize = 256;
/// Sizes of a video that are told.
const LAYERS_MAX: usize = 4;
/// Bytes of a codec's name.
const CODEC_BYTES_MAX: usize = 32;
/// Features of a track that are told, of each kind.
const FEATURES_MAX: usize = 16;

pub(crate) fn source_number(source: TrackSource) -> i32 {
    let source = match source {
        TrackSource::Unknown => lk::TrackSource::Unknown,
        TrackSource::Camera => lk::TrackSource::Camera,
        TrackSource::Microphone => lk::TrackSource::Microphone,
        TrackSource::Screen => lk::TrackSource::ScreenShare,
        TrackSource::ScreenAudio => lk::TrackSource::ScreenShareAudio,
    };
    source.into()
}

pub(super) fn source(number: i32) -> TrackSource {
    match lk::TrackSource::try_from(number) {
        Ok(lk::TrackSource::Camera) => TrackSource::Camera,
        Ok(lk::TrackSource::Microphone) => TrackSource::Microphone,
        Ok(lk::TrackSource::ScreenShare) => TrackSource::Screen,
        Ok(lk::TrackSource::ScreenShareAudio) => TrackSource::ScreenAudio,
        _ => TrackSource::Unknown,
    }
}

/// A track as everybody sees it.
pub(crate) fn track_info(track: &TrackView) -> lk::TrackInfo {
    let details = &track.details;
    let kind = match track.kind {
        MediaKind::Audio => lk::TrackType::Audio,
        MediaKind::Video => lk::TrackType::Video,
    };
    let layers: Vec<_> = details.layers.iter().map(layer).collect();
    let codec = lk::SimulcastCodecInfo {
        mime_type: details.mime_type.clone(),
        mid: details.mid.clone(),
        layers: layers.clone(),
        ..lk::SimulcastCodecInfo::default()
    };
    #[allow(deprecated, reason = "clients still read them")]
    lk::TrackInfo {
        sid: track.sid.to_string(),
        r#type: kind.into(),
        name: details.name.clone(),
        muted: track.muted,
        width: details.width,
        height: details.height,
        simulcast: details.simulcast,
        disable_dtx: details.disable_dtx,
        source: source_number(details.source),
        layers,
        mime_type: details.mime_type.clone(),
        mid: details.mid.clone(),
        codecs: if details.mime_type.is_empty() { Vec::new() } else { vec![codec] },
        stereo: details.stereo,
        disable_red: details.disable_red,
        encryption: details.encryption,
        stream: details.stream.clone(),
        audio_features: details.audio_features.clone(),
        packet_trailer_features: details.trailers.clone(),
        ..lk::TrackInfo::default()
    }
}

fn layer(own: &TrackLayer) -> lk::VideoLayer {
    lk::VideoLayer {
        quality: own.quality,
        width: own.width,
        height: own.height,
        bitrate: own.bitrate,
        spatial_layer: own.quality,
        ..lk::VideoLayer::default()
    }
}

/// What a client says of a track that it is about to send; `None`: it is neither audio nor video, or goes beyond
/// the limits.
pub(crate) fn draft(request: &lk::AddTrackRequest) -> Option<TrackDraft> {
    let kind = match lk::TrackType::try_from(request.r#type).ok()? {
        lk::TrackType::Audio => MediaKind::Audio,
        lk::TrackType::Video => MediaKind::Video,
        lk::TrackType::Data => return None,
    };
    let named = [&request.cid, &request.name, &request.stream];
    if request.cid.is_empty() || named.iter().any(|name| name.len() > NAME_BYTES_MAX) {
        return None;
    }
    let first = request.simulcast_codecs.first();
    let ids = [Some(&request.cid), first.map(|codec| &codec.cid)].into_iter().flatten();
    let layers = match (&request.layers, first) {
        (layers, Some(codec)) if layers.is_empty() => &codec.layers,
        (layers, _) => layers,
    };
    let layers = layers.iter().take(LAYERS_MAX).map(|theirs| TrackLayer {
        quality: theirs.quality,
        width: theirs.width,
        height: theirs.height,
        bitrate: theirs.bitrate,
    });
    #[allow(deprecated, reason = "clients still set them")]
    let details = TrackDetails {
        name: request.name.clone(),
        source: source(request.source),
        stream: request.stream.clone(),
        width: request.width,
        height: request.height,
        layers: layers.collect(),
        disable_dtx: request.disable_dtx,
        disable_red: request.disable_red,
        stereo: request.stereo,
        encryption: request.encryption,
        audio_features: request.audio_features.iter().take(FEATURES_MAX).copied().collect(),
        trailers: request.packet_trailer_features.iter().take(FEATURES_MAX).copied().collect(),
        mime_type: first.filter(|_| kind == MediaKind::Video).map(mime_of).unwrap_or_default(),
        mid: String::new(),
        simulcast: false,
        layered: false,
    };
    let ids = ids.filter(|id| !id.is_empty() && id.len() <= NAME_BYTES_MAX).cloned().collect();
    Some(TrackDraft { ids, kind, muted: request.muted, details })
}

/// The codec that a client means to send first; others are for those who cannot receive it.
fn mime_of(codec: &lk::SimulcastCodec) -> String {
    let name = codec.codec.strip_prefix("video/").unwrap_or(&codec.codec);
    if name.is_empty() || name.len() > CODEC_BYTES_MAX { String::new() } else { format!("video/{name}") }
}
