//! What a client sends. Parsing is one pass over the envelope; SDP, candidates and data stay raw.

use super::media::{self, SentTrack, Target, View};
use rtc_types::{Json, MediaKind, limits::DATA_PAYLOAD_BYTES_MAX};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};
use ts_rs::TS;

/// A client's request to take, or take again, a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinMessage {
    /// The room that the token is for.
    pub room_id: String,
    /// A call token. Not needed to resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
    /// From an earlier `joined`: takes that seat again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub resume_token: Option<String>,
    /// The highest `seq` that the client has seen of its seat; what came after it is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub last_seq: Option<u64>,
}

/// A message from client to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientMessage {
    /// Takes a seat.
    Join(JoinMessage),
    /// An SDP offer for a peer.
    Offer {
        /// The description, relayed untouched.
        #[ts(type = "string | RTCSessionDescriptionInit")]
        sdp: Json,
        /// The target's `socketId`; may be left out in a room of two.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// An SDP offer for the media server: what the client sends from now on.
    #[serde(rename = "offer")]
    PublishOffer {
        /// Always `publish`.
        #[ts(type = "'publish'")]
        target: Target,
        /// Counts the client's offers from 1, over all its connections.
        rev: u32,
        /// The description.
        sdp: String,
        /// Where each track comes from.
        tracks: Vec<SentTrack>,
    },
    /// An SDP answer for a peer.
    Answer {
        /// The description, relayed untouched.
        #[ts(type = "string | RTCSessionDescriptionInit")]
        sdp: Json,
        /// The target's `socketId`; may be left out in a room of two.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// An SDP answer for the media server.
    #[serde(rename = "answer")]
    SubscribeAnswer {
        /// Always `subscribe`.
        #[ts(type = "'subscribe'")]
        target: Target,
        /// The offer's.
        rev: u32,
        /// The description.
        sdp: String,
    },
    /// Asks for everything that others publish.
    Subscribe {
        /// An offer of the browser that would receive audio and video: it tells the codecs, and is not answered.
        sdp: String,
    },
    /// Asks for new ICE credentials of the subscribe connection: the server offers again.
    Restart {
        /// Always `subscribe`; on `publish` the client offers.
        #[ts(type = "'subscribe'")]
        target: Target,
    },
    /// Tells at which size videos are shown.
    View {
        /// Those that changed.
        views: Vec<View>,
    },
    /// A candidate for the media server, which does not need it: it learns addresses from ICE checks.
    #[serde(rename = "ice")]
    ServerCandidate {
        /// Which connection.
        #[ts(type = "'publish' | 'subscribe'")]
        target: Target,
        /// The candidate, unread.
        #[ts(type = "RTCIceCandidateInit | null")]
        candidate: Json,
    },
    /// An ICE candidate for a peer; null ends the candidates.
    Ice {
        /// The candidate, relayed untouched.
        #[ts(type = "RTCIceCandidateInit | null")]
        candidate: Json,
        /// The target's `socketId`; may be left out in a room of two.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// Application data for the room or one peer.
    Data {
        /// Any JSON of at most 16 KiB.
        #[ts(type = "unknown")]
        payload: Json,
        /// The target's `socketId`; left out: everybody else in the room.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// Says that a kind of media is muted, or (hosts) mutes another's.
    #[serde(rename_all = "camelCase")]
    Mute {
        /// Which media.
        #[ts(type = "MediaKind")]
        kind: MediaKind,
        /// Muted or live.
        muted: bool,
        /// Another user: hosts only.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        user_id: Option<String>,
    },
    /// Removes a user: hosts only.
    #[serde(rename_all = "camelCase")]
    Kick {
        /// Who is removed.
        user_id: String,
        /// Whether a new token lets the user back in (`false`, the default) or not.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        #[ts(optional, as = "Option<bool>")]
        ban: bool,
    },
    /// Gives the seat up.
    Leave,
}

/// A message with the id that makes it idempotent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// The client's own id of the message: the same id twice is taken once.
    pub id: Option<String>,
    /// The message.
    pub message: ClientMessage,
}

/// Why a frame is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMessage(pub String);

impl fmt::Display for InvalidMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidMessage {}

/// The longest `id` of a client message, in bytes.
pub(crate) const MESSAGE_ID_BYTES_MAX: usize = 64;

const TYPES: &str = "join, offer, answer, ice, subscribe, restart, view, data, mute, kick, leave";

/// Every field of every message; which ones must be there depends on `type`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sdp: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    candidate: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    room_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resume_token: Option<Cow<'a, str>>,
    #[serde(default)]
    last_seq: Option<u64>,
    #[serde(borrow, default, rename = "kind")]
    media: Option<Cow<'a, str>>,
    #[serde(default)]
    muted: Option<bool>,
    #[serde(borrow, default)]
    user_id: Option<Cow<'a, str>>,
    #[serde(default)]
    ban: Option<bool>,
    #[serde(borrow, default)]
    target: Option<Cow<'a, str>>,
    #[serde(default)]
    rev: Option<u32>,
    #[serde(default)]
    tracks: Option<Vec<SentTrack>>,
    #[serde(default)]
    views: Option<Vec<View>>,
}

/// Keeps a `null` that is there apart from a field that is missing.
fn present<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(d).map(Some)
}

