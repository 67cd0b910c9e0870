//! Tracks as members name them.

use crate::ProducerView;
use rtc_types::MediaKind;
use std::sync::Arc;

/// Where a track comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TrackSource {
    /// Not told.
    #[default]
    Unknown,
    /// A camera.
    Camera,
    /// A microphone.
    Microphone,
    /// A screen.
    Screen,
    /// What is heard with a screen.
    ScreenAudio,
}

impl TrackSource {
    /// The name that all surfaces use; `None`: they go by the track's kind.
    pub fn name(self, kind: MediaKind) -> &'static str {
        match (self, kind) {
            (Self::Camera, _) => "camera",
            (Self::Microphone, _) => "microphone",
            (Self::Screen, _) => "screen",
            (Self::ScreenAudio, _) => "screen-audio",
            (Self::Unknown, MediaKind::Audio) => "audio",
            (Self::Unknown, MediaKind::Video) => "video",
        }
    }

    fn of(view: &ProducerView) -> Self {
        match (&*view.source, view.kind) {
            (source, MediaKind::Video) if source.starts_with("screen") => Self::Screen,
            (source, MediaKind::Audio) if source.starts_with("screen") => Self::ScreenAudio,
            ("camera", _) => Self::Camera,
            ("microphone", _) => Self::Microphone,
            _ => Self::Unknown,
        }
    }
}

/// One size of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackLayer {
    /// 0 is the lowest.
    pub quality: i32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// bit/s.
    pub bitrate: u32,
}

/// What a publisher tells of a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackDetails {
    /// What people call it.
    pub name: String,
    /// Where it comes from.
    pub source: TrackSource,
    /// The stream that it belongs to; empty: one for all of its publisher's.
    pub stream: String,
    /// Pixels; 0: not told.
    pub width: u32,
    /// Pixels; 0: not told.
    pub height: u32,
    /// Its sizes.
    pub layers: Vec<TrackLayer>,
    /// Whether silence is sent as such.
    pub disable_dtx: bool,
    /// Whether it is not sent redundantly.
    pub disable_red: bool,
    /// Whether it has two channels.
    pub stereo: bool,
    /// How it is encrypted, in the surface's own numbers; 0: not.
    pub encryption: i32,
    /// Features of its sound, in the surface's own numbers.
    pub audio_features: Vec<i32>,
    /// What it appends to its frames, in the surface's own numbers.
    pub trailers: Vec<i32>,
    /// Such as `video/VP8`: as its publisher means to send it, and from the first answer on as it does; empty: not
    /// known.
    pub mime_type: String,
    /// The section of its publisher's connection.
    pub mid: String,
    /// Whether it comes in several sizes.
    pub simulcast: bool,
    /// Whether its sizes are layers of one stream, which is sent with all of them or not at all.
    pub layered: bool,
}

/// A track that a member is about to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackDraft {
    /// What the client calls it, and what it may be called in descriptions.
    pub ids: Vec<String>,
    /// Audio or video.
    pub kind: MediaKind,
    /// Whether nothing of it is forwarded yet.
    pub muted: bool,
    /// What the publisher tells of it.
    pub details: TrackDetails,
}

/// A track that a member publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackView {
    /// Its name (`TR_…`).
    pub sid: Arc<str>,
    /// The producer's name, as media knows it.
    pub producer: Arc<str>,
    /// Audio or video.
    pub kind: MediaKind,
    /// Whether nothing of it is forwarded now.
    pub muted: bool,
    /// What is known of it.
    pub details: TrackDetails,
}

/// What names of tracks begin with.
const PREFIX: &str = "TR_";

/// The name of a producer as a track.
pub fn track_sid(producer: &Arc<str>) -> Arc<str> {
    if producer.starts_with(PREFIX) { producer.clone() } else { format!("{PREFIX}{producer}").into() }
}

/// Whether a track's name is that of this producer.
pub(super) fn is_named(producer: &str, sid: &str) -> bool {
    producer == sid || sid.strip_prefix(PREFIX) == Some(producer)
}

/// A new name.
pub(super) fn new_sid() -> Arc<str> {
    format!("{PREFIX}{}", crate::random_id()).into()
}

impl TrackView {
    /// A track of which no more than this is left.
    pub(super) fn gone(producer: &Arc<str>, details: Option<&TrackDetails>) -> Self {
        let details = details.cloned().unwrap_or_default();
        let audio = matches!(details.source, TrackSource::Microphone | TrackSource::ScreenAudio)
            || details.mime_type.starts_with("audio/");
        let kind = if audio { MediaKind::Audio } else { MediaKind::Video };
        Self { sid: track_sid(producer), producer: producer.clone(), kind, muted: false, details }
    }

    pub(super) fn of(view: &ProducerView, details: Option<&TrackDetails>) -> Self {
        let details = details.cloned().unwrap_or_else(|| TrackDetails {
            name: view.source.to_string(),
            source: TrackSource::of(view),
            ..TrackDetails::default()
        });
        Self {
            sid: track_sid(&view.id),
            producer: view.id.clone(),
            kind: view.kind,
            muted: view.paused,
            details,
        }
    }
}
