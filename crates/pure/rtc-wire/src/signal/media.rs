//! What is negotiated with the media server, in rooms of topology `sfu`.

use super::client::{InvalidMessage, missing};
use rtc_types::{Json, MediaKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The name by which the server takes part in negotiation: `from` of what it sends.
pub const SFU: &str = "sfu";
/// Tracks that one offer may describe.
pub const SENT_TRACKS_MAX: usize = 64;
/// Videos whose size one message may tell.
pub const VIEWS_MAX: usize = 64;
/// Bytes of a media section's id.
pub const MID_BYTES_MAX: usize = 32;
/// Bytes of a track's source.
pub const SOURCE_BYTES_MAX: usize = 32;

/// Which of a client's two connections to the media server is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The one on which the client sends; the client offers.
    Publish,
    /// The one on which the client receives; the server offers.
    Subscribe,
}

/// A track that the client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SentTrack {
    /// Its section in the offer.
    pub mid: String,
    /// `camera`, `microphone`, `screen`, `screen-audio`.
    pub source: String,
}

/// The size at which the client shows a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct View {
    /// Its section of the subscribe connection.
    pub mid: String,
    /// Pixels of the screen; 0 with height 0: not shown.
    pub width: u32,
    /// Pixels of the screen.
    pub height: u32,
}

/// A track that the client receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedTrack {
    /// Its section of the subscribe connection.
    pub mid: String,
    /// The seat that sends it.
    pub socket_id: String,
    /// The user that sends it.
    pub user_id: String,
    /// Audio or video.
    #[ts(type = "MediaKind")]
    pub kind: MediaKind,
    /// `camera`, `microphone`, `screen`, `screen-audio`, or what another client calls it.
    pub source: String,
}

pub(super) fn target(text: &str) -> Result<Target, InvalidMessage> {
    match text {
        "publish" => Ok(Target::Publish),
        "subscribe" => Ok(Target::Subscribe),
        _ => Err(InvalidMessage("`target` must be one of: publish, subscribe".into())),
    }
}

/// The text of a description that was sent as a text or as an object.
pub(super) fn sdp_text(sdp: &Json) -> Result<String, InvalidMessage> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Description { sdp: String },
    }
    match serde_json::from_str(sdp.as_str()) {
        Ok(Form::Text(sdp) | Form::Description { sdp }) => Ok(sdp),
        Err(_) => Err(InvalidMessage("`sdp` must be a text or an object with `type` and `sdp`".into())),
    }
}

pub(super) fn sent_tracks(tracks: Option<Vec<SentTrack>>) -> Result<Vec<SentTrack>, InvalidMessage> {
    let tracks = tracks.unwrap_or_default();
    if tracks.len() > SENT_TRACKS_MAX {
        return Err(InvalidMessage(format!("`tracks` must have at most {SENT_TRACKS_MAX} entries")));
    }
    for track in &tracks {
        check_mid(&track.mid)?;
        let printable = track.source.bytes().all(|byte| byte.is_ascii_graphic());
        if track.source.is_empty() || track.source.len() > SOURCE_BYTES_MAX || !printable {
            let text = format!("`source` must be 1 to {SOURCE_BYTES_MAX} printable characters");
            return Err(InvalidMessage(text));
        }
    }
    Ok(tracks)
}

pub(super) fn views(views: Option<Vec<View>>) -> Result<Vec<View>, InvalidMessage> {
    let views = views.ok_or_else(|| missing("views"))?;
    if views.len() > VIEWS_MAX {
        return Err(InvalidMessage(format!("`views` must have at most {VIEWS_MAX} entries")));
    }
    views.iter().try_for_each(|view| check_mid(&view.mid))?;
    Ok(views)
}

fn check_mid(mid: &str) -> Result<(), InvalidMessage> {
    if mid.is_empty() || mid.len() > MID_BYTES_MAX {
        return Err(InvalidMessage(format!("`mid` must be 1 to {MID_BYTES_MAX} bytes")));
    }
    Ok(())
}