impl ReceivedMessage {
    /// Reads one text frame.
    ///
    /// # Errors
    /// Says in plain words which field is wrong and what is accepted.
    pub fn parse(text: &str) -> Result<Self, InvalidMessage> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                InvalidMessage(format!("the message is not of the accepted shape: {error}"))
            } else {
                InvalidMessage("the message is not a JSON object".into())
            }
        })?;
        let id = envelope.id.as_deref().map(str::to_owned);
        if id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MESSAGE_ID_BYTES_MAX) {
            return Err(InvalidMessage(format!("`id` must be 1 to {MESSAGE_ID_BYTES_MAX} bytes")));
        }
        Ok(Self { id, message: envelope.into_message()? })
    }
}

impl Envelope<'_> {
    /// A message for the media server: those that a peer could get too name their `target`.
    fn into_server_message(self, target: Target) -> Result<ClientMessage, InvalidMessage> {
        let rev = |rev: Option<u32>| rev.ok_or_else(|| missing("rev"));
        Ok(match (&*self.kind, target) {
            ("offer", Target::Publish) => ClientMessage::PublishOffer {
                target,
                rev: rev(self.rev)?,
                sdp: media::sdp_text(&sdp(self.sdp)?)?,
                tracks: media::sent_tracks(self.tracks)?,
            },
            ("answer", Target::Subscribe) => ClientMessage::SubscribeAnswer {
                target,
                rev: rev(self.rev)?,
                sdp: media::sdp_text(&sdp(self.sdp)?)?,
            },
            ("restart", Target::Subscribe) => ClientMessage::Restart { target },
            ("ice", _) => ClientMessage::ServerCandidate { target, candidate: candidate(self.candidate)? },
            _ => {
                let text =
                    "the client offers and the server answers on `publish`, and on `subscribe` the reverse";
                return Err(InvalidMessage(text.into()));
            }
        })
    }

    fn into_message(self) -> Result<ClientMessage, InvalidMessage> {
        match (&self.target, &*self.kind) {
            (Some(target), "offer" | "answer" | "ice" | "restart") => {
                let target = media::target(target)?;
                return self.into_server_message(target);
            }
            (None, "restart") => return Err(missing("target")),
            _ => {}
        }
        let to = |to: Option<Cow<'_, str>>| to.map(Cow::into_owned);
        Ok(match &*self.kind {
            "ice" => ClientMessage::Ice { candidate: candidate(self.candidate)?, to: to(self.to) },
            "offer" => ClientMessage::Offer { sdp: sdp(self.sdp)?, to: to(self.to) },
            "answer" => ClientMessage::Answer { sdp: sdp(self.sdp)?, to: to(self.to) },
            "data" => ClientMessage::Data { payload: payload(self.payload)?, to: to(self.to) },
            "mute" => ClientMessage::Mute {
                kind: (self.media.ok_or_else(|| missing("kind"))?)
                    .parse()
                    .map_err(|error| InvalidMessage(format!("`kind` {error}")))?,
                muted: self.muted.ok_or_else(|| missing("muted"))?,
                user_id: to(self.user_id),
            },
            "kick" => ClientMessage::Kick {
                user_id: self.user_id.ok_or_else(|| missing("userId"))?.into_owned(),
                ban: self.ban.unwrap_or(false),
            },
            "subscribe" => ClientMessage::Subscribe { sdp: media::sdp_text(&sdp(self.sdp)?)? },
            "view" => ClientMessage::View { views: media::views(self.views)? },
            "leave" => ClientMessage::Leave,
            "join" => ClientMessage::Join(JoinMessage {
                room_id: self.room_id.ok_or_else(|| missing("roomId"))?.into_owned(),
                token: to(self.token),
                resume_token: to(self.resume_token),
                last_seq: self.last_seq,
            }),
            _ => return Err(InvalidMessage(format!("`type` must be one of: {TYPES}"))),
        })
    }
}

pub(super) fn missing(field: &str) -> InvalidMessage {
    InvalidMessage(format!("`{field}` is missing"))
}

fn sdp(raw: Option<&RawValue>) -> Result<Json, InvalidMessage> {
    #[derive(Deserialize)]
    struct Description<'a> {
        #[serde(borrow, rename = "type")]
        _kind: Cow<'a, str>,
        #[serde(borrow, default, rename = "sdp")]
        _sdp: Option<&'a RawValue>,
    }
    let raw = raw.ok_or_else(|| missing("sdp"))?;
    let accepted = match raw.get().as_bytes().first() {
        Some(b'"') => true,
        Some(b'{') => serde_json::from_str::<Description<'_>>(raw.get()).is_ok(),
        _ => false,
    };
    if accepted {
        Ok(Json::from_raw(raw))
    } else {
        Err(InvalidMessage("`sdp` must be a text or an object with `type` and `sdp`".into()))
    }
}

fn candidate(raw: Option<&RawValue>) -> Result<Json, InvalidMessage> {
    let raw = raw.ok_or_else(|| missing("candidate"))?;
    match raw.get().as_bytes().first() {
        Some(b'{' | b'n') => Ok(Json::from_raw(raw)),
        _ => Err(InvalidMessage("`candidate` must be an object or null".into())),
    }
}

fn payload(raw: Option<&RawValue>) -> Result<Json, InvalidMessage> {
    let raw = raw.ok_or_else(|| missing("payload"))?;
    if raw.get().len() > DATA_PAYLOAD_BYTES_MAX {
        return Err(InvalidMessage(format!("`payload` must be at most {DATA_PAYLOAD_BYTES_MAX} bytes")));
    }
    Ok(Json::from_raw(raw))
}

#[cfg(test)]
mod tests;
